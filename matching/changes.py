"""Change little: the best plan with at most so many changes to the one before.

A place of a need has changed if whoever holds it differs: for each need the changes are
`max(matches now, matches before) - matches kept`. Rounds in which every need that had somebody
had all it wanted (one-to-one above all) count changes pair by pair, so a price on them is a flow;
a limit on their number is one more row and goes through branch and bound, which rarely branches.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

from matching.budget import Budget
from matching.crossing import Crossing, Searched
from matching.limited import constant_of
from matching.network import LongArray
from matching.problem import SEARCHED, Assignment, AssignmentProblem
from matching.quotas import QuotaSets, quota_sets
from matching.sensitivity import with_veto
from matching.ties import lottery_weights
from matching.validate import SCALE
from peipao.errors import InfeasibleError, InvalidInputError, NotFoundError, SolverFailedError

Pairs = Sequence[tuple[str, str]]

_LOT_SHIFT = 20


@dataclass(frozen=True, slots=True)
class Replan:
    """A plan that changes little.

    Attributes:
        assignment: the plan; its `bound` is on plans within the same number of changes.
        changes: places whose holder differs from before.
        objective: integer units, without any cost of change.
        bound: integer units; no plan within the limits has a greater objective after costs.
    """

    assignment: Assignment
    changes: int
    objective: int
    bound: int


@dataclass(frozen=True, slots=True, eq=False)
class _Counted:
    """Every plan as columns, and how many changes each column makes.

    Attributes:
        sets: the limits; crossing: the same with a column for growth beyond what a need had.
        gain, change: int64 (n_columns,); constant: changes that no plan can avoid or undo.
    """

    sets: QuotaSets
    crossing: Crossing
    gain: LongArray
    change: LongArray
    constant: int

    def within(self, most: int) -> Crossing:
        """Return the plans of at most so many changes."""
        row = sp.csr_array(self.change[np.newaxis, :])
        least = -(len(self.change) + int(np.abs(self.change).sum()))
        bounds = self.crossing.sets
        return replace(
            self.crossing,
            matrix=sp.vstack((self.crossing.matrix, row), format="csr"),
            sets=(np.append(bounds[0], least), np.append(bounds[1], most - self.constant)),
        )


def replan(
    problem: AssignmentProblem,
    previous: Pairs,
    *,
    max_changes: int | None = None,
    change_cost: float = 0.0,
    budget: Budget | None = None,
) -> Replan:
    """Return the plan of the greatest objective minus cost of changes, within the changes allowed.

    Equals: the fewest changes, then the lottery.

    Args:
        problem: as for `assign`; accepted matches are its pins.
        previous: the plan before, (need id, provider id); pairs that are gone count as changed.
        max_changes: at most so many; None is without limit, 0 is the plan before.
        change_cost: affinity units, >= 0, of each change.
        budget: time allowed.

    Raises:
        InvalidInputError: a pair of the plan before is of an unknown need, or twice in it.
        InfeasibleError: no plan keeps the limits, or none within the changes allowed; the message
            then says how many are needed.
        SolverFailedError: nothing was found in the time allowed.
    """
    cost, budget = round(change_cost * SCALE), budget or Budget()
    counted = _counted(problem, previous, budget)
    told = budget.shifted(constant_of(problem) - cost * counted.constant)
    counted = replace(counted, crossing=replace(counted.crossing, budget=told))
    space = counted.crossing if max_changes is None else counted.within(max_changes)
    try:
        best = space.best(counted.gain - cost * counted.change)
    except InfeasibleError as failed:
        fewest = fewest_changes(problem, previous, budget)
        raise InfeasibleError(f"最多允许 {max_changes} 处变更,至少需要 {fewest} 处") from failed
    found = _settled(counted, space, counted.gain - cost * counted.change, best)
    return _made(counted, found, best, cost)


def fewest_changes(
    problem: AssignmentProblem, previous: Pairs, budget: Budget | None = None
) -> int:
    """Return the least number of changes with which the limits can be met.

    Raises:
        InfeasibleError: no number of changes is enough.
    """
    counted = _counted(problem, previous, (budget or Budget()).silent())
    return counted.constant - counted.crossing.best(-counted.change).value


def frontier(
    problem: AssignmentProblem,
    previous: Pairs,
    most: int,
    budget: Budget | None = None,
) -> list[Replan]:
    """Return the best plan for each number of changes that gains something, fewest first.

    Exact for every number up to `most`, where nothing more is gained by a further change the list
    ends. Beyond `most` come the plans that a price on changes picks out: each is the best for its
    own number of changes.

    Args:
        problem: as for `replan`.
        previous: the plan before.
        most: numbers of changes up to this are solved one by one.
        budget: time allowed for each solve.
    """
    last = replan(problem, previous, budget=budget)
    fewest = fewest_changes(problem, previous, budget)
    found: list[Replan] = []
    for allowed in range(fewest, max(most, fewest) + 1):
        plan = replan(problem, previous, max_changes=allowed, budget=budget)
        if not found or plan.objective > found[-1].objective:
            found.append(plan)
        if plan.objective >= last.objective:
            return found
    return [*found, *_beyond(_Priced(problem, previous, budget), found[-1], last), last]


def after_decline(
    problem: AssignmentProblem,
    previous: Pairs,
    declined: tuple[str, str],
    budget: Budget | None = None,
) -> Replan:
    """Return the best plan without a declined match that changes at most one other place.

    Where the limits cannot be met like that, as few changes as they need.

    Raises:
        NotFoundError: the declined match is not an eligible pair.
    """
    row = problem.row_of(*declined)
    if row is None:
        raise NotFoundError("配对", "/".join(declined))
    without = with_veto(problem, row)
    allowed = max(2, fewest_changes(without, previous, budget))
    return replan(without, previous, max_changes=allowed, budget=budget)


@dataclass(frozen=True, slots=True)
class _Priced:
    """Plans that a price on changes picks out."""

    problem: AssignmentProblem
    previous: Pairs
    budget: Budget | None

    def between(self, few: Replan, many: Replan) -> Replan:
        """Return the plan farthest above the line between two plans."""
        counted = _counted(self.problem, self.previous, self.budget or Budget())
        step, rise = many.changes - few.changes, many.objective - few.objective
        gain = counted.gain * step - counted.change * rise
        best = counted.crossing.best(gain)
        return _made(counted, best.chosen, best, 0)


def _beyond(priced: _Priced, few: Replan, many: Replan) -> list[Replan]:
    """Return the plans strictly between two, by the prices at which they are best."""
    step, rise = many.changes - few.changes, many.objective - few.objective
    if step < 2:
        return []
    middle = priced.between(few, many)
    above = (middle.objective - few.objective) * step - (middle.changes - few.changes) * rise
    if above <= 0:
        return []
    return [*_beyond(priced, few, middle), middle, *_beyond(priced, middle, many)]


def _counted(problem: AssignmentProblem, previous: Pairs, budget: Budget) -> _Counted:
    sets = quota_sets(problem)
    had, kept_rows = _had(problem, previous)
    pins = np.bincount(problem.need[problem.pinned], minlength=len(had))
    was = np.isin(sets.rows, kept_rows)
    need = problem.need[sets.rows]
    change = (had[need] == 0).astype(np.int64) - was
    kept_pins = int(np.isin(np.flatnonzero(problem.pinned), kept_rows).sum())
    constant = int(had.sum()) - kept_pins + int(np.maximum(pins - had, 0).sum())
    growing = np.flatnonzero((had > 0) & (np.maximum(had, pins) < problem.wanted))
    n, n_sets, extra = sets.n_edges, len(sets.least), len(growing)
    # A need of its own had nobody: each pair is a change. One that had some may grow beyond it.
    beyond = sp.csr_array((need == growing[:, np.newaxis]).astype(np.int64))
    rows = sp.block_array(
        [
            [sets.matrix.astype(np.int64), sp.csr_array((n_sets, extra), dtype=np.int64)],
            [beyond, -sp.eye_array(extra, dtype=np.int64)],
        ],
        format="csr",
    )
    room = (problem.wanted - np.maximum(had, pins))[growing]
    most = np.maximum(had - pins, 0)[growing]
    crossing = Crossing(
        matrix=rows,
        sets=(
            np.concatenate((sets.least, np.full(extra, -n - 1))),
            np.concatenate((sets.most, most)),
        ),
        edges=(
            np.zeros(n + extra, dtype=np.int64),
            np.concatenate((np.ones(n, dtype=np.int64), room)),
        ),
        budget=budget,
    )
    none = np.zeros(extra, dtype=np.int64)
    gain = np.concatenate((problem.gain()[sets.rows], none))
    return _Counted(sets, crossing, gain, np.concatenate((change, none + 1)), constant)


def _had(problem: AssignmentProblem, previous: Pairs) -> tuple[LongArray, LongArray]:
    """Return int64 (n_needs,), matches before, and the pair rows of those still eligible."""
    had, rows = np.zeros(len(problem.need_ids), dtype=np.int64), []
    known = {str(key): at for at, key in enumerate(problem.need_ids)}
    for pair in previous:
        if pair[0] not in known:
            raise InvalidInputError(f"previous {pair[0]!r:.80}", "不认识的需求编号", "本轮中的编号")
        had[known[pair[0]]] += 1
        row = problem.row_of(*pair)
        if row is not None:
            rows.append(row)
    if len(set(previous)) < len(previous):
        raise InvalidInputError("previous", "有重复的配对", "每个配对只列一次")
    return had, np.array(sorted(rows), dtype=np.int64)


def _settled(counted: _Counted, space: Crossing, gain: LongArray, best: Searched) -> LongArray:
    """Return the choice with the fewest changes, then of the greatest lot, among the best."""
    chosen = best.chosen
    if best.bound > best.value:
        return chosen
    problem, rows = counted.sets.problem, counted.sets.rows
    lots = np.zeros(len(gain), dtype=np.int64)
    lots[: len(rows)] = lottery_weights(problem.seed, *problem.lots_of(rows))
    for aim in (-counted.change, lots >> _LOT_SHIFT):
        space = space.face(gain, best)
        space = replace(space, budget=space.budget.silent())
        gain = aim
        try:
            best = space.best(gain)
        except (InfeasibleError, SolverFailedError):
            # The value is held by an equation with large numbers; the choice so far is as good.
            return chosen
        chosen = best.chosen
        if best.bound > best.value:
            return chosen
    return chosen


def _made(counted: _Counted, chosen: LongArray, best: Searched, cost: int) -> Replan:
    problem, n = counted.sets.problem, counted.sets.n_edges
    pairs = np.flatnonzero(problem.pinned), counted.sets.rows[chosen[:n] > 0]
    constant = constant_of(problem)
    changes = counted.constant + int(counted.change @ chosen)
    objective = int(counted.gain @ chosen) + constant
    bound = best.bound + constant - cost * counted.constant
    assignment = Assignment(
        pairs=np.sort(np.concatenate(pairs)).astype(np.int32),
        duals=None,
        solver=SEARCHED,
        bound=max(objective, best.bound + constant + cost * (changes - counted.constant)),
    )
    return Replan(assignment, changes, objective, bound)
