"""The checker's part on minimums and quotas: counted again, and bounded by prices it weighs itself.

Shares nothing with the solvers. A price may be negative where a lower limit holds; whatever the
prices are, no assignment gains more than `price x most` (or `x least` where negative) over all
needs, providers and groups plus `max(0, gain - all prices)` over all pairs. Where no prices come
with the matches, a linear programme of its own suggests some.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from matching.groups import Group
from matching.problem import AssignmentProblem, Duals

SUGGESTED_PER_UNIT = 1024

_Longs = npt.NDArray[np.int64]
_Bools = npt.NDArray[np.bool_]


def broken_minimums(problem: AssignmentProblem, rows: _Longs) -> list[str]:
    """Return a sentence for every minimum and every quota that the matches break."""
    if problem.limits is None:
        return []
    sides = (
        (problem.need[rows], problem.limits.need_min, problem.need_ids, "需求"),
        (problem.provider[rows], problem.limits.provider_min, problem.provider_ids, "资源方"),
    )
    wrong = []
    for ends, least, ids, noun in sides:
        have = np.bincount(ends, minlength=len(least))
        wrong += [
            f"{noun} {ids[at]} 只有 {have[at]} 个对接,低于下限 {least[at]}"
            for at in np.flatnonzero(have < least).tolist()
        ]
    for group in problem.limits.groups:
        wrong += _broken_quota(group, int(np.isin(group.rows, rows).sum()))
    return wrong


def _broken_quota(group: Group, have: int) -> list[str]:
    if have < group.least:
        return [f"分组 {group.id} 只有 {have} 个对接,低于下限 {group.least}"]
    return [f"分组 {group.id} 有 {have} 个对接,超过上限 {group.most}"] * (have > group.most)


@dataclass(frozen=True, slots=True, eq=False)
class Account:
    """All limits of a problem after its pins, as the checker counts them.

    Attributes:
        problem: as given; gain: int64 (n_pairs,); open: bool (n_pairs,), free to choose.
    """

    problem: AssignmentProblem
    gain: _Longs
    open: _Bools

    def bound(self, duals: Duals) -> tuple[int | None, list[str]]:
        """Return what no choice of open pairs exceeds at these prices, and what is wrong."""
        problem = self.problem
        prices = (duals.need, duals.provider, duals.group)
        shapes = (len(problem.wanted), len(problem.capacity), len(problem.groups))
        if tuple(len(price) for price in prices) != shapes or duals.per_unit < 1:
            return None, [f"对偶价格的形状 {tuple(map(len, prices))} 与问题不符"]
        left = self.gain * duals.per_unit - duals.need[problem.need]
        left -= duals.provider[problem.provider]
        for group, price in zip(problem.groups, duals.group.tolist(), strict=True):
            left[group.rows] -= price
        total = int(np.maximum(left[self.open], 0).sum())
        for price, (least, most) in zip(prices, self._bounds(), strict=True):
            total += int((np.maximum(price, 0) * most + np.minimum(price, 0) * least).sum())
        return total // duals.per_unit, []

    def _bounds(self) -> list[tuple[_Longs, _Longs]]:
        """Return the least and most that needs, providers and groups may have beside their pins."""
        problem = self.problem
        pins = np.flatnonzero(problem.pinned)
        at_need = np.bincount(problem.need[pins], minlength=len(problem.wanted))
        at_provider = np.bincount(problem.provider[pins], minlength=len(problem.capacity))
        inside = np.array([np.isin(g.rows, pins).sum() for g in problem.groups], dtype=np.int64)
        least = np.array([group.least for group in problem.groups], dtype=np.int64)
        most = np.array([group.most for group in problem.groups], dtype=np.int64)
        return [
            (np.maximum(problem.need_min() - at_need, 0), problem.wanted - at_need),
            (np.maximum(problem.provider_min() - at_provider, 0), problem.capacity - at_provider),
            (np.maximum(least - inside, 0), most - inside),
        ]

    def suggested(self) -> Duals | None:
        """Return prices from a linear programme of the checker's own; None if it has none."""
        from scipy import sparse
        from scipy.optimize import linprog

        problem, rows = self.problem, np.flatnonzero(self.open)
        sizes = len(problem.wanted), len(problem.capacity), len(problem.groups)
        sets = [problem.need[rows], sizes[0] + problem.provider[rows]]
        held, edges = [*sets], [np.arange(len(rows)), np.arange(len(rows))]
        for at, group in enumerate(problem.groups):
            inside = np.flatnonzero(np.isin(rows, group.rows))
            held.append(np.full(len(inside), sizes[0] + sizes[1] + at))
            edges.append(inside)
        ends = np.concatenate(held), np.concatenate(edges)
        matrix = sparse.csr_array((np.ones(len(ends[0])), ends), shape=(sum(sizes), len(rows)))
        least, most = (np.concatenate(side) for side in zip(*self._bounds(), strict=True))
        if not len(rows):
            return self._told(np.zeros(sum(sizes)))
        programme: dict[str, Any] = {
            "c": -self.gain[rows].astype(np.float64),
            "A_ub": sparse.vstack((matrix, -matrix), format="csr"),
            "b_ub": np.concatenate((most, -least)).astype(np.float64),
        }
        found: Any = linprog(method="highs-ds", bounds=(0.0, 1.0), **programme)
        if found.x is None:
            return None
        marginal = np.asarray(found.ineqlin.marginals)
        return self._told(marginal[sum(sizes) :] - marginal[: sum(sizes)])

    def _told(self, price: npt.NDArray[np.float64]) -> Duals:
        grid = np.rint(price * SUGGESTED_PER_UNIT).astype(np.int64)
        need, provider = len(self.problem.wanted), len(self.problem.capacity)
        return Duals(
            need=grid[:need],
            provider=grid[need : need + provider],
            group=grid[need + provider :],
            per_unit=SUGGESTED_PER_UNIT,
        )
