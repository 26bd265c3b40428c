"""Rules on policies: three values of the policy engine decide, and nothing else of a project."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from feature_sets import LABELS, TODAY, SmallReference, a_pair, a_project_spec, a_provider
from typing_extensions import override

from features.builder import encode_needs, encode_providers, fit_schema
from features.eligibility import eligibility
from features.facts import PairFacts, need_facts, provider_facts
from features.policies import Applicants
from features.text import NgramEncoder
from peipao.domain.records import Provider
from peipao.kinds.spec import KindSpec
from peipao.policy.calculator import Calculator
from peipao.policy.dates import on_day
from peipao.policy.facts import Facts
from peipao.reference.loader import load_reference
from peipao.tables.pairs import EligibilityTable

CALCULATOR = Calculator.of(load_reference())
POLICIES = ("cn-tax-getihu-half", "qd-guarantee-loan-smallmicro")
WHY = "项目不符合政策条件"
FACTS = {
    "n1": {"entity_type": "个体工商户"},
    "n2": {"entity_type": "小微企业"},
    "n3": {},
}
"""The first has the tax policy and not the loan, the second the other way round but for its
hires, of which nothing is known; of the third nothing is known."""


class WithPolicies(SmallReference):
    """Knows two policies as codes."""

    @override
    def codes(self, table: str, /) -> tuple[str, ...]:
        return POLICIES if table == "policies" else super().codes(table)


def a_kind(**rule: Any) -> KindSpec:
    said = {"test": "policy", "if_unknown": "pass", "reason": WHY, **rule}
    return KindSpec.model_validate(
        {
            "name": "helper",
            "label": "帮手",
            "team": "market",
            "provider": {
                "policy": {"type": "category", "label": "政策", "values": "policies"},
                "intro": {"type": "text", "label": LABELS["ai"]},
            },
            "need": {"topic": {"type": "text", "label": "问题"}},
            "comparisons": [
                {"name": "topic", "need": "topic", "provider": "intro", "measure": "text",
                 "weight": 1.0, "label": "内容"}
            ],
            "rules": [said],
            "pairing": {"capacity": 1},
        }
    )  # fmt: skip


def judged(
    spec: KindSpec, stated: Mapping[str, Mapping[str, Any]] | None = None, day: dt.date = TODAY
) -> EligibilityTable:
    """Return who may be paired with a provider of each policy and one of none."""
    pairs = [a_pair(key) for key in FACTS]
    providers: list[Provider] = [
        *(a_provider(f"m{at}", policy=policy) for at, policy in enumerate(POLICIES)),
        a_provider("m9"),
    ]
    schema = fit_schema(spec, a_project_spec(), WithPolicies(), pairs, providers, NgramEncoder())
    asked = None
    if stated is not None:
        facts = {key: CALCULATOR.facts(said, day, "tests") for key, said in stated.items()}
        asked = Applicants(CALCULATOR.book, {key: key for key in FACTS}, facts, on_day(day))
    found = PairFacts(day, need_facts(pairs), provider_facts(providers), applicants=asked)
    needs, theirs = encode_needs(schema, pairs), encode_providers(schema, providers)
    return eligibility(schema, needs, theirs, found, spec)


def excluded(table: EligibilityTable) -> list[list[bool]]:
    return [[code > 0 for code in row] for row in table.excluded_by.tolist()]


def test_only_who_is_not_eligible_is_excluded_from_what_rests_on_the_policy() -> None:
    table = judged(a_kind(provider="policy"), FACTS)
    assert excluded(table) == [
        [False, True, False],
        [True, False, False],
        [False, False, False],
    ]
    assert {table.reasons[code - 1] for code in np.unique(table.excluded_by) if code} == {WHY}


def test_unknown_excludes_where_the_rule_says_so_but_never_from_what_asks_for_no_policy() -> None:
    table = judged(a_kind(provider="policy", if_unknown="fail"), FACTS)
    assert excluded(table) == [
        [False, True, False],
        [True, True, False],
        [True, True, False],
    ]


@pytest.mark.parametrize(
    ("if_unknown", "expected"), [("pass", [False, True, False]), ("fail", [False, True, True])]
)
def test_one_policy_can_stand_for_all_providers(if_unknown: str, expected: list[bool]) -> None:
    table = judged(a_kind(policy="cn-tax-getihu-half", if_unknown=if_unknown), FACTS)
    assert excluded(table) == [[one] * 3 for one in expected]


def test_a_policy_is_asked_on_the_day_of_the_round() -> None:
    spec = a_kind(policy="cn-tax-getihu-half", if_unknown="fail")
    last, after = dt.date(2027, 12, 31), dt.date(2028, 1, 1)
    assert excluded(judged(spec, FACTS, last))[0] == [False] * 3
    assert excluded(judged(spec, FACTS, after))[0] == [True] * 3


def test_nobody_is_excluded_where_nobody_is_asked_about() -> None:
    table = judged(a_kind(provider="policy", if_unknown="fail"))
    assert not table.excluded_by.any()


def test_a_provider_that_names_a_policy_of_yesterday_is_unknown() -> None:
    asked = Applicants(CALCULATOR.book, {"n1": "p1"}, {"p1": Facts()}, on_day(TODAY))
    assert asked.standing(["abolished"], np.array(["n1"])).tolist() == [[0]]


def test_needs_of_one_project_stand_alike() -> None:
    facts = {"p1": CALCULATOR.facts(FACTS["n1"], TODAY, "tests")}
    asked = Applicants(CALCULATOR.book, {"n1": "p1", "n2": "p1"}, facts, on_day(TODAY))
    assert asked.standing(POLICIES, np.array(["n1", "n2"])).tolist() == [[1, -1], [1, -1]]


def test_applicants_do_not_print_facts() -> None:
    facts = {"p1": CALCULATOR.facts(FACTS["n1"], TODAY, "tests")}
    asked = Applicants(CALCULATOR.book, {"n1": "p1"}, facts, on_day(TODAY))
    assert "个体" not in repr(asked)
    assert "entity_type" not in repr(asked)
