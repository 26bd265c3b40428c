"""The hard tests of a kind file, on blocks of needs against all providers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from features.alignment import Sides, code_rows, code_values, common_codes, district_rows, numbers
from features.schema import FeatureSchema
from peipao.kinds.spec import RuleSpec, Test
from peipao.tables.profiles import MUST, BoolArray, Column, ProfileTable

Grid = Callable[[slice], BoolArray]
"""Rows of needs -> bool, which broadcasts to (n_rows, n_providers)."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a test says.

    Attributes:
        need_known, provider_known: bool (n,), False where the side has stated nothing.
        holds: the test; anything where a side is unknown.
    """

    need_known: BoolArray
    provider_known: BoolArray
    holds: Grid


def failing(
    rule: RuleSpec, schema: FeatureSchema, needs: ProfileTable, providers: ProfileTable
) -> Grid:
    """Return which pairs a rule excludes.

    A rule applies whatever the stance, or with `only_if_must` only where the need says must; where
    it applies and a side has stated nothing, `if_missing` decides.
    """
    theirs = providers.columns[str(rule.provider)]
    if rule.need is None:
        answer = _one_of(rule, theirs, len(needs))
        applies = np.ones(len(needs), dtype=np.bool_)
    else:
        ours = needs.columns[rule.need]
        answer = TESTS[rule.test](Sides(ours, theirs, schema, rule.limit or 0.0))
        applies = (ours.stance == MUST) | (not rule.only_if_must)
    if_missing = rule.if_missing == "fail"

    def grid(rows: slice) -> BoolArray:
        if not applies[rows].any():
            return np.zeros((1, 1), dtype=np.bool_)
        known = answer.need_known[rows, None] & answer.provider_known
        holds = answer.holds(rows)
        fails = ~(known & holds) if if_missing else known & ~holds
        return fails & applies[rows, None]

    return grid


def _one_of(rule: RuleSpec, theirs: Column, n_needs: int) -> Answer:
    values = code_values(theirs)
    rows = code_rows(theirs, values)
    wanted = np.array([value in rule.values for value in values], dtype=np.float64)
    holds = rows.hot @ wanted > 0
    every = np.ones(n_needs, dtype=np.bool_)
    return Answer(
        every, rows.known, lambda part: np.broadcast_to(holds, (len(every[part]), len(holds)))
    )


def _overlaps(sides: Sides) -> Answer:
    _, need, provider = common_codes(sides.need, sides.provider)
    return Answer(need.known, provider.known, lambda rows: need.hot[rows] @ provider.hot.T > 0)


def _covers(sides: Sides) -> Answer:
    _, need, provider = common_codes(sides.need, sides.provider)
    count = need.count[:, None]
    return Answer(
        need.known, provider.known, lambda rows: need.hot[rows] @ provider.hot.T == count[rows]
    )


def _at_most(sides: Sides) -> Answer:
    need, provider = numbers(sides.need), numbers(sides.provider)
    return Answer(~np.isnan(need), ~np.isnan(provider), lambda rows: need[rows, None] <= provider)


def _at_least(sides: Sides) -> Answer:
    need, provider = numbers(sides.need), numbers(sides.provider)
    return Answer(~np.isnan(need), ~np.isnan(provider), lambda rows: need[rows, None] >= provider)


def _within(sides: Sides) -> Answer:
    here = district_rows(sides.need, sides.schema.minutes.codes)
    there = district_rows(sides.provider, sides.schema.minutes.codes)
    near = sides.schema.minutes.array() <= sides.limit
    return Answer(here >= 0, there >= 0, lambda rows: near[here[rows]][:, there])


TESTS: Mapping[Test, Callable[[Sides], Answer]] = {
    Test.EQUALS: _overlaps,
    Test.MEMBER: _overlaps,
    Test.OVERLAPS: _overlaps,
    Test.COVERS: _covers,
    Test.AT_MOST: _at_most,
    Test.AT_LEAST: _at_least,
    Test.WITHIN_MINUTES: _within,
}
