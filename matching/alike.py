"""A linear programme made small: sets that are alike are taken as one, and so are their edges.

The sets of the small one are sums of those they stand for, and edges that these do not tell apart
are one edge. Every choice of the whole is a choice of the small one with the same gain: that has no
solution only if the whole has none, and its prices, borne by every set that was taken as one, show
which of very many edges matter.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp

from matching.network import LongArray

Bounds = tuple[LongArray, LongArray]


def merged(
    gain: LongArray,
    matrix: Any,  # noqa: ANN401
    sets: Bounds,
    edges: Bounds,
    alike: LongArray,
) -> tuple[LongArray, Any, Bounds, Bounds]:
    """Return the small programme: the same four, of which the sets are numbered by `alike`.

    Args:
        gain: int64 (n_edges,).
        matrix: int64 sparse (n_sets, n_edges), which edges each set holds.
        sets: least and most of a set, int64 (n_sets,) each.
        edges: least and most of an edge, int64 (n_edges,) each.
        alike: int64 (n_sets,), sets of the same number are taken as one; no number is left out.
    """
    sums = _summing(alike)
    small = sp.csc_array(sums @ matrix)
    first, same = _sorts(small, gain)
    parts = _summing(same)
    return (
        gain[first],
        sp.csr_array(small[:, first]),
        (sums @ sets[0], sums @ sets[1]),
        (parts @ edges[0], parts @ edges[1]),
    )


def alike_nodes(matrix: Any, n_needs: int, n_nodes: int, n_groups: int) -> LongArray:  # noqa: ANN401
    """Return int64 (n_sets,): needs that share pairs with the same groups are alike; providers too.

    Args:
        matrix: int64 sparse (n_sets, n_edges): needs, providers, groups, then others.
        n_needs: sets that are needs.
        n_nodes: sets that are needs or providers.
        n_groups: sets that are groups.
    """
    nodes, groups = matrix[:n_nodes], matrix[n_nodes : n_nodes + n_groups]
    touched = (groups @ nodes.T).astype(np.bool_).astype(np.int64)
    _, same = _sorts(touched, (np.arange(n_nodes) < n_needs).astype(np.int64))
    others = np.arange(len(nodes.indptr) - 1, matrix.shape[0])
    return np.concatenate((same, others - n_nodes + int(same.max(initial=-1)) + 1))


def _summing(same: LongArray) -> Any:  # noqa: ANN401
    """Return int64 sparse (n_numbers, n), which sums what bears the same number."""
    return sp.csr_array((np.ones(len(same), dtype=np.int64), (same, np.arange(len(same)))))


def _sorts(matrix: Any, value: LongArray) -> tuple[LongArray, LongArray]:  # noqa: ANN401
    """Return one column of every sort, and the sort of each: equal entries and equal value.

    Columns are told apart by a drawn number for each row, which in 64 bits do not meet by chance.
    """
    drawn = np.random.default_rng(0).integers(2**62, size=matrix.shape[0] + 1)
    key = np.asarray(matrix.T @ drawn[1:]) + value * drawn[0]
    _, first, same = np.unique(key, return_index=True, return_inverse=True)
    return first, same
