"""How well a need attribute fits a provider attribute: one function a measure.

The provider's side is made once and kept; what comes with a need is little. A comparison can be
asked for on whole blocks or pair by pair, to the same bit; most are also a product of two matrices,
which is what whole lists are made of (`models.grids`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from features.alignment import (
    CodeRows,
    code_rows,
    code_values,
    common_values,
    district_rows,
    numbers,
    text,
)
from features.schema import AttributeSchema, FeatureSchema, SquareTable
from peipao.kinds.spec import Measure
from peipao.tables.postings import Postings, dots_at
from peipao.tables.profiles import (
    BoolArray,
    CategoryColumn,
    Column,
    FloatArray,
    IntArray,
    PlaceColumn,
)
from peipao.tables.terms import TermRows

LIMIT_MINUTES = 120.0
"""Travel of this many minutes fits not at all."""

LIMIT_RATIO = 4.0
"""A number off by this factor fits not at all; off by its square root it fits by half."""

NEARNESS_GRID = 1e9
"""Nearness counts in whole units of 1e-9, so that sums of it are exact in any order."""

Block = Callable[[slice], FloatArray]
"""Rows of needs -> float64 (n_rows, n_providers) in [0, 1]; anything where a side is unknown."""

At = Callable[[IntArray, IntArray], FloatArray]
"""Rows of needs and of providers, one each a pair -> float64 (n_pairs,), the same values."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """One comparison of some needs with all providers, ready to be evaluated.

    Attributes:
        need_known: bool (n_needs,), False where the need has stated nothing.
        block: the values of whole rows.
        at: the values of single pairs, to the same bit.
        left: float64 (n_needs, k) or sparse rows; times the provider's side they are the values,
            up to rounding. None where the values are no product.
        alike: (n_needs,), needs of equal numbers have equal values; None where nobody knows.
    """

    need_known: BoolArray
    block: Block
    at: At
    left: FloatArray | TermRows | None = None
    alike: FloatArray | None = None


@dataclass(frozen=True, slots=True)
class Theirs:
    """The provider's side of one comparison, worth keeping while the providers do not change.

    Attributes:
        known: bool (n_providers,), False where the provider has stated nothing.
        meet: brings in the needs.
        right: float64 (k, n_providers) or sparse vectors by dimension, the other factor of
            `Prepared.left`; None where there is none.
    """

    known: BoolArray
    meet: Callable[[Column], Prepared]
    right: FloatArray | Postings | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """What a measure knows before any need comes.

    Attributes:
        theirs: column of the providers.
        need: how the need's attribute is encoded.
        schema: for the travel minutes and the nearness of industries.
    """

    theirs: Column
    need: AttributeSchema
    schema: FeatureSchema

    def codes(self) -> tuple[tuple[str, ...], CodeRows]:
        """Return the vocabulary of both sides and the providers' codes on it."""
        values = common_values(self.need.values, code_values(self.theirs))
        return values, code_rows(self.theirs, values)


def _overlap(offer: Offer) -> Theirs:
    values, theirs = offer.codes()

    def meet(column: Column) -> Prepared:
        ours = code_rows(column, values)
        return Prepared(
            ours.known,
            lambda rows: np.minimum(ours.hot[rows] @ theirs.hot.T, 1.0),
            lambda need, provider: np.minimum(_sums(ours.hot[need], theirs.hot[provider]), 1.0),
            # One code is shared or not; of several, more than one may be.
            left=ours.hot if isinstance(column, CategoryColumn | PlaceColumn) else None,
        )

    return Theirs(theirs.known, meet, theirs.hot.T)


def _coverage(offer: Offer) -> Theirs:
    values, theirs = offer.codes()

    def meet(column: Column) -> Prepared:
        ours = code_rows(column, values)
        count = np.maximum(ours.count, 1.0)
        return Prepared(
            ours.known,
            lambda rows: (ours.hot[rows] @ theirs.hot.T) / count[rows, None],
            lambda need, provider: _sums(ours.hot[need], theirs.hot[provider]) / count[need],
            left=ours.hot / count[:, None],
        )

    return Theirs(theirs.known, meet, theirs.hot.T)


