"""A large network is solved on few of its edges; the prices then find those that were missed.

The functions compiled here call no others, so that what is kept on disk cannot grow stale.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from matching.kernel.arrays import Edges, State
from matching.kernel.compiled import compiled

Mask = npt.NDArray[np.bool_]

LEAST = np.int64(-(2**62))


@compiled
def best_edges(g: Edges, m: int, per_row: int, per_column: int) -> Mask:  # noqa: C901, PLR0912, PLR0915  one pass over all edges
    """Return bool (n_edges,), about the best edges of every row and of every column."""
    indptr, ends, weights = g.indptr, g.ends, g.weights
    chosen = np.zeros(ends.size, np.bool_)
    bar = np.full(m, LEAST, np.int64)  # the least weight on the list of each column
    kept = np.full((m, per_column), LEAST, np.int64)
    edge = np.full((m, per_column), -1, np.int64)
    best = np.empty(per_row, np.int64)
    for i in range(indptr.size - 1):
        best[:] = LEAST
        low = LEAST
        for e in range(indptr[i], indptr[i + 1]):
            w = weights[e]
            if w > low:  # replace the least of the row
                at = 0
                for t in range(1, per_row):
                    if best[t] < best[at]:
                        at = t
                best[at] = w
                low = best.min()
            j = ends[e]
            if w > bar[j]:
                at = 0
                for t in range(1, per_column):
                    if kept[j, t] < kept[j, at]:
                        at = t
                kept[j, at] = w
                edge[j, at] = e
                bar[j] = kept[j].min()
        for e in range(indptr[i], indptr[i + 1]):
            if weights[e] > low:
                chosen[e] = True
        left = per_row
        for t in range(per_row):
            left -= best[t] > low
        for e in range(indptr[i], indptr[i + 1]):  # some of those that tie for the last place
            if left > 0 and weights[e] == low:
                chosen[e] = True
                left -= 1
    for j in range(m):
        for t in range(per_column):
            if edge[j, t] >= 0:
                chosen[edge[j, t]] = True
    return chosen


@compiled
def listed(g: Edges, chosen: Mask) -> Edges:
    """Return the chosen edges alone."""
    indptr = np.zeros(g.indptr.size, np.uint64)
    size = chosen.sum()
    ends, weights = np.empty(size, np.uint32), np.empty(size, np.int64)
    at = 0
    for i in range(g.indptr.size - 1):
        for e in range(g.indptr[i], g.indptr[i + 1]):
            if chosen[e]:
                ends[at] = g.ends[e]
                weights[at] = g.weights[e]
                at += 1
        indptr[i + 1] = at
    return Edges(indptr, ends, weights)


@compiled
def add_missed(g: Edges, st: State, chosen: Mask, per_row: int) -> int:
    """Add to the list the edges that beat the prices, the worst of each row; return how many."""
    u, v, most = st.u, st.v, st.most
    indptr, ends, weights = g.indptr, g.ends, g.weights
    worst = np.empty(per_row, np.int64)
    added = 0
    for i in range(u.size):
        if most[i] == 0:
            continue
        worst[:] = 0
        low = np.int64(0)
        for e in range(indptr[i], indptr[i + 1]):
            over = weights[e] - u[i] - v[ends[e]]
            if over > low and not chosen[e]:
                worst[worst.argmin()] = over
                low = worst.min()
        if worst.max() == 0:
            continue
        for e in range(indptr[i], indptr[i + 1]):
            over = weights[e] - u[i] - v[ends[e]]
            if over > 0 and over >= low and not chosen[e]:
                chosen[e] = True
                added += 1
    return added
