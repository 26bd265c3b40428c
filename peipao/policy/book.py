"""All rules of one reference, compiled once, with what is needed to look at facts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType

from peipao.canonical import sha256_json
from peipao.errors import UnknownValueError
from peipao.policy.categories import CategoryBook
from peipao.policy.dates import AskedDates
from peipao.policy.facts import Facts
from peipao.policy.rules import OWN_BENEFIT, Binder, Rule
from peipao.policy.snapshot import Observer, Snapshot
from peipao.reference.loader import Reference
from peipao.reference.policies import Policy, ReferenceSeries
from peipao.reference.policy_terms import CATEGORY_FIELD, PolicyTerms
from peipao.reference.policy_words import FieldWords
from peipao.reference.predicates import Leaf, Predicate, leaves


@dataclass(frozen=True, slots=True, eq=False)
class RuleBook:
    """The compiled rules.

    Attributes:
        rules: by policy id, in file order.
        versions: policy id -> SHA-256 of everything that its answers rest on.
        words, terms, series: as in `Reference`.
        observer: looks at facts on asked days.
    """

    rules: Mapping[str, Rule]
    versions: Mapping[str, str]
    words: Mapping[str, FieldWords]
    terms: PolicyTerms
    series: Mapping[str, ReferenceSeries]
    observer: Observer

    @classmethod
    def of(cls, reference: Reference) -> RuleBook:
        """Compile every policy of a reference.

        Raises:
            ReferenceDataError: a policy depends on itself.
        """
        policies, terms = reference.policies, reference.policy_terms
        binder = Binder(policies, reference.policy_fields, reference.policy_series, terms)
        rules = {policy_id: binder.rule(policy_id) for policy_id in policies}
        category = reference.policy_fields.get(CATEGORY_FIELD)
        book = CategoryBook.of(terms, () if category is None else category.values)
        asking = {c.policy for rule in rules.values() for c in rule.conditions if _own(c.field)}
        return cls(
            rules=MappingProxyType(rules),
            versions=MappingProxyType({key: _version(rules[key], reference) for key in rules}),
            words=reference.policy_words,
            terms=terms,
            series=reference.policy_series,
            observer=Observer(reference.policy_words, book, tuple(sorted(asking))),
        )

    def rule(self, policy_id: str) -> Rule:
        """Return the rule of a policy.

        Raises:
            UnknownValueError: no such policy.
        """
        if policy_id not in self.rules:
            raise UnknownValueError("policies", policy_id, self.rules)
        return self.rules[policy_id]

    def calendar(self, dates: AskedDates) -> dict[str, bool]:
        """Return what the asked days decide: name of an open point -> truth; absent is open."""
        found: dict[str, bool] = {}
        for key, rule in self.rules.items():
            in_force = rule.window.in_force(dates.entitlement)
            claimable = rule.window.claimable(dates.application)
            if in_force is not None:
                found[f"@in_force:{key}"] = in_force
            if claimable is not None:
                found[f"@open:{key}"] = claimable
        return found

    def snapshot(self, facts: Facts, dates: AskedDates) -> Snapshot:
        """Return what is known on the asked days."""
        return self.observer.look(facts, dates, self.calendar(dates))

    def words_of(self, field: str) -> FieldWords:
        """Return the words of a fact.

        Raises:
            UnknownValueError: no such fact.
        """
        if field not in self.words:
            raise UnknownValueError("facts", field, self.words)
        return self.words[field]

    def in_force_on(self, policy_id: str, day: dt.date) -> bool:
        """Tell whether a policy is known to be in force on a day."""
        return self.rule(policy_id).window.in_force(day) is True


def _own(field: str) -> bool:
    return field == OWN_BENEFIT


def _version(rule: Rule, reference: Reference) -> str:
    """Hash the policies in the tree, the windows, the category definitions and the series."""
    terms = reference.policy_terms
    involved = sorted({rule.policy.id, *(c.policy for c in rule.conditions)})
    series = sorted(
        {str(leaf.value) for key in involved for leaf in _series_leaves(reference, key)}
    )
    return sha256_json(
        {
            "policies": [_policy_json(reference.policies[key]) for key in involved],
            "windows": [asdict(terms.late_claims[k]) for k in involved if k in terms.late_claims],
            "categories": [asdict(terms.categories[word]) for word in sorted(terms.categories)]
            if any(c.field == CATEGORY_FIELD for c in rule.conditions)
            else [],
            "anchors": [asdict(a) for a in terms.anchors.values() if a.policy in involved],
            "series": [asdict(reference.policy_series[key]) for key in series],
        }
    )


def _series_leaves(reference: Reference, policy_id: str) -> list[Leaf]:
    return [
        leaf for leaf in leaves(reference.policies[policy_id].eligibility) if leaf.op == "le_ref"
    ]


def _policy_json(policy: Policy) -> dict[str, object]:
    return {
        "id": policy.id,
        "eligibility": _tree_json(policy.eligibility),
        "benefit": asdict(policy.benefit),
        "window": [policy.valid_from, policy.valid_to, policy.status, policy.superseded_by],
        "source": list(policy.source),
        "verified": policy.verified,
    }


def _tree_json(tree: Predicate) -> object:
    if isinstance(tree, Leaf):
        return asdict(tree)
    return {type(tree).__name__: [_tree_json(part) for part in tree.parts]}
