"""Quotas that cross: what the linear programme halves is decided anew near by."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from matching.budget import Budget
from matching.crossing import Crossing

NO_TIME = Budget(limit_s=0.0)


def rings(count: int) -> Crossing:
    """Return rings of three edges of which any two share a set that may hold one."""
    ring = np.array([[1, 1, 0], [0, 1, 1], [1, 0, 1]])
    matrix = sp.csr_array(np.kron(np.eye(count, dtype=np.int64), ring))
    ones = np.ones(3 * count, dtype=np.int64)
    return Crossing(matrix, (0 * ones, ones), (0 * ones, ones), NO_TIME)


def test_halves_are_mended_without_a_search_where_that_reaches_the_bound() -> None:
    found = rings(1).best(np.full(3, 4))
    assert (found.value, found.bound) == (4, 4)
    assert found.chosen.sum() == 1


def test_where_mending_falls_short_of_the_bound_it_is_still_the_best_found() -> None:
    found = rings(4).best(np.full(12, 1))
    assert (found.value, found.bound) == (4, 6)


def test_where_nothing_is_halved_but_rounding_breaks_a_bound_the_search_decides() -> None:
    # A millionth of the first edge fills the set: whole within tolerance, and nothing once rounded.
    many, none, one = 10**6, np.zeros(2, dtype=np.int64), np.ones(1, dtype=np.int64)
    held = Crossing(sp.csr_array(np.array([[many, 1]])), (one, one), (none, none + 1))
    found = held.best(np.array([10 * many, 1]))
    assert found.chosen.tolist() == [0, 1]
    assert (found.value, found.bound) == (1, 1)
