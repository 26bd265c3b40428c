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

from matching.network import LongArray
from peipao.errors import InfeasibleError, SolverFailedError
from peipao.tables.profiles import FloatArray

GRID = 2**10
"""Prices are rounded to this fraction of an integer unit."""

_LARGEST_COST, _INFEASIBLE = 2.0**20, 2

Bounds = tuple[LongArray, LongArray]


@dataclass(frozen=True, slots=True, eq=False)
class Relaxed:
    """The optimum of a linear programme.

    Attributes:
        taken: float64 (n_edges,), how much of each edge is taken, 0 to 1.
        price: float64 (n_sets,), signed prices of the sets, in units of gain.
    """

    taken: FloatArray
    price: FloatArray


def relaxed(gain: LongArray, matrix: Any, sets: Bounds, edges: Bounds) -> Relaxed:  # noqa: ANN401
    """Return the best fractional choice of edges.

    Args:
        gain: int64 (n_edges,).
        matrix: sparse (n_sets, n_edges), which edges each set holds.
        sets: least and most edges of a set, int64 (n_sets,) each.
        edges: least and most of an edge, 0 or 1, int64 (n_edges,) each.

    Raises:
        InfeasibleError: the bounds cannot all be met.
        SolverFailedError: the solver gave no answer.
    """
    free = np.flatnonzero(edges[0] < edges[1])
    settled = matrix @ edges[0]
    least, most = sets[0] - settled, sets[1] - settled
    if (most < 0).any() or (least > most).any():
        raise InfeasibleError("上下限无法同时满足")
    part = matrix[:, free].astype(np.float64)
    degree = np.asarray(part.sum(axis=1)).ravel()
    if (least > degree).any():
        raise InfeasibleError("上下限无法同时满足")
    upper, lower = np.flatnonzero(most < degree), np.flatnonzero(least > 0)
    taken, price = edges[0].astype(np.float64), np.zeros(len(least))
    if not free.size:
        return Relaxed(taken, price)
    scale = _LARGEST_COST / max(int(np.abs(gain[free]).max(initial=0)), 1)
    found: Any = linprog(
        -gain[free].astype(np.float64) * scale,
        A_ub=sp.vstack((part[upper], -part[lower]), format="csr"),
        b_ub=np.concatenate((most[upper], -least[lower])).astype(np.float64),
        bounds=(0.0, 1.0),
        method="highs-ds",
    )
    if found.status == _INFEASIBLE:
        raise InfeasibleError("上下限无法同时满足")
    if found.x is None:
        raise SolverFailedError(f"HiGHS 未得出结果:{found.message}")
    taken[free] = found.x
    marginal = np.asarray(found.ineqlin.marginals) / scale
    price[upper] -= marginal[: len(upper)]
    price[lower] += marginal[len(upper) :]
    return Relaxed(taken, price)


def grid_prices(price: FloatArray) -> LongArray:
    """Return int64, the prices in `1 / GRID` of an integer unit."""
    return np.rint(price * GRID).astype(np.int64)


def left_of(gain: LongArray, matrix: Any, price: LongArray) -> LongArray:  # noqa: ANN401
    """Return int64 (n_edges,), what is left of each gain after the prices, in `1 / GRID`."""
    left: LongArray = gain * GRID - matrix.T.astype(np.int64) @ price
    return left


def proven_bound(gain: LongArray, matrix: Any, sets: Bounds, price: LongArray) -> int:  # noqa: ANN401
    """Return a total gain that no choice of edges within the bounds exceeds, in `1 / GRID`."""
    paid = np.where(price > 0, price * sets[1], price * sets[0])
    return int(paid.sum()) + int(np.maximum(left_of(gain, matrix, price), 0).sum())
