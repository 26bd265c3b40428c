"""The next best whole plans.

They follow Murty: the plans other than the best fall into parts by the first pair in which they
differ, and each part is one exact solve with pins and vetoes.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from matching.assign import assign
from matching.network import Solver
from matching.problem import Assignment, AssignmentProblem
from matching.spaces import space_of
from peipao.errors import InfeasibleError, SolverFailedError


@dataclass(frozen=True, slots=True)
class Plan:
    """One whole plan.

    Attributes:
        pairs: ascending pair rows; objective: integer units.
    """

    pairs: tuple[int, ...]
    objective: int

    def ids(self, problem: AssignmentProblem) -> list[tuple[str, str]]:
        """Return (need id, provider id) of every match, sorted."""
        rows = np.array(self.pairs, dtype=np.int32)
        return Assignment(rows, None, "murty").ids(problem)


@dataclass(frozen=True, slots=True, order=True)
class _Part:
    """Plans that have all of `pins` and none of `vetoes`, and the best of them.

    Attributes:
        more: only plans with a pair beyond `pins`.
    """

    minus_objective: int
    pairs: tuple[int, ...]
    pins: frozenset[int] = field(compare=False)
    vetoes: frozenset[int] = field(compare=False)
    more: bool = field(compare=False)


def best_plans(problem: AssignmentProblem, count: int, solver: str | Solver = "auto") -> list[Plan]:
    """Return the best distinct whole plans, the best first; fewer if there are not so many.

    The first is that of `assign`; equals follow in the order of their pairs. Takes about one
    solve a match and plan.

    Args:
        problem: canonical.
        count: how many plans, >= 1.
        solver: engine.

    Raises:
        InfeasibleError: there is none.
        SolverFailedError: quotas cross, and the time was not enough to prove an order.
    """
    murty = _Murty(problem, solver)
    heap = [murty.root()]
    found: list[Plan] = []
    while heap and len(found) < count:
        part = heapq.heappop(heap)
        found.append(Plan(part.pairs, -part.minus_objective))
        if len(found) < count:
            for child in murty.split(part):
                heapq.heappush(heap, child)
    return found


class _Murty:
    def __init__(self, problem: AssignmentProblem, solver: str | Solver) -> None:
        self.problem, self.solver = problem, solver
        self.gain = problem.gain()
        self.pinned = frozenset(np.flatnonzero(problem.pinned).tolist())
        self.vetoed = frozenset(np.flatnonzero(problem.vetoed).tolist())
        self.constant = -int((problem.wanted * problem.unmatched_penalty).sum())

    def root(self) -> _Part:
        """Return all plans."""
        answer = assign(self.problem, self.solver)
        if answer.bound is not None and answer.bound > self._worth(answer.pairs.tolist()):
            raise SolverFailedError("在规定时间内未能证明最优,无法给出次优方案的次序")
        return self._part(tuple(answer.pairs.tolist()), self.pinned, self.vetoed, more=False)

    def split(self, part: _Part) -> Iterator[_Part]:
        """Yield the parts into which all plans but the best of a part fall."""
        if part.more:
            (new,) = set(part.pairs) - part.pins
            yield from self._beyond(part.pins, part.vetoes | {new})
        else:
            pins = part.pins
            for row in sorted(set(part.pairs) - part.pins):
                yield from self._solved(pins, part.vetoes | {row})
                pins |= {row}
        yield from self._beyond(frozenset(part.pairs), part.vetoes)

    def _solved(self, pins: frozenset[int], vetoes: frozenset[int]) -> Iterator[_Part]:
        problem = self._with(pins, vetoes)
        try:
            space = space_of(problem, self.solver)
            best = space.best(problem.gain()[space.rows])
        except InfeasibleError:
            return
        if best.bound > best.value:
            raise SolverFailedError("在规定时间内未能证明最优,无法给出次优方案的次序")
        rows = (*pins, *space.rows[best.chosen].tolist())
        yield self._part(tuple(sorted(rows)), pins, vetoes, more=False)

    def _beyond(self, pins: frozenset[int], vetoes: frozenset[int]) -> Iterator[_Part]:
        """Yield the plans that add to a plan: the best adds the one pair that loses least.

        Nothing gains by being added, or the plan would not have been the best of its part.
        """
        problem = self._with(pins, vetoes)
        rows = problem.open_rows()
        places = problem.wanted_left()[problem.need[rows]] > 0
        rows = rows[places & (problem.capacity_left()[problem.provider[rows]] > 0)]
        for group in problem.groups:
            if sum(row in pins for row in group.rows.tolist()) >= group.most:
                rows = rows[~np.isin(rows, group.rows)]
        if rows.size:
            row = int(rows[np.argmax(self.gain[rows])])
            yield self._part(tuple(sorted((*pins, row))), pins, vetoes, more=True)

    def _with(self, pins: frozenset[int], vetoes: frozenset[int]) -> AssignmentProblem:
        pinned, vetoed = np.zeros((2, len(self.gain)), dtype=np.bool_)
        pinned[list(pins)] = True
        vetoed[list(vetoes)] = True
        return replace(self.problem, pinned=pinned, vetoed=vetoed)

    def _part(
        self, pairs: tuple[int, ...], pins: frozenset[int], vetoes: frozenset[int], *, more: bool
    ) -> _Part:
        return _Part(-self._worth(list(pairs)), pairs, pins, vetoes, more)

    def _worth(self, rows: list[int]) -> int:
        return int(self.gain[rows].sum()) + self.constant
