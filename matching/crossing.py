"""Quotas that cross: branch and bound by HiGHS on the few edges that can matter, with a bound.

The linear programme over all edges gives prices, and the prices a bound that holds in integers.
Branch and bound then sees only a shortlist of edges; an edge outside of it can be part of a better
choice only if the bound minus what it falls short of its price still exceeds the best found. Those
that can are added, until none is left. What HiGHS claims beyond the proven bound is kept apart.

Mostly the programme halves but a few edges. These are then decided anew among edges that lose
nothing, all others staying as they are; that alone often reaches the bound.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.optimize import Bounds as Ends
from scipy.optimize import LinearConstraint, milp

from matching.alike import Bounds
from matching.budget import FIRST_SLICE_S, Budget, Progress
from matching.network import LongArray
from matching.programme import (
    GRID,
    grid_prices,
    left_of,
    promising,
    proven_bound,
    relaxed,
)
from peipao.errors import InfeasibleError, SolverFailedError
from peipao.tables.profiles import BoolArray, FloatArray

SHORTLIST, _WIDER = 4, 3
"""Edges of every set that branch and bound sees at first."""

_INTEGRAL, _ROUNDING, _INFEASIBLE = 1e-6, 1e-2, 2


@dataclass(frozen=True, slots=True, eq=False)
class Searched:
    """What a search found.

    Attributes:
        chosen: int64 (n_edges,), how often each edge is taken; mostly 0 or 1.
        value: total gain of the chosen edges.
        bound: no choice gains more, by what HiGHS claims; equal to `value` if it finished.
        price: int64 (n_sets,), prices in `1 / GRID` of a unit that prove `proven`.
        proven: no choice gains more, proven in integers; >= `bound`.
    """

    chosen: LongArray
    value: int
    bound: int
    price: LongArray
    proven: int


@dataclass(frozen=True, slots=True, eq=False)
class Crossing:
    """Sets of edges with bounds, in no order that a flow could use.

    Attributes:
        matrix: sparse (n_sets, n_edges), any coefficients; sets: bounds (n_sets,).
        edges: bounds of the edges (n_edges,); mostly 0 and 1.
        budget: what the search may use.
        alike: int64 (n_sets,), numbers of sets that are much the same, where that is known.
    """

    matrix: Any
    sets: Bounds
    edges: Bounds
    budget: Budget = field(default_factory=Budget)
    alike: LongArray | None = None

    @property
    def free(self) -> LongArray:
        """Return int64, the edges that are not settled."""
        return np.flatnonzero(self.edges[0] < self.edges[1])

    def keeps(self, chosen: LongArray) -> bool:
        """Tell whether the chosen edges keep every bound, in integers."""
        have = np.asarray(self.matrix @ chosen)
        inside = (have >= self.sets[0]) & (have <= self.sets[1])
        allowed = (chosen >= self.edges[0]) & (chosen <= self.edges[1])
        return bool(inside.all() and allowed.all())

    def best(self, gain: LongArray) -> Searched:
        """Return the best choice of edges within the budget.

        Raises:
            InfeasibleError: the bounds cannot all be met.
            SolverFailedError: no choice was found in the time allowed.
        """
        start = relaxed(gain, self.matrix, self.sets, self.edges, self.alike)
        price = grid_prices(start.price)
        proven = proven_bound(gain, self.matrix, self.sets, self.edges, price) // GRID
        rounded = np.rint(start.taken).astype(np.int64)
        if np.abs(start.taken - rounded).max(initial=0.0) <= _INTEGRAL and self.keeps(rounded):
            value = int(gain @ rounded)
            return Searched(rounded, value, value, price, proven)
        left = left_of(gain, self.matrix, price)
        search = _Search(self, gain, Searched(rounded, 0, proven, price, proven), left)
        search.keep(self._mended(gain, start.taken, left))
        return search.result() if search.finished else self._searched(search)

    def branched(  # scipy's result has no usable type
        self, gain: LongArray, some: LongArray, others: LongArray, length: float
    ) -> Any:  # noqa: ANN401
        """Return what branch and bound finds for some edges, in units of the gains.

        Args:
            gain: int64 (n_edges,).
            some: int64, the edges to decide.
            others: int64 (n_edges,), how often each other edge is taken; 0 for those to decide.
            length: seconds at most.
        """
        settled = self.matrix @ others
        least, most = ((side - settled).astype(np.float64) for side in self.sets)
        return milp(
            -(gain[some] // unit_of(gain)).astype(np.float64),
            integrality=np.ones(len(some), dtype=np.int64),
            bounds=Ends(self.edges[0][some], self.edges[1][some]),
            constraints=LinearConstraint(self.matrix[:, some].astype(np.float64), least, most),
            options={"time_limit": length, "mip_rel_gap": 0.0},
        )

    def _mended(self, gain: LongArray, taken: FloatArray, left: LongArray) -> LongArray | None:
        """Return a choice in whole edges near a fractional one; None if there is none so near."""
        whole = np.rint(taken).astype(np.int64)
        parted = np.abs(taken - whole) > _INTEGRAL
        if not parted.any():
            return None
        holds = abs(sp.csr_array(self.matrix)).sign()
        touched = holds[np.flatnonzero(holds @ parted)]
        inside = touched.sum(axis=0) == holds.sum(axis=0)
        near = parted | (inside & (left > -GRID) & (self.edges[0] < self.edges[1]))
        chosen = np.where(near, 0, whole)
        found = self.branched(gain, np.flatnonzero(near), chosen, FIRST_SLICE_S)
        if found.x is None:
            return None
        chosen[near] = np.rint(found.x)
        return chosen

    def _searched(self, search: _Search) -> Searched:
        """Return what is found by enlarging the shortlist until no edge outside can matter."""
        for spent, length in self.budget.slices():
            finished = search.advance(length)
            self.budget.told(Progress(spent, search.value, search.bound))
            if finished:
                break
        return search.result()

    def face(self, gain: LongArray, found: Searched) -> Crossing:
        """Return the same sets, with what no choice of equal value can have left out.

        Only meant for a search that finished; its value becomes one more bound.
        """
        left = left_of(gain, self.matrix, found.price)
        short = (found.proven - found.value + 1) * GRID
        matrix = sp.vstack((self.matrix, sp.csr_array(gain[np.newaxis, :])), format="csr")
        return replace(
            self,
            matrix=matrix,
            sets=(np.append(self.sets[0], found.value), np.append(self.sets[1], found.value)),
            edges=(
                np.where(left >= short, self.edges[1], self.edges[0]),
                np.where(left <= -short, self.edges[0], self.edges[1]),
            ),
            alike=None,
        )


class _Search:
    """Branch and bound over the edges seen so far; the others are not taken."""

    def __init__(self, whole: Crossing, gain: LongArray, start: Searched, left: LongArray) -> None:
        self.whole, self.gain, self.start, self.left = whole, gain, start, left
        self.unit, self.each = unit_of(gain), SHORTLIST
        self.must = (start.chosen > 0) | (whole.edges[0] != 0)
        self.seen: BoolArray = self.must | promising(left, whole.matrix, self.each)
        self.best: LongArray | None = None
        self.first = True
        # Every value is a multiple of the unit; the prices do not know that.
        self.bound = start.proven - start.proven % self.unit

    @property
    def value(self) -> int | None:
        """Return the value of the best choice; None before the first."""
        return None if self.best is None else int(self.gain @ self.best)

    @property
    def finished(self) -> bool:
        """Tell whether the best choice reaches the bound."""
        value = self.value
        return value is not None and value >= self.bound

    def result(self) -> Searched:
        """Return what was found.

        Raises:
            SolverFailedError: nothing, in the time allowed.
        """
        value = self.value
        if self.best is None or value is None:
            raise SolverFailedError("在规定时间内没有找到可行方案:请放宽时间上限")
        return replace(self.start, chosen=self.best, value=value, bound=max(self.bound, value))

    def advance(self, length: float) -> bool:
        """Search for so many seconds; tell whether the best is found.

        Raises:
            InfeasibleError: the bounds cannot all be met.
        """
        found = self._sliced(length)
        if found is None:
            return False
        if found.status == _INFEASIBLE and self.seen.all():
            raise InfeasibleError("上下限无法同时满足")
        self._take(found.x)
        value = self.value
        if value is None or found.status == _INFEASIBLE:
            self._enlarge(None)
            return False
        # An edge outside brings the bound down by what it falls short of its price.
        outside = np.where(self.seen, -(2**62), self.start.proven * GRID + self.left) // GRID
        beyond = int(outside.max(initial=value))
        self.bound = min(self.bound, max(self._claimed(found), beyond))
        self.bound -= self.bound % self.unit
        if self.finished:
            return True
        if found.status == 0:
            self._enlarge(outside > value)
        return False

    def _enlarge(self, more: BoolArray | None) -> None:
        self.each *= _WIDER
        wider: BoolArray = self.must | promising(self.left, self.whole.matrix, self.each)
        if more is not None and more.sum() <= wider.sum():
            wider = more
        self.seen = self.seen | wider

    def _sliced(self, length: float) -> Any | None:  # noqa: ANN401  as below
        """Return what a slice finds; None if it is stopped, which the first never is."""
        first, self.first = self.first, False
        if first:
            return self._run(length)
        return self.whole.budget.while_wanted(lambda: self._run(length))

    def _run(self, length: float) -> Any:  # noqa: ANN401  as above
        nothing = np.zeros(len(self.seen), dtype=np.int64)
        return self.whole.branched(self.gain, np.flatnonzero(self.seen), nothing, length)

    def _take(self, taken: FloatArray | None) -> None:
        """Keep what branch and bound took of the edges seen, if it took any."""
        if taken is None:
            return
        chosen = np.zeros(len(self.seen), dtype=np.int64)
        chosen[self.seen] = np.rint(taken)
        self.keep(chosen)

    def keep(self, chosen: LongArray | None) -> None:
        """Keep a choice if it is the best so far, counted again in integers."""
        if chosen is None or not self.whole.keeps(chosen):
            return
        value = self.value
        if value is None or int(self.gain @ chosen) > value:
            self.best, self.seen = chosen, self.seen | (chosen > 0)

    def _claimed(self, found: Any) -> int:  # noqa: ANN401
        """Return what no choice among the edges seen exceeds, as the solver claims."""
        claim = found.mip_dual_bound
        if claim is None or not math.isfinite(claim):
            return self.start.proven
        # Gains are whole: a sliver above a whole number is rounding.
        return math.floor(-float(claim) + _ROUNDING) * self.unit


def unit_of(gain: LongArray) -> int:
    """Return the greatest number that divides every gain; 1 if there is none."""
    return int(np.gcd.reduce(gain)) or 1
