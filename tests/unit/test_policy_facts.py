from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peipao.errors import InvalidInputError, UnknownValueError
from peipao.policy.book import RuleBook
from peipao.policy.dates import AskedDates, add_months, months_between, on_day, whole_years
from peipao.policy.evaluate import Status, judge
from peipao.policy.facts import Fact, Facts, read_facts, read_text, read_value
from peipao.policy.snapshot import DERIVED, Snapshot
from peipao.policy.words import Truth
from peipao.reference.loader import load_reference

REFERENCE = load_reference()
WORDS = REFERENCE.policy_words
BOOK = RuleBook.of(REFERENCE)
DAYS = st.dates(dt.date(1950, 1, 1), dt.date(2050, 12, 31))


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def look(facts: dict[str, Any], on: str, as_of: str = "2020-01-01") -> Snapshot:
    return BOOK.snapshot(read_facts(facts, WORDS, day(as_of), "test"), on_day(day(on)))


def is_in(snapshot: Snapshot, word: str) -> Truth:
    known = snapshot.values.get("founder_category")
    return None if known is None else known.has(word)


# -- months ---------------------------------------------------------------------------------------


@given(DAYS, st.integers(0, 400))
def test_months_are_whole_exactly_on_anniversaries(start: dt.date, months: int) -> None:
    assert months_between(start, add_months(start, months)) == months


@given(DAYS, DAYS)
def test_months_grow_with_every_day_unless_both_fall_on_one_anniversary(
    start: dt.date, end: dt.date
) -> None:
    next_day = end + dt.timedelta(days=1)
    assert months_between(start, next_day) > months_between(start, end)


def test_at_least_and_at_most_twelve_months_meet_on_one_day() -> None:
    start = day("2025-05-01")
    assert months_between(start, day("2026-04-30")) < 12
    assert months_between(start, day("2026-05-01")) == 12
    assert months_between(start, day("2026-05-02")) > 12


def test_a_month_that_is_too_short_ends_on_its_last_day() -> None:
    assert add_months(day("2024-01-31"), 1) == day("2024-02-29")
    assert add_months(day("2025-01-31"), 1) == day("2025-02-28")


def test_a_year_of_age_is_complete_on_the_birthday() -> None:
    assert whole_years(day("2000-05-02"), day("2026-05-01")) == 25
    assert whole_years(day("2000-05-02"), day("2026-05-02")) == 26


def test_an_application_before_the_entitlement_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="2026-04-30 早于"):
        AskedDates(day("2026-05-01"), day("2026-04-30"))


# -- derived facts --------------------------------------------------------------------------------


def test_ages_and_months_follow_from_their_dates_on_the_asked_day() -> None:
    dates = {base: "2024-05-01" for base, _ in DERIVED.values()}
    values = look(dates, "2026-05-01").values
    assert {name: values[name] for name in DERIVED} == {
        "company_age_months": 24,
        "founder_age_in_working_range": False,
        "founder_age_years": 2,
        "founder_insured_months_in_entity": 24,
        "graduate_year": 2024,
        "investment_holding_months": 24,
        "months_operating": 24,
        "months_since_graduation": 24,
        "months_since_registration": 24,
        "person_age": 2,
        "years_since_recognition": 2,
    }


def test_a_date_wins_over_a_stated_figure() -> None:
    facts = {"registration_date": "2025-05-01", "company_age_months": 99}
    assert look(facts, "2026-05-01").values["company_age_months"] == 12


def test_before_its_base_date_a_duration_is_unknown() -> None:
    facts = {"registration_date": "2026-06-01"}
    assert look(facts, "2026-05-01").values["company_age_months"] is None


@pytest.mark.parametrize(
    ("birth", "expected"), [("2010-05-02", False), ("2010-05-01", True), ("1976-05-01", None)]
)
def test_the_working_age_is_known_until_the_earliest_retirement(
    birth: str, expected: Truth
) -> None:
    values = look({"birth_date": birth}, "2026-05-01").values
    assert values["founder_age_in_working_range"] is expected


# -- founder categories ---------------------------------------------------------------------------

WITHIN_2, WITHIN_5 = "离校2年内高校毕业生", "毕业5年内高校毕业生"
IN_YEAR, GRADUATE = "毕业年度内高校毕业生", "高校毕业生"
NEVER_EMPLOYED = "离校2年内未就业高校毕业生"


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        ("2024-06-29", [True, False, False, False]),  # its calendar year, before the diploma
        ("2024-06-30", [True, True, True, True]),
        ("2024-12-31", [True, True, True, True]),
        ("2025-01-01", [False, True, True, True]),
        ("2026-06-30", [False, True, True, True]),
        ("2026-07-01", [False, False, True, True]),
        ("2029-06-30", [False, False, True, True]),
        ("2029-07-01", [False, False, False, True]),
    ],
)
def test_the_three_graduate_categories_differ_in_their_days(on: str, expected: list[bool]) -> None:
    found = look({"college_graduation_date": "2024-06-30"}, on)
    assert [is_in(found, w) for w in (IN_YEAR, WITHIN_2, WITHIN_5, GRADUATE)] == expected


