"""What staff could know of a pair, as the hidden taste sees it: a kind's comparisons and rules.

Written apart from `features`, which the city must not import: the taste sees the same facts by code
of its own. Each comparison is a matrix needs x providers, float64 in [0, 1], NaN where either
side is missing or the need is indifferent. `text` is how near the two lines of business are, which
the words of the introductions betray: 1 for the same line, 0.35 for the same industry.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from peipao.domain.records import Need, Project, Provider
from peipao.domain.values import Place, Stance, Value
from peipao.kinds.spec import ComparisonSpec, KindSpec, Measure, RuleSpec, Test
from peipao.reference.loader import Reference
from peipao.sample.words import Line
from peipao.tables.profiles import BoolArray, FloatArray

_FAR_MINUTES = 120.0


@dataclass(frozen=True, slots=True)
class NeedSide:
    """Needs with their projects and what those really do."""

    needs: Sequence[Need]
    projects: Sequence[Project]
    lines: Sequence[Line | None]

    def values(self, name: str) -> list[Value | None]:
        """Return the stated value of an attribute for each need; None is missing."""
        if name == "project.stage":
            return [project.stage for project in self.projects]
        if name.startswith("project."):
            key = name.removeprefix("project.")
            return [project.attributes.get(key) for project in self.projects]
        stated = [need.attributes.get(name) for need in self.needs]
        return [
            None if one is None or one.stance is Stance.INDIFFERENT else one.value for one in stated
        ]

    def musts(self, name: str) -> BoolArray:
        """Tell for each need whether it states the attribute as a must."""
        stated = [need.attributes.get(name) for need in self.needs]
        return np.array([one is not None and one.stance is Stance.MUST for one in stated], bool)


@dataclass(frozen=True, slots=True)
class ProviderSide:
    """Providers of one kind and what they really know."""

    providers: Sequence[Provider]
    lines: Sequence[Line | None]

    def values(self, name: str) -> list[Value | None]:
        """Return the value of an attribute for each provider; None is missing."""
        return [provider.attributes.get(name) for provider in self.providers]

    def only(self, rows: Sequence[int]) -> ProviderSide:
        """Return the side with some of its providers."""
        return ProviderSide([self.providers[n] for n in rows], [self.lines[n] for n in rows])


def likeness(
    spec: ComparisonSpec, needs: NeedSide, providers: ProviderSide, reference: Reference
) -> FloatArray:
    """Return one comparison for all pairs, float64 (needs, providers), NaN is missing."""
    left, right = needs.values(spec.need), providers.values(spec.provider)
    if spec.measure is Measure.TEXT:
        found = _same_business(needs.lines, providers.lines)
    elif spec.measure is Measure.TRAVEL:
        found = np.maximum(0.0, 1.0 - _minutes(left, right, reference) / _FAR_MINUTES)
    elif spec.measure in {Measure.AT_MOST, Measure.AT_LEAST, Measure.NEAR}:
        found = _ratio(spec.measure, _numbers(left)[:, None], _numbers(right)[None, :])
    else:
        found = _overlap(spec.measure, left, right, reference)
    missing = np.array([one is None for one in left], bool)[:, None]
    return np.where(missing | np.array([one is None for one in right], bool), np.nan, found)


def allowed(
    spec: KindSpec, needs: NeedSide, providers: ProviderSide, reference: Reference
) -> BoolArray:
    """Tell which pairs the rules and the districts served allow, bool (needs, providers)."""
    districts = [project.attributes.get("district") for project in needs.projects]
    open_to = np.array(
        [
            [
                not one.districts_served or district in one.districts_served
                for one in providers.providers
            ]
            for district in sorted(set(map(str, districts)))
        ],
        bool,
    ).reshape(-1, len(providers.providers))
    row = {district: n for n, district in enumerate(sorted(set(map(str, districts))))}
    found: BoolArray = open_to[[row[str(district)] for district in districts]]
    for rule in spec.rules:
        if rule.test is not Test.POLICY:  # of policies the city knows nothing that excludes
            found &= _passes(rule, needs, providers, reference)
    return found


def _passes(
    rule: RuleSpec, needs: NeedSide, providers: ProviderSide, reference: Reference
) -> BoolArray:
    right = providers.values(str(rule.provider))
    if rule.need is None:
        fits = np.array([one in rule.values for one in right], bool)
        absent = np.array([one is None for one in right], bool)
        passed = np.where(absent, rule.if_missing == "pass", fits)
        return np.broadcast_to(passed, (len(needs.needs), len(right))).copy()
    left = needs.values(rule.need)
    passed = _tested(rule, left, right, reference)
    missing = np.array([one is None for one in left], bool)[:, None]
    missing = missing | np.array([one is None for one in right], bool)
    passed = np.where(missing, rule.if_missing == "pass", passed)
    if rule.only_if_must:
        passed |= ~needs.musts(rule.need)[:, None]
    return passed


def _tested(
    rule: RuleSpec,
    left: list[Value | None],
    right: list[Value | None],
    reference: Reference,
) -> BoolArray:
    if rule.test is Test.WITHIN_MINUTES:
        limit = rule.limit if rule.limit is not None else np.inf
        return np.nan_to_num(_minutes(left, right, reference)) <= limit
    if rule.test is Test.AT_MOST:
        return _numbers(left)[:, None] <= _numbers(right)[None, :]
    if rule.test is Test.AT_LEAST:
        return _numbers(left)[:, None] >= _numbers(right)[None, :]
    codes = _all_codes(left, right)
    hot = _hot(left, codes)
    shared = hot @ _hot(right, codes).T
    if rule.test is Test.COVERS:
        covered: BoolArray = shared >= hot.sum(1)[:, None]
        return covered
    return shared > 0


def _overlap(
    measure: Measure, left: list[Value | None], right: list[Value | None], reference: Reference
) -> FloatArray:
    codes = _all_codes(left, right)
    ours, theirs = _hot(left, codes), _hot(right, codes)
    if measure is Measure.TAXONOMY and len(codes):
        near = np.array([[reference.industry_nearness(a, b) for b in codes] for a in codes])
        theirs = (theirs[:, :, None] * near[None, :, :]).max(1)
    shared = ours @ theirs.T
    if measure in {Measure.SAME, Measure.MEMBER}:
        return (shared > 0).astype(np.float64)
    coverage: FloatArray = shared / np.maximum(ours.sum(1), 1.0)[:, None]
    return coverage


def _ratio(measure: Measure, left: FloatArray, right: FloatArray) -> FloatArray:
    a, b = np.maximum(left, 1e-9), np.maximum(right, 1e-9)
    over = {Measure.AT_MOST: b / a, Measure.AT_LEAST: a / b, Measure.NEAR: np.minimum(a / b, b / a)}
    found: FloatArray = np.minimum(over[measure], 1.0)
    return found


def _minutes(
    left: list[Value | None], right: list[Value | None], reference: Reference
) -> FloatArray:
    codes = reference.codes("districts")
    row = {code: n for n, code in enumerate(codes)}
    table = np.full((len(codes) + 1, len(codes) + 1), np.nan)
    for a in codes:
        table[row[a], : len(codes)] = [reference.travel_minutes(a, b) for b in codes]
    ours, theirs = (
        [row.get(one.district, -1) if isinstance(one, Place) else -1 for one in side]
        for side in (left, right)
    )
    return table[np.ix_(ours, theirs)]


def _same_business(left: Sequence[Line | None], right: Sequence[Line | None]) -> FloatArray:
    def numbered(side: Sequence[Line | None], absent: int) -> tuple[FloatArray, list[str]]:
        lines = np.array([absent if one is None else one.number for one in side], np.float64)
        return lines, ["" if one is None else one.industry for one in side]

    (ours, our_trade), (theirs, their_trade) = numbered(left, -1), numbered(right, -2)
    same_trade = np.array(our_trade, dtype=np.str_)[:, None] == np.array(their_trade, np.str_)
    return np.where(ours[:, None] == theirs, 1.0, np.where(same_trade, 0.35, 0.0))


def _as_codes(value: Value | None) -> tuple[str, ...]:
    if isinstance(value, tuple):
        return value
    return (value,) if isinstance(value, str) else ()


def _all_codes(left: list[Value | None], right: list[Value | None]) -> list[str]:
    return sorted({code for one in (*left, *right) for code in _as_codes(one)})


def _hot(side: list[Value | None], codes: Sequence[str]) -> FloatArray:
    column: Mapping[str, int] = {code: n for n, code in enumerate(codes)}
    found = np.zeros((len(side), len(codes)))
    for row, one in enumerate(side):
        for code in _as_codes(one):
            found[row, column[code]] = 1.0
    return found


def _numbers(side: list[Value | None]) -> FloatArray:
    return np.array([one if isinstance(one, float) else np.nan for one in side], np.float64)
