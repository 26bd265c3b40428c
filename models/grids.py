"""Margins of whole blocks, needs x providers, as dense linear algebra: for the best of many.

The sums are those of `MarginModel.score` in another order, so that they may differ from it by
rounding; whoever shows a number asks `score` for the few pairs that are chosen here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.alignment import rows_of
from models.choice import Choice, History
from models.columns import Columns
from models.latent import LatentFactors, PreparedProviders
from models.lifts import Lifts, shares_of
from models.margin import MarginModel
from models.standing import Standing
from models.text_lift import TextLift
from peipao.errors import InvalidInputError
from peipao.tables.indicators import IndicatorTable
from peipao.tables.pairs import PairTable
from peipao.tables.profiles import FloatArray, IntArray, TextArray

SLACK = 1e-7
"""Margins that differ by less are not told apart here."""

Over = Callable[[Any, "Asked", FloatArray], FloatArray]
"""Columns, what is asked, a weight a column -> the weighted sum of the columns; broadcasts to
(n_needs, n_providers), 0 for a provider that the columns do not know."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Some needs and all providers.

    Attributes:
        needs: indicators of the needs; every one is asked for.
        providers: as the model sees them.
    """

    needs: IndicatorTable
    providers: PreparedProviders

    def spread(self, values: FloatArray, known: TextArray) -> FloatArray:
        """Return the columns of `values`, one a known provider, for all providers asked for."""
        if np.array_equal(self.providers.ids, known):
            return values
        at = rows_of(self.providers.ids, known)
        return np.where(at >= 0, values[:, np.maximum(at, 0)], 0.0)


def margin_grid(
    model: MarginModel,
    needs: IndicatorTable,
    providers: PreparedProviders,
    comparisons: FloatArray,
) -> FloatArray:
    """Return float64 (n_needs, n_providers), the margin of every pair, eligible or not.

    Args:
        model: the margin.
        needs: indicators of the needs.
        providers: prepared by the same model.
        comparisons: float64 (n_comparisons, n_needs, n_providers), values in the model's order,
            NaN where missing.

    Raises:
        InvalidInputError: there are not as many comparisons as the model has.
    """
    if len(comparisons) != len(model.names):
        raise InvalidInputError("比较项", "与模型训练时不一致", "、".join(model.names))
    margin = np.full((len(needs.ids), len(providers.ids)), model.base)
    for weight, neutral, values in zip(model.weights, model.neutral, comparisons, strict=True):
        part = weight * (values - neutral)
        margin += np.nan_to_num(part, copy=False, nan=0.0)
    asked, first = Asked(needs, providers), 0
    for columns in model.learnt:
        weights = model.learnt_weights[first : first + len(columns.names)]
        first += len(weights)
        if weights.any():
            margin += _OVER.get(type(columns), _by_pairs)(columns, asked, weights)
    return margin


def _standing(columns: Standing, asked: Asked, weights: FloatArray) -> FloatArray:
    return asked.spread((weights @ columns.values)[None, :], columns.provider_ids)


def _lifts(columns: Lifts, asked: Asked, weights: FloatArray) -> FloatArray:
    slots, shares = columns.slots, shares_of(asked.needs)
    used = np.flatnonzero((shares != 0).any(axis=0) & (slots >= 0))
    found = (shares[:, used] * weights[slots[used]]) @ columns.values[used]
    return asked.spread(found, columns.provider_ids)


def _choice(columns: Choice, asked: Asked, weights: FloatArray) -> FloatArray:
    shares = shares_of(asked.needs)
    used = np.flatnonzero((shares != 0).any(axis=0))
    found = weights[0] * (shares[:, used] @ columns.values[used])
    return asked.spread(found, columns.provider_ids)


def _history(columns: History, asked: Asked, weights: FloatArray) -> FloatArray:
    rows = rows_of(asked.needs.ids, columns.need_ids)
    found = np.zeros((len(rows), len(asked.providers.ids)))
    told = weights[0] * columns.rows(rows[rows >= 0])
    found[rows >= 0] = asked.spread(told, columns.provider_ids)
    return found


def _text(columns: TextLift, asked: Asked, weights: FloatArray) -> FloatArray:
    rows = np.arange(len(asked.needs.ids), dtype=np.int32)
    found = columns.rows(asked.needs.text, rows)
    return asked.spread(weights[0] * found, columns.provider_ids)


def _latent(columns: LatentFactors, asked: Asked, weights: FloatArray) -> FloatArray:
    left = columns.need_side(asked.needs)
    right = columns.provider_side(asked.providers)
    return np.asarray(weights[0] * (left @ right[:, :-1].T + right[:, -1]))


def _by_pairs(columns: Columns, asked: Asked, weights: FloatArray) -> FloatArray:
    """Any other columns, pair by pair."""
    n, width = len(asked.needs.ids), len(asked.providers.ids)
    found = columns.of(asked.needs, asked.providers, _all_pairs(asked, n, width))
    return np.asarray((weights @ found).reshape(n, width))


def _all_pairs(asked: Asked, n: int, width: int) -> PairTable:
    need = np.repeat(np.arange(n, dtype=np.int32), width)
    provider = np.tile(np.arange(width, dtype=np.int32), n)
    nothing = np.zeros((n * width, 0))
    return PairTable(asked.needs.ids, asked.providers.ids, need, provider, (), nothing)


_OVER: Mapping[type, Over] = {
    Standing: _standing,
    Lifts: _lifts,
    Choice: _choice,
    History: _history,
    TextLift: _text,
    LatentFactors: _latent,
}


def best_of(margin: FloatArray, limit: int) -> tuple[IntArray, IntArray]:
    """Return rows (need, provider) of the best pairs of each need, by need and then provider.

    All pairs that reach the margin of the last place, less `SLACK`, are there, so that the exact
    margins decide which of them are the best; usually that is `limit` of them.

    Args:
        margin: float64 (n_needs, n_providers); -inf is not eligible.
        limit: places of a need, >= 1.
    """
    n_providers = margin.shape[1]
    if limit < n_providers:
        last = n_providers - limit
        least = np.partition(margin, last, axis=1)[:, last] - SLACK
    else:
        least = np.full(len(margin), -np.inf)
    need, provider = np.nonzero((margin >= least[:, None]) & (margin > -np.inf))
    return need.astype(np.int32), provider.astype(np.int32)