def test_one_date_leaves_the_other_categories_unknown() -> None:
    found = look({"college_graduation_date": "2024-06-30"}, "2026-05-01")
    assert is_in(found, "退役军人") is None
    assert is_in(found, NEVER_EMPLOYED) is None


@pytest.mark.parametrize(("employed", "expected"), [(True, False), (False, True)])
def test_an_employment_since_college_rules_one_category_out(
    employed: Truth, expected: Truth
) -> None:
    facts = {"college_graduation_date": "2025-06-30", "employed_since_graduation": employed}
    assert is_in(look(facts, "2026-05-01"), NEVER_EMPLOYED) is expected


def test_a_stated_list_is_complete_and_brings_its_wider_words() -> None:
    found = look({"founder_category": ["自主就业退役士兵"]}, "2026-05-01")
    assert is_in(found, "退役军人") is True
    assert is_in(found, "残疾人") is False


def test_a_stated_category_does_not_outlast_its_time() -> None:
    facts = {"founder_category": [WITHIN_2]}
    assert is_in(look(facts, "2022-01-01", as_of="2020-01-01"), WITHIN_2) is True
    late = look(facts, "2022-01-02", as_of="2020-01-01")
    assert is_in(late, WITHIN_2) is False
    assert is_in(late, GRADUATE) is True


def test_a_graduation_date_wins_over_a_stated_category() -> None:
    facts = {"founder_category": [WITHIN_2], "college_graduation_date": "2020-06-30"}
    assert is_in(look(facts, "2026-05-01"), WITHIN_2) is False


def test_the_same_word_is_looked_at_on_the_day_that_its_policy_names() -> None:
    # two years between college and registration for the subsidy; today for the insurance subsidy
    facts = {
        "college_graduation_date": "2023-06-30",
        "registration_date": "2025-06-30",
        "employed_since_graduation": False,
    }
    found = look(facts, "2026-07-01")
    assert found.values["founder_category"].has(WITHIN_2) is False
    assert found.values["founder_category"].has(f"{WITHIN_2}@registration_date") is True


def test_a_benefit_received_blocks_only_its_own_policy() -> None:
    values = look({"benefits_received": ["qd-startup-subsidy-2025"]}, "2026-05-01").values
    assert values["already_received_this_benefit@qd-startup-subsidy-2025"] is True
    assert values["already_received_this_benefit@qd-job-development-subsidy-old"] is False


# -- history, reading, privacy --------------------------------------------------------------------


def test_the_latest_fact_on_or_before_the_day_counts() -> None:
    facts = Facts(Fact("employees", float(n), day(f"2026-0{n}-01"), "test") for n in (1, 2, 3))
    assert facts.known_on(day("2026-02-15"), WORDS)["employees"].value == 2
    assert facts.known_on(day("2025-12-31"), WORDS) == {}


def test_a_timeless_fact_holds_before_it_was_stated() -> None:
    facts = read_facts({"registration_date": "2025-05-01"}, WORDS, day("2026-05-01"), "test")
    assert "registration_date" in facts.known_on(day("2025-06-01"), WORDS)


def test_of_two_facts_of_one_day_the_more_confident_counts() -> None:
    on = day("2026-01-01")
    facts = Facts([Fact("employees", 5.0, on, "a", 0.9), Fact("employees", 7.0, on, "b", 0.5)])
    assert facts.known_on(on, WORDS)["employees"].value == 5


def test_two_equally_confident_facts_of_one_day_must_agree() -> None:
    on = day("2026-01-01")
    with pytest.raises(InvalidInputError, match=r"employees.*矛盾"):
        Facts([Fact("employees", 5.0, on, "a"), Fact("employees", 7.0, on, "b")])


def test_what_if_replaces_the_whole_history_of_a_name() -> None:
    facts = Facts([Fact("employees", 5.0, day("2026-01-01"), "a")])
    changed = facts.replaced([Fact("employees", 9.0, day("2025-01-01"), "what-if")])
    assert [fact.value for fact in changed.all()] == [9.0]
    assert [fact.value for fact in facts.all()] == [5.0]


