"""How well a need attribute fits a provider attribute: one function a measure, on whole blocks."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from features.alignment import Sides, common_codes, district_rows, numbers, text
from features.schema import SquareTable
from peipao.kinds.spec import Measure
from peipao.tables.profiles import BoolArray, FloatArray

LIMIT_MINUTES = 120.0
"""Travel of this many minutes fits not at all."""

LIMIT_RATIO = 4.0
"""A number off by this factor fits not at all; off by its square root it fits by half."""

NEARNESS_GRID = 1e9
"""Nearness counts in whole units of 1e-9, so that sums of it are exact in any order."""

Block = Callable[[slice], FloatArray]
"""Rows of needs -> float64 (n_rows, n_providers) in [0, 1]; anything where a side is unknown."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """One comparison, ready to be evaluated on blocks of needs.

    Attributes:
        need_known, provider_known: bool (n,), False where the side has stated nothing.
        block: the values.
    """

    need_known: BoolArray
    provider_known: BoolArray
    block: Block


def _overlap(sides: Sides) -> Prepared:
    _, ours, theirs = common_codes(sides.need, sides.provider)
    return Prepared(
        ours.known,
        theirs.known,
        lambda rows: np.minimum(ours.hot[rows] @ theirs.hot.T, 1.0),
    )


def _coverage(sides: Sides) -> Prepared:
    _, ours, theirs = common_codes(sides.need, sides.provider)
    count = np.maximum(ours.count, 1.0)[:, None]
    return Prepared(
        ours.known, theirs.known, lambda rows: (ours.hot[rows] @ theirs.hot.T) / count[rows]
    )


def _taxonomy(sides: Sides) -> Prepared:
    values, ours, theirs = common_codes(sides.need, sides.provider)
    best = _nearest(theirs.hot, _nearness(sides.schema.nearness, values))
    count = np.maximum(ours.count, 1.0)[:, None] * NEARNESS_GRID
    return Prepared(ours.known, theirs.known, lambda rows: (ours.hot[rows] @ best.T) / count[rows])


def _nearness(table: SquareTable, values: tuple[str, ...]) -> FloatArray:
    """Return the table on `values`, in units of the grid; a code outside it is near itself only."""
    index = {code: at for at, code in enumerate(table.codes)}
    near = np.eye(len(values)) * NEARNESS_GRID
    inside = [at for at, value in enumerate(values) if value in index]
    there = [index[values[at]] for at in inside]
    units = np.rint(table.array() * NEARNESS_GRID)
    near[np.ix_(inside, inside)] = units[np.ix_(there, there)]
    return near


def _nearest(hot: FloatArray, near: FloatArray) -> FloatArray:
    """Return float64 (n, n_values): how near each code is to the nearest of the row's codes."""
    best = np.zeros_like(hot)
    for code in range(hot.shape[1]):
        best[:, code] = (hot * near[code]).max(axis=1)
    return best


def _text(sides: Sides) -> Prepared:
    need, provider = text(sides.need), text(sides.provider)

    def block(rows: slice) -> FloatArray:
        # The cosine is exact in whatever order it is summed (features/text.py).
        return np.clip(provider.products(need.vectors[rows]), 0.0, 1.0)

    return Prepared(~need.missing, ~provider.missing, block)


def _travel(sides: Sides) -> Prepared:
    here = district_rows(sides.need, sides.schema.minutes.codes)
    there = district_rows(sides.provider, sides.schema.minutes.codes)
    fit = np.maximum(1.0 - sides.schema.minutes.array() / LIMIT_MINUTES, 0.0)
    return Prepared(here >= 0, there >= 0, lambda rows: fit[here[rows]][:, there])


def _ratio(sides: Sides, enough: Callable[[FloatArray, FloatArray], BoolArray]) -> Prepared:
    ours, theirs = numbers(sides.need), numbers(sides.provider)
    our_logs, their_logs = _logs(ours), _logs(theirs)

    def block(rows: slice) -> FloatArray:
        gap = np.abs(our_logs[rows, None] - their_logs) / math.log(LIMIT_RATIO)
        fit = np.nan_to_num(np.maximum(1.0 - gap, 0.0), nan=0.0)
        return np.where(enough(ours[rows, None], theirs), 1.0, fit)

    return Prepared(~np.isnan(ours), ~np.isnan(theirs), block)


def _logs(values: FloatArray) -> FloatArray:
    """Return natural logarithms; NaN where there is none, a ratio to it fits not at all."""
    return np.array([math.log(v) if v > 0 else math.nan for v in values.tolist()], dtype=np.float64)


def _at_most(sides: Sides) -> Prepared:
    return _ratio(sides, np.less_equal)


def _at_least(sides: Sides) -> Prepared:
    return _ratio(sides, np.greater_equal)


def _near(sides: Sides) -> Prepared:
    return _ratio(sides, np.equal)


MEASURES: Mapping[Measure, Callable[[Sides], Prepared]] = {
    Measure.SAME: _overlap,
    Measure.MEMBER: _overlap,
    Measure.COVERAGE: _coverage,
    Measure.TAXONOMY: _taxonomy,
    Measure.TEXT: _text,
    Measure.TRAVEL: _travel,
    Measure.AT_MOST: _at_most,
    Measure.AT_LEAST: _at_least,
    Measure.NEAR: _near,
}