def _taxonomy(offer: Offer) -> Theirs:
    values, theirs = offer.codes()
    best = _nearest(theirs.hot, _nearness(offer.schema.nearness, values))

    def meet(column: Column) -> Prepared:
        ours = code_rows(column, values)
        count = np.maximum(ours.count, 1.0) * NEARNESS_GRID
        return Prepared(
            ours.known,
            lambda rows: (ours.hot[rows] @ best.T) / count[rows, None],
            lambda need, provider: _sums(ours.hot[need], best[provider]) / count[need],
            left=ours.hot / count[:, None],
        )

    return Theirs(theirs.known, meet, best.T)


def _sums(ours: FloatArray, theirs: FloatArray) -> FloatArray:
    """Return float64 (n_pairs,), the products of rows; sums of whole numbers are exact."""
    return np.asarray(np.einsum("pk,pk->p", ours, theirs))


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
    for row, codes in enumerate(hot):
        has = np.flatnonzero(codes)
        if len(has):
            best[row] = near[:, has].max(axis=1)
    return best


def _text(offer: Offer) -> Theirs:
    provider = text(offer.theirs)

    def meet(column: Column) -> Prepared:
        need = text(column)

        # The cosine is exact in whatever order it is summed (features/text.py).
        def block(rows: slice) -> FloatArray:
            return np.clip(provider.products(need.vectors[rows]), 0.0, 1.0)

        def at(ours: IntArray, theirs: IntArray) -> FloatArray:
            if need.terms:
                found = dots_at(need.vectors, ours, provider.rows(), theirs)
            else:
                found = _sums(need.vectors[ours], provider.vectors[theirs])
            return np.clip(found, 0.0, 1.0)

        # Vectors without terms may point away from each other, which counts as no likeness.
        return Prepared(~need.missing, block, at, left=need.rows() if need.terms else None)

    return Theirs(~provider.missing, meet, provider.postings() if provider.terms else None)


def _travel(offer: Offer) -> Theirs:
    codes = offer.schema.minutes.codes
    there = district_rows(offer.theirs, codes)
    fit = np.maximum(1.0 - offer.schema.minutes.array() / LIMIT_MINUTES, 0.0)

    def meet(column: Column) -> Prepared:
        here = district_rows(column, codes)
        return Prepared(
            here >= 0,
            lambda rows: fit[here[rows]][:, there],
            lambda need, provider: fit[here[need], there[provider]],
            left=(here[:, None] == np.arange(len(codes))).astype(np.float64),
        )

    return Theirs(there >= 0, meet, fit[:, there])


Enough = Callable[[FloatArray, FloatArray], BoolArray]


def _ratio(enough: Enough) -> Callable[[Offer], Theirs]:
    def fitted(
        ours: FloatArray, our_logs: FloatArray, theirs: FloatArray, their_logs: FloatArray
    ) -> FloatArray:
        gap = np.abs(our_logs - their_logs) / math.log(LIMIT_RATIO)
        fit = np.nan_to_num(np.maximum(1.0 - gap, 0.0), nan=0.0)
        return np.where(enough(ours, theirs), 1.0, fit)

    def measure(offer: Offer) -> Theirs:
        theirs = numbers(offer.theirs)
        their_logs = _logs(theirs)

        def meet(column: Column) -> Prepared:
            ours = numbers(column)
            our_logs = _logs(ours)
            return Prepared(
                ~np.isnan(ours),
                lambda rows: fitted(ours[rows, None], our_logs[rows, None], theirs, their_logs),
                lambda need, provider: fitted(
                    ours[need], our_logs[need], theirs[provider], their_logs[provider]
                ),
                alike=ours,
            )

        return Theirs(~np.isnan(theirs), meet)

    return measure


def _logs(values: FloatArray) -> FloatArray:
    """Return natural logarithms; NaN where there is none, a ratio to it fits not at all."""
    return np.array([math.log(v) if v > 0 else math.nan for v in values.tolist()], dtype=np.float64)


MEASURES: Mapping[Measure, Callable[[Offer], Theirs]] = {
    Measure.SAME: _overlap,
    Measure.MEMBER: _overlap,
    Measure.COVERAGE: _coverage,
    Measure.TAXONOMY: _taxonomy,
    Measure.TEXT: _text,
    Measure.TRAVEL: _travel,
    Measure.AT_MOST: _ratio(np.less_equal),
    Measure.AT_LEAST: _ratio(np.greater_equal),
    Measure.NEAR: _ratio(np.equal),
}
