"""Margins of whole blocks, needs x providers, as dense linear algebra: for the best of many.

What the margin adds up over the need's values is one table, features x providers, with the weights
folded in: latent factors, lifts, choice and most comparisons come out of a single product. These
margins are in float32 and tell which pairs are worth a look; whoever shows a number asks
`MarginModel.score` for the few pairs that are chosen here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from models.alignment import rows_of
from models.choice import History
from models.columns import Columns
from models.grid_tables import (
    Apart,
    Float32Array,
    MarginTables,
    check_number,
)
from models.latent import PreparedProviders
from models.lifts import places_of
from models.margin import MarginModel
from models.text_lift import TextLift
from models.told import Told
from models.unstated import shares_within
from peipao.tables.factors import NeedFactor, ProviderFactor
from peipao.tables.indicators import IndicatorTable
from peipao.tables.pairs import PairTable
from peipao.tables.postings import add_row_products
from peipao.tables.profiles import FloatArray, IntArray
from peipao.tables.terms import TermRows, beside

SLACK = 5e-4
"""Margins that differ by less are not told apart here; float32 is right to a tenth of it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Some needs and all providers.

    Attributes:
        needs: indicators of the needs; every one is asked for.
        providers: as the model sees them.
    """

    needs: IndicatorTable
    providers: PreparedProviders


@dataclass(frozen=True, slots=True)
class MarginGrid:
    """The margins of a block.

    Attributes:
        margin: float32 (n_needs, n_providers), of every pair, eligible or not.
        exact: float64 (n_needs, n_providers), columns that were evaluated in full and need not be
            so again, by name.
    """

    margin: Float32Array
    exact: Mapping[str, FloatArray]

    def told(self, model: MarginModel, need: IntArray, provider: IntArray) -> MarginModel:
        """Return a model that knows those columns at some pairs, and is asked for these alone."""
        learnt = tuple(
            Told(columns, np.stack([self.exact[name][need, provider] for name in columns.names]))
            if set(columns.names) <= self.exact.keys()
            else columns
            for columns in model.learnt
        )
        return replace(model, learnt=learnt)


def margin_grid(
    tables: MarginTables, needs: IndicatorTable, compared: Sequence[NeedFactor]
) -> MarginGrid:
    """Return the margin of every pair, eligible or not.

    Args:
        tables: the providers' side.
        needs: indicators of the needs.
        compared: the needs' side of the comparisons, in the model's order.

    Raises:
        InvalidInputError: there are not as many comparisons as the model has.
    """
    check_number(len(compared), tables.model)
    margin = np.empty((len(needs.ids), len(tables.constant)), dtype=np.float32)
    margin[:] = tables.constant
    _add_tables(margin, tables, needs)
    _add_products(margin, tables, compared)
    _add_texts(margin, tables, compared)
    for at, factor in enumerate(compared):
        _add_values(margin, tables, factor, at)
    asked = Asked(needs, tables.providers)
    exact: dict[str, FloatArray] = {}
    for one in tables.apart:
        found = _OVER.get(type(one.columns), _by_pairs)(one, one.columns, asked)
        for name, weight, values in zip(one.columns.names, one.weights, found, strict=True):
            margin += (weight * values).astype(np.float32)
            exact[name] = values
    return MarginGrid(margin, exact)


def _add_tables(margin: Float32Array, tables: MarginTables, needs: IndicatorTable) -> None:
    shares = shares_within(needs.values, needs.names)
    if tables.by_share is not None:
        add_row_products(shares, tables.by_share, margin)
    if tables.by_factor is not None:
        ours, theirs = tables.by_factor
        left = np.zeros((len(margin), len(theirs)), dtype=np.float32)
        add_row_products(shares, ours, left)
        left /= places_of(needs).astype(np.float32)
        margin += np.asarray(left @ theirs, dtype=np.float32)


def _add_products(
    margin: Float32Array, tables: MarginTables, compared: Sequence[NeedFactor]
) -> None:
    sides = [
        side
        for one, theirs in zip(compared, tables.factors, strict=True)
        for side in _sides(one, theirs)
    ]
    if sides:
        ours = TermRows.of(np.concatenate(sides, axis=1))
        add_row_products(ours, tables.by_value, margin)


def _sides(one: NeedFactor, theirs: ProviderFactor) -> Iterator[FloatArray]:
    """Yield the needs' side along `MarginTables.by_value`; zero where the values are given."""
    if isinstance(theirs.right, np.ndarray):
        yield one.left if one.left is not None else np.zeros((len(one.known), len(theirs.right)))
    told = one.known if one.values is None else np.zeros_like(one.known)
    yield told[:, None].astype(np.float64)


