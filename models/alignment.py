"""Rows of one sorted id array found in another."""

from __future__ import annotations

import numpy as np

from peipao.tables.profiles import IntArray, TextArray


def rows_of(wanted: TextArray, known: TextArray) -> IntArray:
    """Return int32 (n_wanted,), the row of each id in `known` (sorted), -1 where it is not."""
    if not len(known):
        return np.full(len(wanted), -1, dtype=np.int32)
    if wanted is known or np.array_equal(wanted, known):
        return np.arange(len(known), dtype=np.int32)
    at = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
    return np.where(known[at] == wanted, at, -1).astype(np.int32)