PRIVATE = "残疾人"


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("employees", PRIVATE),
        ("employees", True),
        ("employees", 1.5),
        ("employees", float("nan")),
        ("employees", 10**400),
        ("listed", 1),
        ("registration_date", "2026-5-1"),
        ("registration_date", "20260501"),
        ("entity_type", ""),
        ("entity_type", PRIVATE * 40),
        ("founder_category", PRIVATE),
        ("founder_category", [PRIVATE, PRIVATE]),
        ("founder_category", [PRIVATE, 1]),
        ("application_date", "2026-05-01"),
        ("meets_policy", ["qd-peipao-target"]),
    ],
)
def test_a_value_that_does_not_fit_is_refused_by_name_and_never_repeated(
    name: str, raw: object
) -> None:
    with pytest.raises(InvalidInputError, match=f"facts.{name}") as caught:
        read_value(name, raw, WORDS)
    assert PRIVATE not in str(caught.value)


def test_an_unknown_fact_is_refused_by_name() -> None:
    with pytest.raises(UnknownValueError, match="shoe_size"):
        read_facts({"shoe_size": 43}, WORDS, day("2026-01-01"), "test")


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("employees", "12", 12.0),
        ("listed", "否", False),
        ("listed", "true", True),
        ("entity_type", " 小微企业 ", "小微企业"),
        ("founder_category", "残疾人、青年", ("残疾人", "青年")),
        ("founder_category", "", ()),
        ("registration_date", "2026-05-01", dt.date(2026, 5, 1)),
    ],
)
def test_a_value_written_as_text_is_read(name: str, text: str, value: object) -> None:
    assert read_text(name, text, WORDS) == value


def test_text_that_does_not_fit_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="数字"):
        read_text("employees", "twelve", WORDS)
    with pytest.raises(UnknownValueError):
        read_text("shoe_size", "1", WORDS)


def test_nothing_prints_a_value() -> None:
    facts = read_facts({"founder_category": [PRIVATE]}, WORDS, day("2026-01-01"), "test")
    snapshot = BOOK.snapshot(facts, on_day(day("2026-05-01")))
    printed = f"{facts!r} {facts} {facts.all()} {snapshot!r} {snapshot.values['founder_category']}"
    assert PRIVATE not in printed


def test_a_confidence_outside_zero_and_one_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="confidence"):
        read_facts({}, WORDS, day("2026-01-01"), "test", confidence=0)


def test_every_field_of_the_policies_has_words_and_a_question() -> None:
    assert set(REFERENCE.policy_fields) <= set(WORDS)
    assert all(words.question and words.zh for words in WORDS.values())


def test_ages_graduations_and_histories_are_never_to_be_changed() -> None:
    fixed = {
        "founder_category", "hardship_category", "founder_age_years", "person_age",
        "graduate_year", "months_since_graduation", "registration_date",
        "already_received_this_benefit", "prior_guarantee_loans", "birth_date",
        "prior_entity_registrations_in_city_since_2013_10", "college_graduation_date",
    }  # fmt: skip
    assert {name for name in fixed if WORDS[name].change != "never"} == set()


def test_a_rule_answers_by_the_category_of_its_own_day() -> None:
    facts = read_facts(
        {"entity_type": "个体工商户", "college_graduation_date": "2024-06-30",
         "registration_date": "2024-09-01", "holds_employment_startup_certificate": True},
        WORDS, day("2024-09-01"), "test",
    )  # fmt: skip
    rule = BOOK.rule("cn-tax-keygroup-self-2023")
    late = BOOK.snapshot(facts, on_day(day("2026-05-01")))  # no longer the graduation year
    assert judge(rule, late.values).kleene is Status.ELIGIBLE


@pytest.mark.parametrize(
    ("name", "text", "right"),
    [
        ("employees", "-3", "不小于 0名"),
        ("bachelor_employee_ratio", "60", "0 至 100%,即 0 至 1"),
        ("revenue_cagr_2y", "-150%", "-100 至 10000%,即 -1 至 100"),
        ("niche_rank_cn", "0", "不小于 1"),
    ],
)
def test_a_number_outside_the_possible_range_is_refused_with_the_range(
    name: str, text: str, right: str
) -> None:
    with pytest.raises(InvalidInputError, match=right):
        read_text(name, text, WORDS)


def test_a_loss_a_shrinking_firm_and_a_share_of_all_are_possible() -> None:
    assert read_text("annual_taxable_income_cny", "-500万", WORDS) == -5e6
    assert read_text("revenue_cagr_2y", "-20%", WORDS) == pytest.approx(-0.2)
    assert read_text("bachelor_employee_ratio", "100%", WORDS) == 1.0
