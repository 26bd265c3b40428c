"""Predicates compiled for evaluation: conditions by number, and a tree over them."""

from __future__ import annotations

import datetime as dt
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import Any

from peipao.errors import ReferenceDataError
from peipao.policy.categories import anchored
from peipao.policy.windows import Window
from peipao.policy.words import Truth
from peipao.reference.policies import FILE, Policy, ReferenceSeries
from peipao.reference.policy_terms import CATEGORY_FIELD, PolicyTerms
from peipao.reference.predicates import AllOf, Leaf, PolicyField, Predicate

OWN_BENEFIT = "already_received_this_benefit"
"""Speaks of the policy that asks, so each policy has its own."""

MEETS = "meets_policy"


@dataclass(frozen=True, slots=True)
class Condition:
    """One leaf, bound to the policy that asks.

    Attributes:
        name: what it depends on: a field; `field@policy` where each policy has its own; or an
            open point that no fact settles: `@in_force:…`, `@open:…`, `@series:…`.
        field: field as declared; empty for an open point.
        type: type of the field; `bool` for an open point.
        op, value: as in `Leaf`, dates as dates, anchored category words by their anchored name.
        policy: id of the policy that asks.
        test: the value -> whether it holds; only a partly known set can leave it open.
    """

    name: str
    field: str
    type: str
    op: str
    value: Any
    policy: str
    test: Callable[[Any], Truth] = attribute(compare=False, repr=False)

    @property
    def is_open_point(self) -> bool:
        """Tell whether no fact of the applicant settles it."""
        return not self.field


@dataclass(frozen=True, slots=True)
class Branch:
    """All parts (`every`) or at least one of them must hold."""

    every: bool
    parts: tuple[Node, ...]


Node = int | Branch
"""A number of a condition, or a branch."""


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """A compiled policy; policies that it asks for are part of its tree.

    Attributes:
        policy, window: the policy and its days.
        tree: over the numbers of `conditions`; its first two parts are the window.
        conditions: from left to right.
        places: name -> numbers of its conditions.
        repeated: names with more than one condition.
    """

    policy: Policy
    window: Window
    tree: Branch
    conditions: tuple[Condition, ...]
    places: Mapping[str, tuple[int, ...]]
    repeated: tuple[str, ...]

    def truths(self, values: Mapping[str, Any]) -> list[Truth]:
        """Return what each condition says of the values; an absent value is unknown."""
        get = values.get
        found: list[Truth] = []
        for condition in self.conditions:
            value = get(condition.name)
            found.append(None if value is None else condition.test(value))
        return found


@dataclass(frozen=True, slots=True)
class Binder:
    """Compiles policies of one reference.

    Attributes:
        policies, fields, series, terms: as in `Reference`.
    """

    policies: Mapping[str, Policy]
    fields: Mapping[str, PolicyField]
    series: Mapping[str, ReferenceSeries]
    terms: PolicyTerms

    def rule(self, policy_id: str) -> Rule:
        """Return the compiled rule of a policy.

        Raises:
            ReferenceDataError: it depends on itself through other policies.
        """
        policy = self.policies[policy_id]
        found: list[Condition] = []
        open_ = _Numbered(found)(_point("@open", policy_id, policy_id))
        own = self._policy(policy_id, (), found)
        tree = Branch(True, (open_, *own.parts))
        places: dict[str, tuple[int, ...]] = {}
        for number, condition in enumerate(found):
            places[condition.name] = (*places.get(condition.name, ()), number)
        repeated = tuple(name for name, numbers in places.items() if len(numbers) > 1)
        return Rule(policy, self.window(policy_id), tree, tuple(found), places, repeated)

    @staticmethod
    def tests(leaf: Leaf, value: Any) -> Truth:  # noqa: ANN401  as `Snapshot.values`
        """Return what a leaf of a benefit tier says of a value; tiers ask numbers and words."""
        type_ = "multi" if leaf.op == "contains_any" else ""
        return _test(type_, leaf.op, leaf.value)(value)

    def window(self, policy_id: str) -> Window:
        """Return the days of a policy."""
        return Window.of(self.policies[policy_id], self.terms.late_claims.get(policy_id))

    def _policy(self, policy_id: str, path: tuple[str, ...], found: list[Condition]) -> Branch:
        if policy_id in path:
            loop = " → ".join((*path, policy_id))
            raise ReferenceDataError(FILE, policy_id, "eligibility", f"政策循环依赖:{loop}")
        in_force = _Numbered(found)(_point("@in_force", policy_id, policy_id))
        tree = self._node(self.policies[policy_id].eligibility, (*path, policy_id), found)
        return Branch(True, (in_force, tree))

    def _node(self, tree: Predicate, path: tuple[str, ...], found: list[Condition]) -> Node:
        if isinstance(tree, Leaf):
            if tree.field == MEETS:
                return self._policy(str(tree.value), path, found)
            return _Numbered(found)(self._condition(tree, path[-1]))
        every = isinstance(tree, AllOf)
        return Branch(every, tuple(self._node(part, path, found) for part in tree.parts))

    def _condition(self, leaf: Leaf, policy_id: str) -> Condition:
        type_ = self.fields[leaf.field].type
        if leaf.op == "le_ref":
            return self._against_series(leaf, policy_id)
        name, value = leaf.field, self._bound_value(leaf, type_, policy_id)
        if leaf.field == OWN_BENEFIT:
            name = f"{leaf.field}@{policy_id}"
        test = _test(type_, leaf.op, value)
        return Condition(name, leaf.field, type_, leaf.op, value, policy_id, test)

    def _bound_value(self, leaf: Leaf, type_: str, policy_id: str) -> object:
        if type_ == "date":
            return dt.date.fromisoformat(str(leaf.value))
        if leaf.field == CATEGORY_FIELD and isinstance(leaf.value, tuple):
            return tuple(self._category(word, policy_id) for word in leaf.value)
        return leaf.value

    def _category(self, word: str, policy_id: str) -> str:
        anchor = self.terms.anchors.get((policy_id, word))
        return word if anchor is None else anchored(word, anchor.at)

    def _against_series(self, leaf: Leaf, policy_id: str) -> Condition:
        series = self.series[str(leaf.value)]
        if series.value is None:
            return _point("@series", f"{series.id}:{leaf.field}", policy_id)
        test = _test("number", "le", series.value)
        return Condition(leaf.field, leaf.field, "number", "le", series.value, policy_id, test)


@dataclass(frozen=True, slots=True)
class _Numbered:
    found: list[Condition]

    def __call__(self, condition: Condition) -> int:
        self.found.append(condition)
        return len(self.found) - 1


def _point(kind: str, what: str, policy_id: str) -> Condition:
    return Condition(f"{kind}:{what}", "", "bool", "eq", True, policy_id, bool)


_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ge": operator.ge,
    "gt": operator.gt,
    "le": operator.le,
    "lt": operator.lt,
}


def _test(type_: str, op: str, value: Any) -> Callable[[Any], Truth]:  # noqa: ANN401  any value
    if type_ == "multi":
        return lambda known: known.shares(value)
    if type_ == "policy":
        return lambda known: known.has(value)
    if op == "in":
        return lambda known: known in value
    compare = _COMPARE[op]
    return lambda known: compare(known, value)