def _append(
    left: list[Float32Array], right: list[Float32Array], ours: FloatArray, theirs: Float32Array
) -> None:
    used = np.flatnonzero(ours.any(axis=0))
    left.append(ours[:, used].astype(np.float32))
    right.append(theirs[used])


def _add_texts(margin: Float32Array, tables: MarginTables, compared: Sequence[NeedFactor]) -> None:
    for postings, places in tables.texts:
        parts = [
            replace(terms, weights=tables.model.weights[at] * terms.weights)
            for at in places
            if (terms := compared[at].terms) is not None
        ]
        if parts:
            postings.add_products(beside(parts), margin)


def _add_values(margin: Float32Array, tables: MarginTables, one: NeedFactor, at: int) -> None:
    if one.values is None:
        return
    part = tables.model.weights[at] * (one.values - tables.model.neutral[at])
    part = np.where(tables.factors[at].known, np.nan_to_num(part, nan=0.0), 0.0).astype(np.float32)
    rows = np.arange(len(margin)) if one.rows is None else one.rows
    margin[one.known] += part[rows[one.known]]


def _history(one: Apart, columns: History, asked: Asked) -> FloatArray:
    rows = rows_of(asked.needs.ids, columns.need_ids)
    found = np.zeros((1, len(rows), len(asked.providers.ids)))
    if (rows >= 0).any():
        found[0, rows >= 0] = one.spread(columns.rows(rows[rows >= 0]))
    return found


def _text(one: Apart, columns: TextLift, asked: Asked) -> FloatArray:
    rows = np.arange(len(asked.needs.ids), dtype=np.int32)
    return one.spread(columns.rows(asked.needs.text, rows))[None]


def _by_pairs(_one: Apart, columns: Columns, asked: Asked) -> FloatArray:
    """Any other columns, pair by pair."""
    n, width = len(asked.needs.ids), len(asked.providers.ids)
    found = columns.of(asked.needs, asked.providers, _all_pairs(asked, n, width))
    return found.reshape(-1, n, width)


def _all_pairs(asked: Asked, n: int, width: int) -> PairTable:
    need = np.repeat(np.arange(n, dtype=np.int32), width)
    provider = np.tile(np.arange(width, dtype=np.int32), n)
    nothing = np.zeros((n * width, 0))
    return PairTable(asked.needs.ids, asked.providers.ids, need, provider, (), nothing)


Over = Callable[[Apart, Any, Asked], FloatArray]
"""Where the columns stand, the columns, what is asked -> float64 (n_columns, n_needs, n_providers),
0 for a provider that the columns do not know."""

_OVER: Mapping[type, Over] = {History: _history, TextLift: _text}


def best_of(margin: npt.NDArray[np.floating[Any]], limit: int) -> tuple[IntArray, IntArray]:
    """Return rows (need, provider) of the best pairs of each need, by need and then provider.

    All pairs that reach the margin of the last place, less `SLACK`, are there, so that the exact
    margins decide which of them are the best; usually that is `limit` of them.

    Args:
        margin: (n_needs, n_providers); -inf is not eligible.
        limit: places of a need, >= 1.
    """
    n_providers = margin.shape[1]
    if limit < n_providers:
        last = n_providers - limit
        least = np.partition(margin, last, axis=1)[:, last]
    else:
        least = np.full(len(margin), -np.inf, dtype=margin.dtype)
    # What is not eligible lies below all that is.
    least = np.maximum(least - margin.dtype.type(SLACK), np.finfo(margin.dtype).min)
    need, provider = np.nonzero(margin >= least[:, None])
    return need.astype(np.int32), provider.astype(np.int32)
