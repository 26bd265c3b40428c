from __future__ import annotations

import datetime as dt
import math
import random
from itertools import product
from typing import Any

import pytest
from policy_trees import BOOK, REFERENCE, a_book, a_rule, a_tree, full_values, holds, some_values

from peipao.policy.calculator import Calculator
from peipao.policy.dates import AskedDates, months_between, on_day
from peipao.policy.evaluate import Status, judge
from peipao.policy.facts import Facts, read_facts
from peipao.policy.near_miss import WAIT_COST, NearMiss, cheapest, near_miss
from peipao.policy.rules import Rule
from peipao.policy.words import Words
from peipao.reference.predicates import AllOf, AnyOf, Leaf, Predicate

CALCULATOR = Calculator.of(REFERENCE)
WORDS = REFERENCE.policy_words
TODAY = dt.date(2026, 5, 1)


def options(name: str, value: Any) -> list[tuple[Any, float]]:
    """Return values a fact can be changed to with their cost, written without `changes.py`."""
    words = WORDS[name]
    if words.change != "act":
        return [(value, 0.0)]
    if name in {"employees_hired", "annual_revenue_cny"}:
        step = 1 if name == "employees_hired" else 1e6
        return [(value + n * step, words.cost * n) for n in range(6)]
    if name == "debt_ratio":
        grid = [round(value - n * 0.01, 9) for n in range(60)]
        return [(new, words.cost * round((value - new) / 0.01)) for new in grid]
    if name == "owns_core_ip":
        return [(value, 0.0), (not value, words.cost)]
    if name == "entity_type":
        return [
            (w, 0.0 if w == value else words.cost)
            for w in ("小微企业", "个体工商户", "小微企业主", value)
        ]
    free = ("脱贫人口", "登记失业人员", "大中专毕业生")
    sets = [frozenset(w for w, t in zip(free, p, strict=True) if t) | value.inside
            for p in product((True, False), repeat=3)]  # fmt: skip
    return [(Words(s), words.cost * len(s - value.inside)) for s in sets]


def least_cost(rule: Rule, values: dict[str, Any]) -> float | None:
    best = math.inf
    facts = [name for name in values if not name.startswith("@")]
    for combination in product(*(options(name, values[name]) for name in facts)):
        cost = sum(c for _, c in combination)
        if cost < best - 1e-9:
            trial = {**values, **{n: v for n, (v, _) in zip(facts, combination, strict=True)}}
            if any(holds(rule, full) for full in full_values(rule, trial)):
                best = cost
    return None if math.isinf(best) else best


