"""Small random rules over facts of every type, for brute force."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterator, Mapping
from itertools import product
from types import MappingProxyType
from typing import Any

from peipao.policy.book import RuleBook
from peipao.policy.cells import representatives
from peipao.policy.evaluate import kleene
from peipao.policy.rules import Binder, Rule
from peipao.policy.words import Words
from peipao.reference.loader import load_reference
from peipao.reference.predicates import AllOf, AnyOf, Leaf, Predicate

REFERENCE = load_reference()
BOOK = RuleBook.of(REFERENCE)

LEAVES: tuple[Leaf, ...] = (
    Leaf("employees_hired", "ge", 1),
    Leaf("employees_hired", "ge", 3),
    Leaf("annual_revenue_cny", "ge", 2e6),
    Leaf("annual_revenue_cny", "gt", 4e6),
    Leaf("annual_revenue_cny", "le", 3e6),
    Leaf("debt_ratio", "le", 0.5),
    Leaf("debt_ratio", "le", 0.7),
    Leaf("owns_core_ip", "eq", True),
    Leaf("listed", "eq", False),
    Leaf("entity_type", "eq", "小微企业"),
    Leaf("entity_type", "in", ("个体工商户", "小微企业主")),
    Leaf("hires_from_categories", "contains_any", ("脱贫人口", "登记失业人员")),
    Leaf("hires_from_categories", "contains_any", ("脱贫人口", "大中专毕业生")),
    Leaf("hardship_category", "contains_any", ("低保家庭",)),
)

KNOWN: Mapping[str, tuple[Any, ...]] = {
    "employees_hired": (0.0, 1.0, 2.0),
    "annual_revenue_cny": (1e6, 2e6, 5e6),
    "debt_ratio": (0.4, 0.6, 0.9),
    "owns_core_ip": (True, False),
    "listed": (True, False),
    "entity_type": ("小微企业", "个体工商户", "其他"),
    "hires_from_categories": (Words(frozenset()), Words(frozenset({"大中专毕业生"}))),
    "hardship_category": (Words(frozenset()), Words(frozenset({"低保家庭"}))),
}


def a_tree(draw: random.Random, depth: int = 2) -> Predicate:
    if depth == 0 or draw.random() < 0.25:
        return draw.choice(LEAVES)
    parts = tuple(a_tree(draw, depth - 1) for _ in range(draw.randint(2, 3)))
    return AllOf(parts) if draw.random() < 0.5 else AnyOf(parts)


def a_rule(tree: Predicate) -> Rule:
    model = REFERENCE.policies["cn-tech-sme"]
    policies = {"p": dataclasses.replace(model, id="p", eligibility=tree, valid_from="2000-01-01")}
    fields, terms = REFERENCE.policy_fields, REFERENCE.policy_terms
    return Binder(policies, fields, {}, terms).rule("p")


def a_book(rule: Rule) -> RuleBook:
    rules = MappingProxyType({rule.policy.id: rule})
    return dataclasses.replace(BOOK, rules=rules, versions={rule.policy.id: "v"})


def some_values(draw: random.Random, rule: Rule, share: float) -> dict[str, Any]:
    """Return the open points, and some of the rule's facts."""
    values: dict[str, Any] = {"@open:p": True, "@in_force:p": True}
    for name in rule.places:
        if name in KNOWN and draw.random() < share:
            values[name] = draw.choice(KNOWN[name])
    return values


def full_values(rule: Rule, values: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every completion of what is missing, cell by cell."""
    names = [name for name in rule.places if name not in values]
    for cells in product(*(cells_of(rule, name) for name in names)):
        yield {**values, **dict(zip(names, cells, strict=True))}


def cells_of(rule: Rule, name: str) -> tuple[Any, ...]:
    conditions = [c for c in rule.conditions if c.name == name]
    if conditions[0].type != "multi":
        return representatives(conditions)
    words = sorted({word for c in conditions for word in c.value})
    return tuple(
        Words(frozenset(w for w, take in zip(words, picks, strict=True) if take))
        for picks in product((True, False), repeat=len(words))
    )


def holds(rule: Rule, values: Mapping[str, Any]) -> bool:
    answer = kleene(rule.tree, rule.truths(values))
    assert answer is not None
    return answer
