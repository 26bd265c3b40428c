"""Who else: replacements for one need with everybody else staying.

A replacement is counted, not estimated: the plan with the one exchange is valued again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matching.network import LongArray
from matching.problem import Assignment, AssignmentProblem
from matching.validate import SCALE
from peipao.errors import NotFoundError


@dataclass(frozen=True, slots=True)
class Alternate:
    """A provider that could take a need at once.

    Attributes:
        provider_id: has a free place, is eligible, and no limit is broken by the exchange.
        instead_of: the provider of the match that would go; None where a place is empty.
        affinity: of the new pair.
        cost: affinity units; what the objective loses. Never negative in an optimal plan.
    """

    provider_id: str
    instead_of: str | None
    affinity: float
    cost: float


def alternates(
    problem: AssignmentProblem, assignment: Assignment, need_id: str, most: int = 5
) -> list[Alternate]:
    """Return who could take a need if a match of it fell through, the least cost first.

    Pinned matches are not exchanged.

    Args:
        problem: as solved.
        assignment: what was decided.
        need_id: the need.
        most: length of the list.

    Raises:
        NotFoundError: the need is not in the round.
    """
    at = np.flatnonzero(problem.need_ids == need_id)
    if not at.size:
        raise NotFoundError("本轮需求", need_id)
    return _Desk(problem, assignment).alternates(int(at[0]), most)


def alternates_of_all(
    problem: AssignmentProblem, assignment: Assignment, most: int = 5
) -> dict[str, list[Alternate]]:
    """Return need id -> alternates, for every need; see `alternates`."""
    desk = _Desk(problem, assignment)
    return {str(key): desk.alternates(at, most) for at, key in enumerate(problem.need_ids.tolist())}


class _Desk:
    """A plan with its free places counted."""

    def __init__(self, problem: AssignmentProblem, assignment: Assignment) -> None:
        self.problem, self.pairs = problem, assignment.pairs
        n, m = len(problem.need_ids), len(problem.provider_ids)
        self.has = np.bincount(problem.need[self.pairs], minlength=n)
        self.used = np.bincount(problem.provider[self.pairs], minlength=m)
        self.gain = problem.gain()
        self.usable = np.zeros(len(problem.weight), dtype=np.bool_)
        self.usable[problem.open_rows()] = True
        self.usable[self.pairs] = False
        self.usable &= (self.used < problem.capacity)[problem.provider]
        self.start = np.searchsorted(problem.need, np.arange(n + 1))
        self.made = [np.isin(group.rows, self.pairs).sum() for group in problem.groups]

    def alternates(self, need: int, most: int) -> list[Alternate]:
        """Return the alternates of a need."""
        rows = np.arange(self.start[need], self.start[need + 1])
        held = np.intersect1d(rows, self.pairs)
        outs: list[int | None] = [int(row) for row in held if not self.problem.pinned[row]]
        if self.has[need] < self.problem.wanted[need]:
            outs.append(None)
        found = [
            self._one(out, row)
            for out in outs
            for row in rows[self.usable[rows]].tolist()
            if self._allowed(out, row)
        ]
        found.sort(key=lambda one: (one.cost, -one.affinity, one.provider_id, one.instead_of or ""))
        return found[:most]

    def _one(self, out: int | None, row: int) -> Alternate:
        problem = self.problem
        lost = 0 if out is None else int(self.gain[out])
        gone = None if out is None else str(problem.provider_ids[problem.provider[out]])
        return Alternate(
            provider_id=str(problem.provider_ids[problem.provider[row]]),
            instead_of=gone,
            affinity=int(problem.weight[row]) / SCALE,
            cost=(lost - int(self.gain[row])) / SCALE,
        )

    def _allowed(self, out: int | None, row: int) -> bool:
        """Tell whether the exchange keeps the minimums and quotas."""
        problem = self.problem
        if out is not None:
            left = problem.provider[out]
            if self.used[left] <= problem.provider_min()[left]:
                return False
        for group, made in zip(problem.groups, self.made, strict=True):
            after = made + _inside(group.rows, row)
            after -= 0 if out is None else _inside(group.rows, out)
            if not group.least <= after <= group.most:
                return False
        return True


def _inside(rows: LongArray, row: int) -> int:
    at = int(np.searchsorted(rows, row))
    return int(at < len(rows) and rows[at] == row)
