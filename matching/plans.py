"""The next best whole plans.

They follow Murty: the plans other than the best fall into parts by the first pair in which they
differ. What the best of a part is worth is found from the optimum and the prices of the part it
was split from, by a search or two; the plan itself is only made when its turn comes. Where groups
have quotas, each part is an exact solve with pins and vetoes.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np

from matching.assign import assign
from matching.duals import derive_prices
from matching.kernel import search
from matching.kernel.arrays import FAR, State
from matching.kernel.live import LiveRound
from matching.network import Solver
from matching.problem import Assignment, AssignmentProblem, open_network
from matching.spaces import space_of
from peipao.errors import InfeasibleError, SolverFailedError

_MOST_PLACES = 2**16


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


@dataclass(frozen=True, slots=True)
class _Part:
    """Plans that have all of `pins` and none of `vetoes`, and the best of them.

    Attributes:
        objective: integer units, of the best.
        pairs: its pair rows, ascending; None until its turn comes.
        more: only plans with a pair beyond `pins`.
        parent: of a part not made yet, what it was split from; at: the pair that it leaves out.
        state: optimum and prices, where they are kept.
    """

    objective: int
    pins: tuple[int, ...]
    vetoes: tuple[int, ...]
    pairs: tuple[int, ...] | None = None
    more: bool = False
    parent: _Part | None = field(default=None, repr=False)
    state: State | None = field(default=None, repr=False)


class _Tree(Protocol):
    """How parts are made."""

    def root(self, best: Assignment) -> _Part:
        """Return all plans."""
        ...

    def opened(self, part: _Part) -> _Part:
        """Return the part with its best plan made."""
        ...

    def without(self, part: _Part, rows: list[int]) -> Iterator[_Part]:
        """Yield the parts that have all rows before one of them, and not that one."""
        ...


def best_plans(problem: AssignmentProblem, count: int, solver: str | Solver = "auto") -> list[Plan]:
    """Return the best distinct whole plans, the best first; fewer if there are not so many.

    The first is that of `assign`; equals follow in the order in which they are found, which the
    problem alone determines.

    Args:
        problem: canonical.
        count: how many plans, >= 1.
        solver: engine.

    Raises:
        InfeasibleError: there is none.
        SolverFailedError: quotas cross, and the time was not enough to prove an order.
    """
    answer = assign(problem, solver)
    desk = _Beyond(problem)
    if answer.bound is not None and answer.bound > desk.worth(answer.pairs.tolist()):
        raise SolverFailedError(_UNPROVEN)
    tree: _Tree = _Kept(desk) if _can_keep(problem) else _Again(desk, solver)
    heap = [(-desk.worth(answer.pairs.tolist()), 0, tree.root(answer))]
    found: list[Plan] = []
    number = 1
    while heap and len(found) < count:
        part = tree.opened(heapq.heappop(heap)[2])
        found.append(Plan(part.pairs or (), part.objective))
        if len(found) == count:
            break
        for child in _split(tree, desk, part):
            heapq.heappush(heap, (-child.objective, number, child))
            number += 1
    return found


_UNPROVEN = "在规定时间内未能证明最优,无法给出次优方案的次序"


def _can_keep(problem: AssignmentProblem) -> bool:
    """Tell whether forced pairs outweigh everything else without an overflow."""
    largest = int(np.abs(problem.gain()).max(initial=0))
    places = int(problem.wanted.sum()) + len(problem.capacity)
    small = places < _MOST_PLACES and largest * places < int(search.FORCE) // 2
    return small and not problem.groups


def _split(tree: _Tree, desk: _Beyond, part: _Part) -> Iterator[_Part]:
    """Yield the parts into which all plans but the best of a part fall."""
    pairs = part.pairs or ()
    new = sorted(set(pairs) - set(part.pins))
    if part.more:
        yield from desk.beyond(part.pins, (*part.vetoes, *new))
    else:
        yield from tree.without(part, new)
    yield from desk.beyond(pairs, part.vetoes)


class _Beyond:
    """Plans that add pairs to a plan and change nothing else."""

    def __init__(self, problem: AssignmentProblem) -> None:
        self.problem, self.gain = problem, problem.gain()
        self.constant = -int((problem.wanted * problem.unmatched_penalty).sum())

    def worth(self, rows: list[int]) -> int:
        """Return the objective of a plan."""
        return int(self.gain[rows].sum()) + self.constant

    def beyond(self, pins: tuple[int, ...], vetoes: tuple[int, ...]) -> Iterator[_Part]:
        """Yield the plans that add to a plan: the best adds the one pair that loses least.

        Nothing gains by being added, or the plan would not have been the best of its part.
        """
        problem = self.with_marks(pins, vetoes)
        rows = problem.open_rows()
        places = problem.wanted_left()[problem.need[rows]] > 0
        rows = rows[places & (problem.capacity_left()[problem.provider[rows]] > 0)]
        for group in problem.groups:
            if np.isin(group.rows, pins).sum() >= group.most:
                rows = rows[~np.isin(rows, group.rows)]
        if rows.size:
            row = int(rows[np.argmax(self.gain[rows])])
            pairs = tuple(sorted((*pins, row)))
            yield _Part(self.worth(list(pairs)), pins, vetoes, pairs, more=True)

    def with_marks(self, pins: tuple[int, ...], vetoes: tuple[int, ...]) -> AssignmentProblem:
        """Return the problem with those pins and vetoes beside its own."""
        pinned, vetoed = self.problem.pinned.copy(), self.problem.vetoed.copy()
        pinned[list(pins)] = True
        vetoed[list(vetoes)] = True
        return replace(self.problem, pinned=pinned, vetoed=vetoed)


class _Again:
    """Every part is solved by itself."""

    def __init__(self, desk: _Beyond, solver: str | Solver) -> None:
        self.desk, self.solver = desk, solver

    def root(self, best: Assignment) -> _Part:
        """Return all plans."""
        pairs, pins = best.pairs.tolist(), np.flatnonzero(self.desk.problem.pinned).tolist()
        return _Part(self.desk.worth(pairs), tuple(pins), (), tuple(pairs))

    def opened(self, part: _Part) -> _Part:
        """Return the part: it is made already."""
        return part

    def without(self, part: _Part, rows: list[int]) -> Iterator[_Part]:
        """Yield the parts that have all rows before one of them, and not that one."""
        for at, row in enumerate(rows):
            yield from self._solved((*part.pins, *rows[:at]), (*part.vetoes, row))

    def _solved(self, pins: tuple[int, ...], vetoes: tuple[int, ...]) -> Iterator[_Part]:
        problem = self.desk.with_marks(pins, vetoes)
        try:
            space = space_of(problem, self.solver)
            best = space.best(problem.gain()[space.rows])
        except InfeasibleError:
            return
        if best.bound > best.value:
            raise SolverFailedError(_UNPROVEN)
        pairs = sorted((*pins, *space.rows[best.chosen].tolist()))
        yield _Part(self.desk.worth(pairs), pins, vetoes, tuple(pairs))


class _Kept:
    """Parts are found from the optimum and the prices of the part they are split from."""

    def __init__(self, desk: _Beyond) -> None:
        network, self.rows = open_network(desk.problem)
        self.desk, self.gain = desk, network.gain.copy()
        self.network = network
        by_column = np.empty(network.n_edges, dtype=np.int64)
        order = np.argsort(network.provider, kind="stable")
        by_column[order] = np.arange(network.n_edges)
        self.taken = np.column_stack((network.need, np.arange(network.n_edges), by_column))
        self.live: LiveRound | None = None

    def root(self, best: Assignment) -> _Part:
        """Return all plans."""
        chosen = np.isin(self.rows, best.pairs)
        prices = derive_prices(self.network, chosen)
        self.live = LiveRound.resume(self.network, chosen, prices)
        pairs = best.pairs.tolist()
        pins = tuple(np.flatnonzero(self.desk.problem.pinned).tolist())
        state = _copied(self.live.state)
        return _Part(self.desk.worth(pairs), pins, (), tuple(pairs), state=state)

    def opened(self, part: _Part) -> _Part:
        """Return the part with its best plan made."""
        if part.pairs is not None or part.parent is None or part.parent.state is None:
            return part
        live, parent = self._at(part.parent), part.parent
        new = [row for row in part.pins if row not in parent.pins]
        for one in self._edges(new):
            search.force(live.edges, live.by_provider, live.state, *one)
        (last,) = self._edges([part.vetoes[-1]])
        search.forbid(live.edges, live.by_provider, live.state, live.work, *last)
        state = _copied(live.state)
        open_pairs = self.rows[live.chosen()].tolist()
        self._clear((*part.pins, *part.vetoes))
        pairs = tuple(sorted({*open_pairs, *np.flatnonzero(self.desk.problem.pinned).tolist()}))
        return replace(part, pairs=pairs, parent=None, state=state)

    def without(self, part: _Part, rows: list[int]) -> Iterator[_Part]:
        """Yield the parts that have all rows before one of them, and not that one."""
        live = self._at(part)
        taken = np.array(self._edges(rows), dtype=np.int64).reshape(-1, 3)
        arrays = live.edges, live.by_provider, live.state, live.work
        loss = search.branches(*arrays, _copied(live.state), taken).tolist()
        self._clear((*part.pins, *part.vetoes, *rows))
        for at, row in enumerate(rows):
            if loss[at] < min(FAR, int(search.FORCE) // 2):
                pins, vetoes = (*part.pins, *rows[:at]), (*part.vetoes, row)
                yield _Part(part.objective - loss[at], pins, vetoes, parent=part)

    def _at(self, part: _Part) -> LiveRound:
        """Return the round as the part left it, its pins forced and its vetoes forbidden."""
        live = self.live
        if live is None or part.state is None:
            raise SolverFailedError(_UNPROVEN)
        search.copy_state(live.state, part.state)
        for rows, worth in ((part.pins, search.FORCE), (part.vetoes, -search.FORCE)):
            for _, edge, place in self._edges(rows):
                base = self.gain[edge] if worth > 0 else 0
                live.edges.weights[edge] = live.by_provider.weights[place] = base + worth
        return live

    def _clear(self, rows: tuple[int, ...]) -> None:
        """Give those pairs the worth they have."""
        live = self.live
        if live is None:
            return
        for _, edge, place in self._edges(rows):
            live.edges.weights[edge] = live.by_provider.weights[place] = self.gain[edge]

    def _edges(self, rows: Sequence[int]) -> list[tuple[int, int, int]]:
        """Return need, edge and place by provider of pairs; pins of the problem have none."""
        at = np.searchsorted(self.rows, rows)
        known = at < len(self.rows)
        known[known] = self.rows[at[known]] == np.asarray(rows)[known]
        return [(int(i), int(e), int(f)) for i, e, f in self.taken[at[known]].tolist()]


def _copied(state: State) -> State:
    """Return a copy of what searches change; bounds are shared."""
    own = {"u", "v", "mate", "gain", "after", "before", "head", "load", "degree"}
    return state._replace(**{name: getattr(state, name).copy() for name in own})
