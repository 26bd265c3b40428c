from __future__ import annotations

import datetime as dt

import pytest
from policy_oracle import Case, Oracle, cases

from peipao.errors import ReferenceDataError
from peipao.policy.book import RuleBook
from peipao.policy.dates import AskedDates, on_day
from peipao.policy.evaluate import Status, judge, status_of
from peipao.policy.facts import read_facts
from peipao.policy.rules import Binder
from peipao.reference.loader import load_reference
from peipao.reference.policies import Policy
from peipao.reference.predicates import AllOf, AnyOf, Leaf, Predicate

REFERENCE = load_reference()
BOOK = RuleBook.of(REFERENCE)
ORACLE = Oracle.packaged()
PROFILES_A_POLICY = 100  # benchmarks/policy.py runs 2,000


def verdict(case: Case) -> tuple[Status, Status]:
    dates = AskedDates(*case.dates)
    facts = read_facts(case.facts, REFERENCE.policy_words, dates.entitlement, "test")
    found = judge(BOOK.rule(case.policy), BOOK.snapshot(facts, dates).values)
    return found.kleene, found.decided


@pytest.mark.parametrize("policy", list(ORACLE.policies))
def test_both_answers_equal_a_second_slow_reading_of_the_file(policy: str) -> None:
    for case in cases(ORACLE, policy, PROFILES_A_POLICY, seed=1):
        expected = (
            status_of(ORACLE.kleene(policy, case.facts, case.dates)),
            status_of(ORACLE.decided(policy, case.facts, case.dates)),
        )
        assert verdict(case) == expected, case


def test_the_generated_profiles_reach_all_three_answers() -> None:
    found = {
        verdict(case)[0] for policy in ORACLE.policies for case in cases(ORACLE, policy, 20, seed=2)
    }
    assert found == set(Status)


def test_six_policies_ask_a_field_twice_and_can_be_decided_beyond_kleene() -> None:
    assert [key for key, rule in BOOK.rules.items() if rule.repeated] == [
        "qd-startup-subsidy-2025",
        "qd-guarantee-loan-smallmicro",
        "cn-high-tech-enterprise",
        "cn-srdi-sme-2022",
        "cn-little-giant-2022",
        "qd-demo-incubation-base-2018",
    ]


def test_a_ratio_that_suits_every_size_decides_without_the_size() -> None:
    facts = {"entity_type": "小微企业", "eligible_new_hires_ratio_12m": 0.1}
    day = dt.date(2026, 5, 1)
    found = verdict(Case("qd-guarantee-loan-smallmicro", facts, (day, day)))
    assert found == (Status.UNKNOWN, Status.ELIGIBLE)


def test_a_ratio_that_suits_no_size_decides_without_the_size() -> None:
    facts = {"entity_type": "小微企业", "eligible_new_hires_ratio_12m": 0.049}
    day = dt.date(2026, 5, 1)
    found = verdict(Case("qd-guarantee-loan-smallmicro", facts, (day, day)))
    assert found == (Status.NOT_ELIGIBLE, Status.NOT_ELIGIBLE)


@pytest.mark.parametrize(
    ("entitled", "applied", "expected"),
    [
        ("2025-04-30", "2025-09-30", Status.ELIGIBLE),
        ("2025-04-30", "2025-10-01", Status.NOT_ELIGIBLE),
        ("2025-05-01", "2025-09-30", Status.NOT_ELIGIBLE),
        ("2025-04-26", "2025-04-26", Status.ELIGIBLE),
        ("2021-12-31", "2022-01-01", Status.NOT_ELIGIBLE),
    ],
)
def test_the_2022_subsidy_takes_late_claims_until_the_end_of_september_2025(
    entitled: str, applied: str, expected: Status
) -> None:
    dates = (dt.date.fromisoformat(entitled), dt.date.fromisoformat(applied))
    assert verdict(Case("qd-startup-subsidy-2022", {}, dates)) == (expected, expected)


def test_an_unknown_status_leaves_a_fulfilled_rule_open_but_not_a_failed_one() -> None:
    day = dt.date(2026, 5, 1)
    key = "qd-smallmicro-employment-subsidy-2019"
    full = {"employee_degree": "本科", "employer_entity_type": "小微企业"}
    assert verdict(Case(key, full, (day, day)))[1] is Status.UNKNOWN
    failed = {**full, "employee_degree": "专科"}
    assert verdict(Case(key, failed, (day, day)))[1] is Status.NOT_ELIGIBLE


def test_a_draft_grants_nothing() -> None:
    day = dt.date(2026, 5, 1)
    case = Case("qd-benchmark-incubator-leading", {"incubator_class": "引领型"}, (day, day))
    assert verdict(case)[0] is Status.NOT_ELIGIBLE


def with_trees(**trees: Predicate) -> Binder:
    import dataclasses

    model: Policy = REFERENCE.policies["cn-tax-getihu-half"]
    policies = {
        key.replace("_", "-"): dataclasses.replace(model, id=key.replace("_", "-"), eligibility=t)
        for key, t in trees.items()
    }
    return Binder(policies, REFERENCE.policy_fields, {}, REFERENCE.policy_terms)


def meets(policy: str) -> Leaf:
    return Leaf("meets_policy", "eq", policy)


def test_a_policy_that_needs_itself_through_others_is_refused_with_the_loop() -> None:
    binder = with_trees(a=AllOf((meets("b"),)), b=AnyOf((meets("c"),)), c=meets("a"))
    with pytest.raises(ReferenceDataError, match="a → b → c → a"):
        binder.rule("a")


def test_a_field_asked_by_a_policy_and_the_one_it_needs_is_completed_alike() -> None:
    small, large = Leaf("employees", "le", 10), Leaf("employees", "gt", 10)
    rule = with_trees(a=AnyOf((meets("b"), large)), b=AllOf((small,))).rule("a")
    open_ends = {"@in_force:a": True, "@in_force:b": True, "@open:a": True}
    assert judge(rule, open_ends).kleene is Status.UNKNOWN
    assert judge(rule, open_ends).decided is Status.ELIGIBLE


def test_a_past_day_keeps_its_answer_when_later_facts_arrive() -> None:
    words = REFERENCE.policy_words
    old = read_facts({"entity_type": "个体工商户"}, words, dt.date(2025, 1, 1), "test")
    new = read_facts({"entity_type": "小微企业"}, words, dt.date(2026, 1, 1), "test")
    both = type(old)((*old.all(), *new.all()))
    then, now = on_day(dt.date(2025, 6, 1)), on_day(dt.date(2026, 6, 1))
    rule = BOOK.rule("cn-tax-getihu-half")
    for facts in (old, both):
        assert judge(rule, BOOK.snapshot(facts, then).values).kleene is Status.ELIGIBLE
    assert judge(rule, BOOK.snapshot(both, now).values).kleene is Status.NOT_ELIGIBLE


def test_before_anything_was_stated_nothing_is_known() -> None:
    words = REFERENCE.policy_words
    facts = read_facts({"entity_type": "个体工商户"}, words, dt.date(2026, 1, 1), "test")
    before = BOOK.snapshot(facts, on_day(dt.date(2025, 12, 31)))
    assert judge(BOOK.rule("cn-tax-getihu-half"), before.values).kleene is Status.UNKNOWN


def test_every_rule_has_a_version_of_its_own() -> None:
    assert len(set(BOOK.versions.values())) == len(BOOK.rules) == 49
    assert BOOK.versions == RuleBook.of(load_reference()).versions
