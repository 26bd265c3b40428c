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
    return np.asarray(np.round(values / GRID) * GRID)


def table_rows(pairs: PairTable, provider_ids: TextArray) -> IntArray:
    """Return int32 (n_pairs,), the row of each pair's provider among the given ids, or -1."""
    return rows_of(pairs.provider_ids, provider_ids)[pairs.provider]


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
    if len(need) and need[0] >= 0 and (need == need[0]).all():  # one list, asked for most often
        row = table(need[:1])[0]
        return np.where(provider >= 0, row[provider], 0.0)
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