@pytest.mark.parametrize("seed", range(120))
def test_the_cheapest_change_equals_brute_force(seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311  test data
    rule = a_rule(a_tree(draw))
    values = some_values(draw, rule, 0.75)
    many = {"debt_ratio", "annual_revenue_cny"}
    for name in sorted(many & set(values))[1:]:  # keep the grid small
        del values[name]
    found = cheapest(a_book(rule), rule, values)
    expected = least_cost(rule, values)
    assert (found is None) == (expected is None)
    if found is None or expected is None:
        return
    assert found[0] == pytest.approx(expected)
    changed = {**values, **{change.name: change.value for change in found[1]}}
    assert judge(rule, changed).decided is not Status.NOT_ELIGIBLE
    assert sum(change.cost for change in found[1]) == pytest.approx(found[0])


GROWING: tuple[Leaf, ...] = (
    Leaf("months_operating", "ge", 2),
    Leaf("months_operating", "ge", 5),
    Leaf("founder_insured_months_in_entity", "gt", 3),
    Leaf("founder_insured_months_in_entity", "ge", 6),
    Leaf("years_in_niche", "ge", 0.5),
    Leaf("months_since_registration", "le", 8),
    Leaf("employees_hired", "ge", 2),
    Leaf("employees_hired", "ge", 5),
    Leaf("owns_core_ip", "eq", True),
    Leaf("listed", "eq", False),
)
"""Conditions that time cures, that it spoils, that work cures, and that nothing does."""


def a_growing_tree(draw: random.Random, depth: int = 2) -> Predicate:
    if depth == 0 or draw.random() < 0.2:
        return draw.choice(GROWING)
    parts = tuple(a_growing_tree(draw, depth - 1) for _ in range(draw.randint(2, 3)))
    return AllOf(parts) if draw.random() < 0.7 else AnyOf(parts)


def some_growing_facts(draw: random.Random) -> Facts:
    def ago(days: int) -> str:
        return (TODAY - dt.timedelta(days=draw.randint(0, days))).isoformat()

    raw: dict[str, Any] = {
        "operating_since": ago(120),
        "founder_insured_in_entity_since": ago(150),
        "years_in_niche": draw.choice([0, 0.25, 1]),
        "registration_date": ago(300),
        "employees_hired": draw.randint(0, 3),
        "owns_core_ip": draw.random() < 0.3,
        "listed": draw.random() < 0.2,
    }
    kept = {name: value for name, value in raw.items() if draw.random() < 0.9}
    return read_facts(kept, WORDS, TODAY, "test")


def on_a_later_day(facts: Facts, day: dt.date) -> dict[str, Any]:
    """Return what is known on a day if nothing is interrupted; only the niche is no date."""
    values = dict(BOOK.snapshot(facts, on_day(day)).values)
    if "years_in_niche" in values:
        values["years_in_niche"] += months_between(TODAY, day) / 12
    return values


def least_cost_in_time(rule: Rule, facts: Facts) -> tuple[float, dt.date] | None:
    """Try every day until all that grows is over its bounds, and every change on each of them."""
    best: tuple[float, dt.date] | None = None
    for day in (TODAY + dt.timedelta(days=n) for n in range(250)):
        wait = WAIT_COST * months_between(TODAY, day)
        if best is not None and wait > best[0] - 1e-9:
            break
        values = on_a_later_day(facts, day)
        asked = {name: values[name] for name in rule.places if values.get(name) is not None}
        cost = least_cost(rule, asked)
        if cost is not None and (best is None or cost + wait < best[0] - 1e-9):
            best = (cost + wait, day)
    return best


@pytest.mark.parametrize("seed", range(24))
def test_the_cheapest_way_through_waiting_and_changing_equals_every_day_tried(seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311  test data
    while True:
        rule, facts = a_rule(a_growing_tree(draw)), some_growing_facts(draw)
        if judge(rule, on_a_later_day(facts, TODAY)).decided is Status.NOT_ELIGIBLE:
            break
    found = near_miss(a_book(rule), rule, facts, on_day(TODAY))
    expected = least_cost_in_time(rule, facts)
    assert (found is None) == (expected is None)
    if found is not None and expected is not None:
        assert found.cost == pytest.approx(expected[0])
        changed = {change.name: change.value for change in found.changes}
        day = found.wait_until or TODAY
        then = {**on_a_later_day(facts, day), **changed}
        assert judge(rule, then).decided is not Status.NOT_ELIGIBLE


def near(policy: str, raw: dict[str, Any], day: dt.date = TODAY) -> NearMiss | None:
    facts = read_facts(raw, WORDS, day, "test")
    return near_miss(BOOK, BOOK.rule(policy), facts, on_day(day))


SUBSIDY: dict[str, Any] = {
    "registered_city": "青岛市",
    "entity_type": "小微企业",
    "prior_entity_registrations_in_city_since_2013_10": 0,
    "acquired_by_change_of_legal_person": False,
    "founder_category": ["就业困难人员"],
    "operating_since": "2025-06-20",
    "operating_status": "正常经营",
    "founder_pension_insurance_active": True,
    "founder_insured_in_entity_since": "2025-07-01",
    "employment_registered_in_entity": True,
    "benefits_received": [],
}


def test_time_alone_cures_with_the_day_on_which_it_does() -> None:
    found = near("qd-startup-subsidy-2025", SUBSIDY)
    assert found is not None
    assert (found.wait_until, found.months, found.changes) == (dt.date(2026, 7, 1), 2, ())
    assert found.text == "再满 2 个月(2026-07-01 起)"


def test_the_day_that_time_cures_is_the_first_one_by_brute_force() -> None:
    facts = read_facts(SUBSIDY, WORDS, TODAY, "test")
    rule = BOOK.rule("qd-startup-subsidy-2025")
    days = (TODAY + dt.timedelta(days=n) for n in range(400))
    first = next(
        day
        for day in days
        if judge(rule, BOOK.snapshot(facts, on_day(day)).values).kleene is Status.ELIGIBLE
    )
    found = near_miss(BOOK, rule, facts, on_day(TODAY))
    assert found is not None
    assert found.wait_until == first
    assert found.cost == pytest.approx(WAIT_COST * months_between(TODAY, first))


def test_a_stated_figure_that_grows_by_itself_is_waited_for_too() -> None:
    raw = {k: v for k, v in SUBSIDY.items() if k != "founder_insured_in_entity_since"}
    found = near("qd-startup-subsidy-2025", {**raw, "founder_insured_months_in_entity": 9})
    assert found is not None
    assert found.wait_until == dt.date(2026, 8, 1)


def test_waiting_does_not_cure_what_time_does_not_change() -> None:
    raw = {**SUBSIDY, "founder_category": ["退役军人"]}
    assert near("qd-startup-subsidy-2025", raw) is None


def test_one_person_short_is_said_so() -> None:
    found = near(
        "qd-employer-social-insurance-2025",
        {"hires_difficult_or_graduates": 0, "labour_contract_months": 12},
    )
    assert found is not None
    assert found.text == "还差 1 名招用的就业困难人员或高校毕业生"


def test_a_policy_of_the_future_is_waited_for() -> None:
    raw = {
        "is_tech_or_innovative_sme": True, "years_in_niche": 5, "annual_revenue_cny": 2e7,
        "main_business_share": 0.9, "debt_ratio": 0.5, "rd_expense_each_of_2y_cny": 2e6,
        "rd_to_revenue_each_of_2y": 0.1, "provincial_rd_institution": True,
        "srdi_development_score": 70,
    }  # fmt: skip
    found = near("cn-srdi-sme-2026", raw, dt.date(2026, 1, 1))
    assert found is not None
    assert (found.wait_until, found.changes) == (dt.date(2026, 4, 1), ())


def test_what_is_missing_is_named_beside_the_change() -> None:
    found = near("qd-employer-social-insurance-2025", {"hires_difficult_or_graduates": 0})
    assert found is not None
    assert found.still_missing == ("labour_contract_months",)
    assert "并需确认劳动合同期限" in found.text


@pytest.mark.parametrize(
    ("policy", "raw"),
    [
        ("qd-youth-talent-2025", {"person_age": 46}),
        ("qd-youth-talent-2025", {"birth_date": "1970-01-01"}),
        ("qd-guarantee-loan-individual", {"founder_category": ["青年"]}),
        ("qd-startup-subsidy-old-10k", {"registered_city": "青岛市"}),
        ("cn-tax-small-profit", {"employees": 301}),
        ("sd-guarantee-loan-repeat", {"prior_guarantee_loans": 3}),
    ],
)
def test_what_nobody_can_change_is_never_proposed(policy: str, raw: dict[str, Any]) -> None:
    assert near(policy, raw) is None


def test_no_proposal_over_the_whole_bank_changes_an_unchangeable_fact() -> None:
    draw = random.Random(7)  # noqa: S311  test data
    for _ in range(15):
        raw = {name: _any_value(name, draw) for name in draw.sample(sorted(_STATED), 60)}
        facts = read_facts(raw, WORDS, TODAY, "test")
        for found in CALCULATOR.near_misses(facts, on_day(TODAY)):
            assert all(WORDS[change.field].change == "act" for change in found.changes)
            assert found.cost > 0


_STATED = {
    name: field
    for name, field in REFERENCE.policy_fields.items()
    if name not in {"application_date", "conditions_met_on_or_before", "meets_policy"}
}


def _any_value(name: str, draw: random.Random) -> Any:
    field = _STATED[name]
    if field.type == "bool":
        return draw.random() < 0.5
    if field.type == "number":
        fitting = [n for n in (0, 1, 10, 100) if WORDS[name].low <= n <= WORDS[name].high]
        return draw.choice(fitting)
    if field.type == "date":
        return "2025-01-01"
    if field.type == "enum":
        return draw.choice(field.values)
    return draw.sample(field.values, 1) if field.type == "multi" else []


def test_an_eligible_or_open_policy_has_no_near_miss() -> None:
    assert near("cn-tax-getihu-half", {"entity_type": "个体工商户"}) is None
    assert near("cn-tax-getihu-half", {}) is None


def test_an_ended_policy_cannot_be_reached() -> None:
    assert near("sd-startup-contest-2022", {"award_level_best": "市级"}) is None


def test_a_change_does_not_print_its_value() -> None:
    found = near("cn-tax-getihu-half", {"entity_type": "小微企业"})
    assert found is not None
    assert repr(found.changes[0]) == "Change(entity_type, cost=8)"


def test_the_ladder_shows_every_threshold_of_the_rule_of_the_day() -> None:
    facts = read_facts(
        {"years_in_niche": 2, "main_business_share": 0.75, "annual_revenue_cny": 2e7,
         "class1_ip": 1},
        WORDS, TODAY, "test",
    )  # fmt: skip
    first, second, third = CALCULATOR.ladder("quality-sme", facts, on_day(TODAY))
    assert (first.policy_id, second.policy_id) == ("cn-tech-sme", "cn-srdi-sme-2026")
    assert third.policy_id == "cn-little-giant-2026"
    gaps = {t.field: t.gap for t in third.thresholds if t.gap}
    assert gaps == {
        "years_in_niche": "再满 1 年",
        "annual_revenue_cny": "上年度营业收入还差 3000 万元(现为 2000 万元,须达到 5000 万元)",
        "main_business_share": "主营业务收入占比还差 15 个百分点(现为 75%,须达到 90%)",
        "class1_ip": "还差 3 项Ⅰ类知识产权",
    }
    assert {t.field for t in second.thresholds if t.met is True} == {"annual_revenue_cny"}
    before = CALCULATOR.ladder("quality-sme", Facts(), on_day(dt.date(2026, 3, 31)))
    assert [rung.policy_id for rung in before] == [
        "cn-innovative-sme-2022", "cn-srdi-sme-2022", "cn-little-giant-2022",
    ]  # fmt: skip


def test_a_late_application_date_is_kept_when_waiting() -> None:
    facts = read_facts(SUBSIDY, WORDS, TODAY, "test")
    dates = AskedDates(TODAY, dt.date(2028, 5, 1))  # after the policy ended
    assert near_miss(BOOK, BOOK.rule("qd-startup-subsidy-2025"), facts, dates) is None
