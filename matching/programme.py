"""Linear programmes over edges and sets, and bounds that hold whatever the solver's rounding did.

HiGHS works in floating point. Its prices are only a suggestion: rounded to a grid they give, by
weak duality and in integers, a bound that no choice of edges exceeds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.optimize import linprog

from matching.alike import Bounds, merged
from matching.network import LongArray
from peipao.errors import InfeasibleError, SolverFailedError
from peipao.tables.profiles import BoolArray, FloatArray

GRID = 2**10
"""Prices are rounded to this fraction of an integer unit."""

MANY, PROMISING, PRICED = 30_000, 10, 5
"""Above so many edges, only so many a set are handed over at first, and again with prices; fewer
are enough where sets that are alike gave prices beforehand."""

_SMALL = 0.5
"""Share of the edges up to which it is worth it to ask a smaller programme first."""

_LARGEST_COST, _INFEASIBLE, _NOTHING, _FAR = 2.0**20, 2, 1e-3, 2**40
_CLASH = "上下限无法同时满足"


@dataclass(frozen=True, slots=True, eq=False)
class Relaxed:
    """The optimum of a linear programme.

    Attributes:
        taken: float64 (n_edges,), how much of each edge is taken.
        price: float64 (n_sets,), signed prices of the sets, in units of gain.
    """

    taken: FloatArray
    price: FloatArray


def relaxed(
    gain: LongArray,
    matrix: Any,  # noqa: ANN401
    sets: Bounds,
    edges: Bounds,
    alike: LongArray | None = None,
) -> Relaxed:
    """Return the best fractional choice of edges.

    Of many edges only the promising ones are handed over; the prices then show which of the
    others would improve the choice, and these are added until there are none.

    Args:
        gain: int64 (n_edges,).
        matrix: sparse (n_sets, n_edges), which edges each set holds.
        sets: least and most edges of a set, int64 (n_sets,) each.
        edges: least and most of an edge, int64 (n_edges,) each.
        alike: int64 (n_sets,), numbers of sets that are much the same: taken as one, they give
            prices that show from the first which edges are promising.

    Raises:
        InfeasibleError: the bounds cannot all be met.
        SolverFailedError: the solver gave no answer.
    """
    if len(gain) <= MANY:
        return _relaxed(gain, matrix, sets, edges)
    left, each = _outlook(gain, matrix, sets, edges, alike)
    seen = promising(left, matrix, each) | (edges[0] != 0)
    try:
        return _grown(gain, matrix, sets, edges, seen)
    except InfeasibleError:
        seen |= _enough(matrix, sets, edges, alike)
        return _grown(gain, matrix, sets, edges, seen)


def _outlook(
    gain: LongArray,
    matrix: Any,  # noqa: ANN401
    sets: Bounds,
    edges: Bounds,
    alike: LongArray | None,
) -> tuple[LongArray, int]:
    """Return what each edge promises, int64 (n_edges,), and how many of each set are enough."""
    if alike is None:
        return gain, PROMISING
    small = merged(gain, matrix, sets, edges, alike)
    if len(small[0]) > _SMALL * len(gain):
        return gain, PROMISING
    return _whole(_left(gain, matrix, relaxed(*small).price[alike])), PRICED


def _grown(
    gain: LongArray,
    matrix: Any,  # noqa: ANN401
    sets: Bounds,
    edges: Bounds,
    seen: BoolArray,
) -> Relaxed:
    """Return the best choice, from a few edges on and with more until no other improves it."""
    while True:
        some = np.flatnonzero(seen)
        part = _relaxed(gain[some], matrix[:, some], sets, (edges[0][some], edges[1][some]))
        left = _left(gain, matrix, part.price)
        more = ~seen & (left > _NOTHING) & (edges[1] > edges[0])
        if not more.any():
            taken = edges[0].astype(np.float64)
            taken[some] = part.taken
            return Relaxed(taken, part.price)
        # Those that come next are likely to follow: fewer programmes, each a little larger.
        seen = seen | _best_of(more, left) | promising(_whole(left), matrix, PROMISING)


def _enough(
    matrix: Any,  # noqa: ANN401
    sets: Bounds,
    edges: Bounds,
    alike: LongArray | None,
) -> BoolArray:
    """Return bool (n_edges,), edges that are enough to meet all bounds.

    Raises:
        InfeasibleError: even all of them are not.
    """
    n_sets, n = matrix.shape
    give = sp.eye_array(n_sets, dtype=np.int64)
    gain = np.repeat([0, -1], [n, 2 * n_sets])
    most = np.concatenate((edges[1], np.full(2 * n_sets, _FAR)))
    least = np.concatenate((edges[0], np.zeros(2 * n_sets, dtype=np.int64)))
    matrix = sp.hstack((matrix, give, -give), format="csr")
    taken = relaxed(gain, matrix, sets, (least, most), alike).taken
    if taken[n:].sum() > _NOTHING:
        raise InfeasibleError(_CLASH)
    return taken[:n] > 0


def _left(gain: LongArray, matrix: Any, price: FloatArray) -> FloatArray:  # noqa: ANN401
    """Return float64 (n_edges,), what is left of each gain after the prices."""
    left: FloatArray = gain - matrix.T.astype(np.float64) @ price
    return left


def _whole(value: FloatArray) -> LongArray:
    return np.rint(value).astype(np.int64)


def promising(gain: LongArray, matrix: Any, each: int) -> BoolArray:  # noqa: ANN401
    """Return bool (n_edges,), the best few edges of every set; equals are spread evenly.

    What is in one set alone gives way instead of pairing; it is always among them.
    """
    listed = sp.csr_array(matrix)
    held, n = np.diff(listed.indptr), len(gain)
    spread = (np.arange(n) * 2654435761) % 2**32
    best = np.lexsort((spread, -gain))
    rank = np.empty(n, dtype=np.int64)
    rank[best] = np.arange(n)
    # One number for the set and the rank in it: sorting numbers is much faster than their order.
    listing = np.sort(np.repeat(np.arange(len(held)) * n, held) + rank[listed.indices])
    place = np.arange(len(listing)) - np.repeat(listed.indptr[:-1], held)
    seen: BoolArray = np.bincount(listed.indices, minlength=n) < 2
    seen[best[listing[place < each] % n]] = True
    return seen


def _best_of(more: BoolArray, left: FloatArray) -> BoolArray:
    """Return the edges to add: not all at once if they are many."""
    if more.sum() <= MANY:
        return more
    limit = np.partition(left[more], more.sum() - MANY)[more.sum() - MANY]
    best: BoolArray = more & (left >= limit)
    return best


def _relaxed(gain: LongArray, matrix: Any, sets: Bounds, edges: Bounds) -> Relaxed:  # noqa: ANN401
    """Return the best fractional choice, all edges at once."""
    lowest, room = edges[0], edges[1] - edges[0]
    free = np.flatnonzero(room > 0)
    settled = matrix @ lowest
    least, most = sets[0] - settled, sets[1] - settled
    part = matrix[:, free].astype(np.float64)
    fullest, emptiest = (_reach(part, room[free], sign) for sign in (1, -1))
    if (least > fullest).any() or (most < emptiest).any() or (least > most).any():
        raise InfeasibleError(_CLASH)
    upper, lower = np.flatnonzero(most < fullest), np.flatnonzero(least > emptiest)
    taken, price = lowest.astype(np.float64), np.zeros(len(least))
    if not free.size:
        return Relaxed(taken, price)
    scale = _LARGEST_COST / max(int(np.abs(gain[free]).max(initial=0)), 1)
    programme: dict[str, Any] = {
        "c": -gain[free].astype(np.float64) * scale,
        "A_ub": sp.vstack((part[upper], -part[lower]), format="csr"),
        "b_ub": np.concatenate((most[upper], -least[lower])).astype(np.float64),
        "bounds": np.stack((np.zeros(len(free)), room[free]), axis=1),
    }
    found: Any = linprog(method="highs-ds", **programme)
    if found.status == _INFEASIBLE:
        raise InfeasibleError(_CLASH)
    if found.x is None:
        raise SolverFailedError(f"HiGHS 未得出结果:{found.message}")
    taken[free] += found.x
    marginal = np.asarray(found.ineqlin.marginals) / scale
    price[upper] -= marginal[: len(upper)]
    price[lower] += marginal[len(upper) :]
    return Relaxed(taken, price)


def _reach(part: Any, room: LongArray, sign: int) -> FloatArray:  # noqa: ANN401
    """Return float64 (n_sets,), the most (sign 1) or least (-1) that each set can count."""
    signed = part.copy()
    signed.data = sign * np.maximum(sign * signed.data, 0.0)
    return np.asarray(signed @ room.astype(np.float64))


def grid_prices(price: FloatArray) -> LongArray:
    """Return int64, the prices in `1 / GRID` of an integer unit."""
    return np.rint(price * GRID).astype(np.int64)


def left_of(gain: LongArray, matrix: Any, price: LongArray) -> LongArray:  # noqa: ANN401
    """Return int64 (n_edges,), what is left of each gain after the prices, in `1 / GRID`."""
    left: LongArray = gain * GRID - matrix.T.astype(np.int64) @ price
    return left


def proven_bound(
    gain: LongArray,
    matrix: Any,  # noqa: ANN401
    sets: Bounds,
    edges: Bounds,
    price: LongArray,
) -> int:
    """Return a total gain that no choice of edges within the bounds exceeds, in `1 / GRID`."""
    paid = np.where(price > 0, price * sets[1], price * sets[0])
    left = left_of(gain, matrix, price)
    return int(paid.sum()) + int(np.where(left > 0, left * edges[1], left * edges[0]).sum())
