"""Quotas that cross: branch and bound by HiGHS on the few edges that can matter, with a bound.

The linear programme over all edges gives prices, and the prices a bound that holds in integers.
Branch and bound then sees only a shortlist of edges; an edge outside of it can be part of a better
choice only if the bound minus what it falls short of its price still exceeds the best found. Those
that can are added, until none is left. What HiGHS claims beyond the proven bound is kept apart.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.optimize import Bounds as Ends
from scipy.optimize import LinearConstraint, milp

from matching.budget import Budget, Progress
from matching.network import LongArray
from matching.programme import GRID, Bounds, grid_prices, left_of, proven_bound, relaxed
from peipao.errors import InfeasibleError, SolverFailedError
from peipao.tables.profiles import BoolArray, FloatArray

SHORTLIST = 12
"""Edges a need or provider, on average, that branch and bound sees at first."""

_INTEGRAL, _TIME_OUT, _INFEASIBLE = 1e-6, 1, 2


@dataclass(frozen=True, slots=True, eq=False)
class Searched:
    """What a search found.

    Attributes:
        chosen: bool (n_edges,).
        value: total gain of the chosen edges.
        bound: no choice gains more, by what HiGHS claims; equal to `value` if it finished.
        price: int64 (n_sets,), prices in `1 / GRID` of a unit that prove `proven`.
        proven: no choice gains more, proven in integers; >= `bound`.
    """

    chosen: BoolArray
    value: int
    bound: int
    price: LongArray
    proven: int


@dataclass(frozen=True, slots=True, eq=False)
class Crossing:
    """Sets of edges with bounds, in no order that a flow could use.

    Attributes:
        matrix: sparse (n_sets, n_edges), any coefficients; sets: bounds (n_sets,).
        edges: bounds of the edges (n_edges,), 0 or 1.
        budget: what the search may use.
    """

    matrix: Any
    sets: Bounds
    edges: Bounds
    budget: Budget = field(default_factory=Budget)

    @property
    def free(self) -> LongArray:
        """Return int64, the edges that are not settled."""
        return np.flatnonzero(self.edges[0] < self.edges[1])

    def keeps(self, chosen: BoolArray) -> bool:
        """Tell whether the chosen edges keep every bound, in integers."""
        have = np.asarray(self.matrix @ chosen.astype(np.int64))
        inside = (have >= self.sets[0]) & (have <= self.sets[1])
        return bool(inside.all() and (chosen >= self.edges[0]).all() and self._within(chosen))

    def _within(self, chosen: BoolArray) -> bool:
        return bool((chosen <= self.edges[1]).all())

    def best(self, gain: LongArray) -> Searched:
        """Return the best choice of edges within the budget.

        Raises:
            InfeasibleError: the bounds cannot all be met.
            SolverFailedError: no choice was found in the time allowed.
        """
        start = relaxed(gain, self.matrix, self.sets, self.edges)
        price = grid_prices(start.price)
        proven = proven_bound(gain, self.matrix, self.sets, price) // GRID
        rounded: BoolArray = start.taken > 0.5
        if np.abs(start.taken - rounded).max(initial=0.0) <= _INTEGRAL and self.keeps(rounded):
            value = int(gain[rounded].sum())
            return Searched(rounded, value, value, price, proven)
        left = left_of(gain, self.matrix, price)
        return self._search(gain, Searched(rounded, 0, proven, price, proven), left)

    def _search(self, gain: LongArray, start: Searched, left: LongArray) -> Searched:
        """Enlarge the shortlist until no edge outside of it can matter."""
        seen = self._shortlist(left, start.chosen)
        while True:
            found = _Shortlisted(self, gain, seen).search(start.proven)
            if found is None and not seen.all():
                seen = np.ones_like(seen)
                continue
            if found is None:
                raise InfeasibleError("上下限无法同时满足")
            chosen, value, bound = found
            # An edge outside brings the bound down by what it falls short of its price.
            outside = np.where(seen, -(2**62), start.proven * GRID + left) // GRID
            more = outside > value
            if not more.any() or bound > value:
                bound = min(max(bound, int(outside.max(initial=value))), start.proven)
                return replace(start, chosen=chosen, value=value, bound=max(bound, value))
            seen |= more

    def _shortlist(self, left: LongArray, rounded: BoolArray) -> BoolArray:
        n_nodes = min(self.matrix.shape)
        keep = min(SHORTLIST * n_nodes + 1000, len(left))
        seen: BoolArray = rounded | (left >= 0) | (self.edges[0] > 0)
        if keep:
            seen |= left >= np.partition(left, len(left) - keep)[len(left) - keep]
        return seen

    def face(self, gain: LongArray, found: Searched) -> Crossing:
        """Return the same sets, with what no choice of equal value can have left out.

        Only meant for a search that finished; its value becomes one more bound.
        """
        left = left_of(gain, self.matrix, found.price)
        short = (found.proven - found.value + 1) * GRID
        matrix = sp.vstack((self.matrix, sp.csr_array(gain[np.newaxis, :])), format="csr")
        worth = int(gain[found.chosen].sum())
        return replace(
            self,
            matrix=matrix,
            sets=(np.append(self.sets[0], worth), np.append(self.sets[1], worth)),
            edges=(
                np.where(left >= short, 1, self.edges[0]),
                np.where(left <= -short, 0, self.edges[1]),
            ),
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Shortlisted:
    """Branch and bound over the edges seen; the others are not taken."""

    whole: Crossing
    gain: LongArray
    seen: BoolArray

    def search(self, proven: int) -> tuple[BoolArray, int, int] | None:
        """Return the choice, its value and a bound on the seen edges; None if there is none.

        Raises:
            SolverFailedError: no choice was found in the time allowed.
        """
        best: tuple[BoolArray, int] | None = None
        bound, spent = proven, 0.0
        for length in self.whole.budget.slices():
            found = self._run(length)
            spent += length
            if found.status == _INFEASIBLE:
                return None
            best, bound = self._better(best, found), min(bound, self._claimed(found, bound))
            done = found.status == 0 and best is not None
            self.whole.budget.told(Progress(spent, best[1] if best else None, bound))
            if done or (best is not None and best[1] >= bound):
                return None if best is None else (*best, max(best[1], bound))
        if best is None:
            raise SolverFailedError("在规定时间内没有找到可行方案:请放宽时间上限")
        return *best, max(best[1], bound)

    def _run(self, length: float) -> Any:  # noqa: ANN401  scipy's result has no usable type
        whole, at = self.whole, np.flatnonzero(self.seen)
        part = whole.matrix[:, at].astype(np.float64)
        least, most = (side.astype(np.float64) for side in whole.sets)
        limits = LinearConstraint(part, least, most)
        return milp(
            -self.gain[at].astype(np.float64),
            integrality=np.ones(len(at), dtype=np.int64),
            bounds=Ends(whole.edges[0][at], whole.edges[1][at]),
            constraints=limits,
            options={"time_limit": length, "mip_rel_gap": 0.0},
        )

    def _better(
        self,
        best: tuple[BoolArray, int] | None,
        found: Any,  # noqa: ANN401
    ) -> tuple[BoolArray, int] | None:
        """Return the better of the two, the new one counted again in integers."""
        if found.x is None:
            return best
        chosen = np.zeros(len(self.seen), dtype=np.bool_)
        chosen[self.seen] = _rounded(found.x)
        value = int(self.gain[chosen].sum())
        if not self.whole.keeps(chosen) or (best is not None and best[1] >= value):
            return best
        return chosen, value

    def _claimed(self, found: Any, otherwise: int) -> int:  # noqa: ANN401
        claim = found.mip_dual_bound
        if claim is None or not math.isfinite(claim):
            return otherwise
        # Gains are whole: less than half a unit above is rounding.
        return math.floor(-float(claim) + 0.5)


def _rounded(taken: FloatArray) -> BoolArray:
    rounded: BoolArray = np.asarray(taken) > 0.5
    return rounded
