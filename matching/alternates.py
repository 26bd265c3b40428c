"""Who else: replacements for one need with everybody else staying, and the next best whole plans.

A replacement is counted, not estimated: the plan with the one exchange is valued again. The next
best plans follow Murty: the plans other than the best fall into parts by the first pair in which
they differ, and each part is one exact solve with pins and vetoes.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from matching.assign import assign
from matching.network import LongArray, Solver
from matching.problem import Assignment, AssignmentProblem
from matching.spaces import space_of
from matching.validate import SCALE
from peipao.errors import InfeasibleError, NotFoundError, SolverFailedError


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
