"""Learnt columns: numbers of a pair that rest on past links, as arrays that serving can read."""

from __future__ import annotations

from itertools import pairwise
from typing import Protocol

import numpy as np

from models.alignment import rows_of
from models.latent import Providers
from peipao.tables.indicators import IndicatorTable
from peipao.tables.pairs import PairTable
from peipao.tables.profiles import FloatArray, IntArray, TextArray

GRID = 2.0**-16
"""Tables and rows are rounded to multiples of this, so that their products are summed exactly:
no library, thread count or batch size can change a column."""

_BLOCK = 512


class Columns(Protocol):
    """Some columns of the margin; every value is 0 for a provider that was never seen.

    Attributes:
        names: (n_columns,) text, unique among all columns of a margin.
        labels: (n_columns,) Chinese words of their groups in explanations.
    """

    @property
    def provider_ids(self) -> TextArray:
        """Return text (n_providers,), sorted, the providers of training."""
        ...

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names."""
        ...

    @property
    def labels(self) -> tuple[str, ...]:
        """Return the Chinese words."""
        ...

    def of(self, needs: IndicatorTable, providers: Providers, pairs: PairTable, /) -> FloatArray:
        """Return float64 (n_columns, n_pairs)."""
        ...


def on_grid(values: FloatArray) -> FloatArray:
    """Return the nearest multiples of the grid."""
    found = np.divide(values, GRID)
    np.rint(found, out=found)
    return np.multiply(found, GRID, out=found)


def table_rows(pairs: PairTable, provider_ids: TextArray) -> IntArray:
    """Return int32 (n_pairs,), the row of each pair's provider among the given ids, or -1."""
    if len(pairs.provider) < len(pairs.provider_ids):
        return rows_of(pairs.provider_ids[pairs.provider], provider_ids)
    return rows_of(pairs.provider_ids, provider_ids)[pairs.provider]


FEW = 16
"""Fewer pairs than one in so many cells are asked for one by one."""


def are_few(need: IntArray, n_providers: int) -> bool:
    """Tell whether pairs are so few of their needs' rows that whole rows are a waste.

    Args:
        need: (n_pairs,), the row of each pair's need.
        n_providers: of a whole row.
    """
    span = int(need.max()) - int(need.min()) + 1 if len(need) else 0
    return len(need) * FEW < span * n_providers


def is_one(need: IntArray) -> bool:
    """Tell whether pairs are one list, which is asked for most often.

    Args:
        need: int32 (n_pairs,), the row of each pair's need, -1 is none.
    """
    return bool(len(need)) and need[0] >= 0 and bool((need == need[0]).all())


def spread(values: FloatArray, provider: IntArray) -> FloatArray:
    """Return float64 (..., n_pairs), values of known providers at each pair, 0 of the others.

    Args:
        values: float64 (..., n_providers).
        provider: int32 (n_pairs,), rows of known providers, -1 is none.
    """
    return np.where(provider >= 0, values[..., provider], 0.0)


def shared_at(
    shares: FloatArray, values: FloatArray, slots: IntArray, need: IntArray, provider: IntArray
) -> FloatArray:
    """Return float64 (n_slots, n_pairs), for each pair the shares of its need times its values.

    Shares and values lie on the grid, so that these sums are exact and equal any other way.

    Args:
        shares: float64 (n_needs, n_features).
        values: float64 (n_features, n_providers).
        slots: int32 (n_features,), where the sum of a feature goes; -1 is nowhere.
        need: int32 (n_pairs,), rows of needs, -1 is none.
        provider: int32 (n_pairs,), rows of known providers, -1 is none.
    """
    n_slots, n_pairs = int(slots.max(initial=-1)) + 1, len(need)
    asked, row = np.unique(need, return_inverse=True)
    told = (shares[asked] != 0) & (slots >= 0) & (asked >= 0)[:, None]
    owner, feature = np.nonzero(told)
    sizes = np.bincount(owner, minlength=len(asked))
    low = np.r_[0, np.cumsum(sizes)[:-1]]
    per_pair = np.where(provider >= 0, sizes[row], 0)
    ends = np.cumsum(per_pair)
    entry = np.arange(int(per_pair.sum())) + np.repeat(low[row] - ends + per_pair, per_pair)
    pair = np.repeat(np.arange(n_pairs), per_pair)
    at = feature[entry]
    products = shares[need[pair], at] * values[at, provider[pair]]
    found = np.bincount(slots[at] * np.int64(n_pairs) + pair, products, n_slots * n_pairs)
    return found.astype(np.float64).reshape(n_slots, n_pairs)


class Table(Protocol):
    """Makes one row of values over all known providers for each of some rows of needs."""

    def __call__(self, rows: IntArray, /) -> FloatArray:
        """Return float64 (len(rows), n_providers)."""
        ...


def picked(table: Table, need: IntArray, provider: IntArray) -> FloatArray:
    """Return float64 (n_pairs,), the table at each pair; needs are taken in blocks.

    Args:
        table: asked for ascending rows of needs, each once.
        need: int32 (n_pairs,), rows of needs, -1 is none.
        provider: int32 (n_pairs,), rows of known providers, -1 is none.
    """
    if is_one(need):
        return spread(table(need[:1])[0], provider)
    out = np.zeros(len(need))
    rows, inverse = np.unique(need, return_inverse=True)
    order = np.argsort(inverse, kind="stable")
    cuts = np.searchsorted(inverse[order], np.arange(0, len(rows) + _BLOCK, _BLOCK))
    for block, (low, high) in enumerate(pairwise(cuts)):
        wanted = rows[block * _BLOCK : (block + 1) * _BLOCK]
        known = wanted >= 0
        values = table(wanted[known])
        at = np.cumsum(known) - 1
        here = order[low:high]
        here = here[(need[here] >= 0) & (provider[here] >= 0)]
        out[here] = values[at[inverse[here] - block * _BLOCK], provider[here]]
    return out
