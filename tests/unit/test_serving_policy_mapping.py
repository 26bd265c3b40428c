"""Stored attributes and facts become facts of the calculator; what is not said stays unknown."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import peipao
from peipao.domain.records import Project, SensitiveFact
from peipao.errors import InvalidInputError, UnknownValueError
from peipao.policy.calculator import Calculator
from peipao.policy.dates import on_day
from peipao.policy.facts import COMPUTED, FROM_DATES, read_text
from peipao.reference.loader import load_reference
from serving.usecases.policy_bank import AREAS
from serving.usecases.policy_mapping import (
    FOUNDER_CODES,
    SOURCES,
    TABLE,
    UNDATED,
    ProjectFacts,
    facts_of,
    is_personal,
    stated_facts,
    value_text,
)
from serving.usecases.policy_names import OTHER_NAMES, FactNames, folded

REFERENCE = load_reference()
WORDS = REFERENCE.policy_words
NAMES = FactNames.of(WORDS)
CALCULATOR = Calculator.of(REFERENCE)
DAY = dt.date(2026, 5, 1)


def a_project(**attributes: Any) -> Project:
    return Project("p1", "青禾科技", "startup", attributes)


def a_row(name: str, value: str, **changes: Any) -> SensitiveFact:
    stated = {"as_of": DAY, "source": "创业者申报", "confidence": 0.8, **changes}
    return SensitiveFact("p1", name, value, **stated)


def mapped(*rows: SensitiveFact, personal: bool = True, **attributes: Any) -> ProjectFacts:
    return facts_of(a_project(**attributes), rows, WORDS, personal=personal)


def known(found: ProjectFacts, day: dt.date = DAY) -> dict[str, Any]:
    return {name: fact.value for name, fact in found.facts.known_on(day, WORDS).items()}


def test_every_line_of_the_table_leads_from_an_attribute_to_a_fact() -> None:
    for row in TABLE:
        assert row.fact in WORDS
        assert row.read(a_project()) is None
        assert 0 < row.confidence <= 1


@pytest.mark.parametrize(
    ("attributes", "facts"),
    [
        ({}, {}),
        ({"founded": dt.date(2025, 1, 2)}, {"registration_date": dt.date(2025, 1, 2)}),
        ({"founded": dt.date(9999, 1, 2)}, {}),
        ({"employees": 12.0}, {"employees": 12.0}),
        ({"employees": 12.5}, {}),
        ({"award_level": "none"}, {"award_level_best": "无"}),
        ({"award_level": "city"}, {"award_level_best": "市级"}),
        ({"award_level": "moon"}, {}),
        ({"industries": ("artificial-intelligence",)}, {"industry_in_10_plus_1": True}),
        ({"industries": ("marine", "outside-10-plus-1")}, {"industry_in_10_plus_1": True}),
        ({"industries": ("outside-10-plus-1",)}, {"industry_in_10_plus_1": False}),
        ({"industries": ()}, {}),
        ({"district": "laoshan"}, {}),
        (
            {"district": "laoshan", "founded": dt.date(2025, 1, 2)},
            {"registered_city": "青岛市", "registration_date": dt.date(2025, 1, 2)},
        ),
        ({"intro": "水质监测", "zone": "qingdao-high-tech"}, {}),
    ],
    ids=str,
)
def test_attributes_become_facts_and_nothing_beyond(
    attributes: dict[str, Any], facts: dict[str, Any]
) -> None:
    assert known(mapped(**attributes)) == facts


def test_all_industries_but_one_are_inside() -> None:
    inside = {
        key: known(mapped(industries=(key,)))["industry_in_10_plus_1"]
        for key in REFERENCE.industries
    }
    assert [key for key, value in inside.items() if not value] == ["outside-10-plus-1"]


def test_a_dated_fact_takes_over_from_its_day_on() -> None:
    found = mapped(a_row("employees", "9"), employees=4.0)
    assert known(found, DAY - dt.timedelta(days=1))["employees"] == 4
    assert known(found)["employees"] == 9


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("employees", "12", 12.0),
        ("listed", "true", True),
        ("listed", "是", True),
        ("birth_date", "2001-02-03", dt.date(2001, 2, 3)),
        ("birth_date", '"2001-02-03"', dt.date(2001, 2, 3)),
        ("founder_category", '["退役军人", "残疾人"]', ("残疾人", "退役军人")),
        ("founder_category", "退役军人、残疾人", ("残疾人", "退役军人")),
        ("founder_category", "graduate", ("高校毕业生",)),
        ("entity_type", "小微企业", "小微企业"),
        ("entity_type", '"小微企业"', "小微企业"),
    ],
)
def test_a_stored_text_is_read_as_json_or_as_people_write(
    name: str, text: str, value: object
) -> None:
    assert known(mapped(a_row(name, text)))[name] == value


@pytest.mark.parametrize("code", FOUNDER_CODES)
def test_a_code_says_one_word_and_nothing_of_the_others(code: str) -> None:
    found = mapped(a_row("founder_category", code))
    words = CALCULATOR.book.snapshot(found.facts, on_day(DAY)).values["founder_category"]
    assert words.has(FOUNDER_CODES[code]) is True
    assert words.has("残疾人") is None
    complete = mapped(a_row("founder_category", f'["{FOUNDER_CODES[code]}"]'))
    stated = CALCULATOR.book.snapshot(complete.facts, on_day(DAY)).values["founder_category"]
    assert stated.has("残疾人") is False


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ethnicity", "不知所云"),
        ("birth_date", "去年"),
        ("registration_date", "9999-12-31"),
        ("employees", "[" * 20_000),
        ("employees", "NaN"),
        ("employees", "1e999"),
        ("meets_policy", "[]"),
    ],
)
def test_what_cannot_be_read_is_named_and_stays_unknown(name: str, text: str) -> None:
    found = mapped(a_row(name, text))
    assert (known(found), found.unread) == ({}, (name,))
    assert mapped(a_row(name, text), personal=False).unread == ()


@given(st.sampled_from(sorted(WORDS)), st.text(max_size=40))
def test_no_stored_text_is_a_failure(name: str, text: str) -> None:
    found = mapped(a_row(name, text))
    CALCULATOR.check(found.facts, on_day(DAY), policies=["qd-startup-subsidy-2025"])


def test_of_two_sources_of_one_day_the_better_counts_whatever_their_order() -> None:
    rows = [
        a_row("employees", str(number), source=word, confidence=0.8)
        for number, (word, _) in enumerate(reversed(list(SOURCES.values())))
    ]
    best = float(len(rows) - 1)
    for order in (rows, rows[::-1]):
        assert [fact.value for fact in stated_facts(order, WORDS)[0]] == [best]
    surer = [*rows, a_row("employees", "77", source="某处", confidence=0.9)]
    assert [fact.value for fact in stated_facts(surer, WORDS)[0]] == [77]


def test_without_permission_facts_about_people_are_unknown() -> None:
    rows = [a_row("founder_category", "graduate"), a_row("listed", "false")]
    assert known(mapped(*rows, personal=False)) == {"listed": False}
    assert is_personal(WORDS["loan_overdue"])
    assert is_personal(WORDS["employee_hukou_city"])
    assert not is_personal(WORDS["annual_revenue_cny"])


def test_attributes_hold_on_every_day() -> None:
    assert known(mapped(employees=3.0), dt.date(1900, 1, 1)) == {"employees": 3.0}
    assert dt.date.min == UNDATED


@given(st.one_of(st.booleans(), st.integers(0, 9999), st.lists(st.text(min_size=1, max_size=5))))
def test_a_stored_value_is_json(raw: object) -> None:
    assert "\n" not in value_text(raw)


# --- names ----------------------------------------------------------------------------------------


def test_every_fact_is_found_by_its_id_its_label_and_its_other_names() -> None:
    for key, words in WORDS.items():
        for name in (key, key.upper(), words.zh, f" {words.zh} ", *OTHER_NAMES.get(key, ())):
            assert NAMES.fact(name) == key


def test_no_other_name_means_two_facts_or_hides_a_label() -> None:
    others = [folded(name) for names in OTHER_NAMES.values() for name in names]
    assert len(others) == len(set(others))
    assert set(OTHER_NAMES) <= set(WORDS)
    assert len({folded(words.zh) for words in WORDS.values()}) == len(WORDS)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("employes", "employees"),
        ("从业人", "employees"),
        ("revenu", "annual_revenue_cny"),
        ("毕业日", "college_graduation_date"),
        ("birthdate", "birth_date"),
    ],
)
def test_a_slip_is_answered_with_what_was_probably_meant(name: str, meant: str) -> None:
    with pytest.raises(UnknownValueError) as refused:
        NAMES.fact(name)
    assert f"{meant}({WORDS[meant].zh})" in refused.value.right
    assert refused.value.right.count("(") <= 5


def test_nobody_is_sent_to_a_field_that_is_not_filled_in() -> None:
    for name in ("application_dat", "meets_polic", "conditions_met"):
        meant = {one.split("(")[0] for one in NAMES.nearest(name)}
        assert not meant & {*FROM_DATES, *COMPUTED}


@given(st.text(max_size=60))
def test_any_name_is_found_or_refused(name: str) -> None:
    if folded(name) in NAMES.ids:
        assert NAMES.fact(name) in WORDS
    else:
        with pytest.raises(UnknownValueError) as refused:
            NAMES.fact(name)
        assert refused.value.right


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("annual_revenue_cny", "500万", 5_000_000),
        ("annual_revenue_cny", "1.2亿元", 120_000_000),
        ("annual_revenue_cny", "5,000,000", 5_000_000),
        ("annual_revenue_cny", "３００", 300),
        ("debt_ratio", "60%", 0.6),
        ("debt_ratio", "7%", 0.07),
        ("debt_ratio", "0.6", 0.6),
    ],
)
def test_numbers_are_read_as_people_write_them(name: str, text: str, value: float) -> None:
    assert read_text(name, text, WORDS) == value


@pytest.mark.parametrize("text", ["", "%", "万", "一百", "5万万", "12 13", "亿元"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError, match="数字"):
        read_text("annual_revenue_cny", text, WORDS)


def test_the_page_repeats_the_table_and_the_sources() -> None:
    page = (Path(peipao.__file__).parent.parent / "docs" / "policy.md").read_text(encoding="utf-8")
    lines = [
        f"| `{row.attribute}` | `{row.fact}` | {row.reading} | {row.confidence} |" for row in TABLE
    ]
    assert "\n".join(lines) in page
    for code, (_, confidence) in SOURCES.items():
        assert re.search(rf"`{code}`[^`]*(and `department` )?{confidence}", page)


def test_every_kind_of_policy_has_an_area_or_is_no_benefit() -> None:
    kinds = {policy.kind for policy in REFERENCE.policies.values()}
    assert kinds - set(AREAS) == {"gate", "framework"}
