"""Hand-checked profiles at the boundaries of every policy; the expected answers are not computed.

`tests/golden/policy_boundaries.json` was written by reading each rule; `why` says beside each
answer what was read. It is changed by hand only.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from peipao.policy.calculator import Calculator
from peipao.policy.dates import AskedDates
from peipao.policy.evaluate import judge
from peipao.policy.rules import Binder, Rule
from peipao.reference.loader import load_reference
from peipao.reference.predicates import AllOf, AnyOf, Leaf, Predicate

FILE = Path(__file__).parent.parent / "golden" / "policy_boundaries.json"
ROWS: list[dict[str, Any]] = json.loads(FILE.read_text(encoding="utf-8"))
REFERENCE = load_reference()
CALCULATOR = Calculator.of(REFERENCE)

NEXT_TO = {"ge": "gt", "gt": "ge", "le": "lt", "lt": "le"}
REDUNDANT = {
    # either way through the alternatives names its own type
    "qd-startup-subsidy-2025": {"without entity_type in"},
    # the days in the tree are those of its late-claim window
    "qd-startup-subsidy-2022": {
        "any for all", "without conditions_met_on_or_before le", "without application_date le",
    },
    # above 200 million, whoever reaches 4 % reaches the 3 % that is asked there
    "cn-high-tech-enterprise": {"without annual_revenue_cny le"},
    # above 100 million, whoever reaches 6 % reaches the 3 % that is asked there
    "cn-little-giant-2022": {"without annual_revenue_cny lt", "annual_revenue_cny le"},
    # a draft is had by nobody, whatever it asks
    "qd-benchmark-incubator-leading": {"without incubator_class eq", "never incubator_class eq"},
    "qd-benchmark-incubator-growing": {"without incubator_class eq", "never incubator_class eq"},
}  # fmt: skip
"""Policy -> changes of its rule that change no answer of anybody."""


def dates_of(row: dict[str, Any]) -> AskedDates:
    return AskedDates(*(dt.date.fromisoformat(row[key]) for key in ("entitlement", "application")))


def values_of(row: dict[str, Any]) -> dict[str, Any]:
    dates = dates_of(row)
    facts = CALCULATOR.facts(row["facts"], dates.entitlement, "golden")
    return dict(CALCULATOR.book.snapshot(facts, dates).values)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['policy']}: {row['name']}")
def test_a_profile_at_a_boundary_is_answered_as_read_by_hand(row: dict[str, Any]) -> None:
    dates = dates_of(row)
    facts = CALCULATOR.facts(row["facts"], dates.entitlement, "golden")
    [answer] = CALCULATOR.check(facts, dates, policies=[row["policy"]])
    assert (answer.status.value, answer.decided.value) == (row["kleene"], row["decided"])


def test_every_policy_has_at_least_six_profiles_of_different_names() -> None:
    count = Counter(row["policy"] for row in ROWS)
    assert set(count) == set(CALCULATOR.book.rules)
    assert min(count.values()) >= 6
    names = Counter((row["policy"], row["name"]) for row in ROWS)
    assert max(names.values()) == 1


def test_beside_every_answer_stands_in_chinese_what_was_read() -> None:
    assert [row["name"] for row in ROWS if not re.search("[一-鿿]{2}", row["why"])] == []


def changed_rules(policy: str) -> Iterator[tuple[str, Rule]]:
    """Yield every rule that differs in one condition, bound or connective, and what differs."""
    tree = REFERENCE.policies[policy].eligibility
    for what, changed in changes(tree):
        other = replace(REFERENCE.policies[policy], eligibility=changed)
        policies = {**REFERENCE.policies, policy: other}
        binder = Binder(
            policies, REFERENCE.policy_fields, REFERENCE.policy_series, REFERENCE.policy_terms
        )
        yield what, binder.rule(policy)


def changes(tree: Predicate) -> Iterator[tuple[str, Predicate]]:
    if isinstance(tree, Leaf):
        yield f"without {tree.field} {tree.op}", AllOf(())
        yield f"never {tree.field} {tree.op}", AnyOf(())
        if tree.op in NEXT_TO:
            other = NEXT_TO[tree.op]
            yield f"{tree.field} {other}", replace(tree, op=other)
        return
    if len(tree.parts) > 1:
        all_ = isinstance(tree, AllOf)
        yield "any for all" if all_ else "all for any", (AnyOf if all_ else AllOf)(tree.parts)
    for number, part in enumerate(tree.parts):
        for what, changed in changes(part):
            yield what, type(tree)((*tree.parts[:number], changed, *tree.parts[number + 1 :]))


@pytest.mark.parametrize("policy", list(REFERENCE.policies))
def test_no_condition_of_a_policy_can_change_without_a_profile_noticing(policy: str) -> None:
    rows = [row for row in ROWS if row["policy"] == policy]
    known = [(values_of(row), (row["kleene"], row["decided"])) for row in rows]

    def unnoticed(rule: Rule) -> bool:
        verdicts = ((judge(rule, values), said) for values, said in known)
        return all((one.kleene.value, one.decided.value) == said for one, said in verdicts)

    left = {what for what, rule in changed_rules(policy) if unnoticed(rule)}
    assert left == REDUNDANT.get(policy, set())
