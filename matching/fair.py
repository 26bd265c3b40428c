"""Fair rounds: first serve the most, then lift the worst, then the value; one aim after the other.

Each aim is solved exactly on the face of all plans that are best for the aims before it, so none
is traded for the next. What fairness costs is the difference to the greatest objective.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from matching.budget import Budget
from matching.limited import made, settled
from matching.network import LongArray, Solver
from matching.objective import worth
from matching.problem import Assignment, AssignmentProblem
from matching.spaces import Best, Space, space_of
from matching.validate import SCALE
from peipao.errors import InvalidInputError, SolverFailedError

BANDS = 20


@dataclass(frozen=True, slots=True)
class FairPlan:
    """A plan that is fair first and good second.

    Attributes:
        assignment: its `bound` is the greatest objective that any plan has, proven by its duals.
        worst: affinity of the worst match that nobody pinned; None without any.
        price: affinity units, >= 0; what the objective gives up for fairness.
    """

    assignment: Assignment
    worst: float | None
    price: float


def assign_rawls(
    problem: AssignmentProblem, solver: str | Solver = "auto", budget: Budget | None = None
) -> FairPlan:
    """Return the plan that fills the most places, then lifts the worst match, then the objective.

    Raises:
        InfeasibleError: the limits cannot all be met.
        SolverFailedError: an engine failed, or time ran out where quotas cross.
    """
    space = space_of(problem, solver, budget and budget.silent())
    weight = problem.weight[space.rows]
    most = _proven(space.best(np.ones(len(weight), dtype=np.int64))).face
    levels = np.unique(weight)
    low, high = 0, len(levels) - 1
    while low < high:
        middle = (low + high + 1) // 2
        below = (weight < levels[middle]).astype(np.int64)
        low, high = (middle, high) if _proven(most.best(-below)).value == 0 else (low, middle - 1)
    aims = [-(weight < levels[low]).astype(np.int64)] if len(levels) else []
    return _fair(problem, space, most, aims, budget)


def assign_leximin(
    problem: AssignmentProblem,
    bands: int = BANDS,
    solver: str | Solver = "auto",
    budget: Budget | None = None,
) -> FairPlan:
    """Return the plan that fills the most places, with as few as can be in the lowest band.

    Among those it has as few as can be in the next band, and so on; then the objective.

    Args:
        problem: canonical.
        bands: affinity is cut into so many bands of equal width, 2 to 1000.
        solver: engine where there are no groups.
        budget: time allowed for each aim where quotas cross.

    Raises:
        InvalidInputError: the number of bands is out of range.
        InfeasibleError: the limits cannot all be met.
        SolverFailedError: an engine failed, or time ran out where quotas cross.
    """
    if not 2 <= bands <= 1000:
        raise InvalidInputError("bands", f"{bands} 不可用", "2 至 1000 的整数")
    space = space_of(problem, solver, budget and budget.silent())
    band = np.minimum(problem.weight[space.rows] * bands // SCALE, bands - 1)
    most = _proven(space.best(np.ones(len(band), dtype=np.int64))).face
    aims = [-(band == level).astype(np.int64) for level in np.unique(band)[:-1].tolist()]
    return _fair(problem, space, most, aims, budget)


def assign_by_waiting(
    problem: AssignmentProblem,
    waited: Mapping[str, int],
    solver: str | Solver = "auto",
    budget: Budget | None = None,
) -> FairPlan:
    """Return the plan that fills the most places of those who waited longest, then of the next.

    Args:
        problem: canonical.
        waited: need id -> how long, in whole units of any sort (days, bands); absent is 0.
        solver: engine where there are no groups.
        budget: time allowed for each aim where quotas cross.

    Raises:
        InfeasibleError: the limits cannot all be met.
        SolverFailedError: an engine failed, or time ran out where quotas cross.
    """
    space = space_of(problem, solver, budget and budget.silent())
    of_need = np.array([waited.get(key, 0) for key in problem.need_ids.tolist()], dtype=np.int64)
    waiting = of_need[problem.need[space.rows]]
    aims = [(waiting == level).astype(np.int64) for level in np.unique(waiting)[::-1].tolist()]
    return _fair(problem, space, space, aims, budget)


def _fair(
    problem: AssignmentProblem,
    space: Space,
    start: Space,
    aims: Iterable[LongArray],
    budget: Budget | None,
) -> FairPlan:
    gain = problem.gain()[space.rows]
    face = start
    for aim in aims:
        if aim[face.free].any():
            face = _proven(face.best(aim)).face
    best = _proven(face.best(gain))
    chosen, drawn = settled(problem, best, budget and budget.silent())
    total = space.best(gain)
    assignment = made(problem, space, chosen, total, drawn)
    constant = worth(problem, assignment).objective - int(gain[chosen].sum())
    assignment = replace(assignment, bound=total.bound + constant)
    worst = problem.weight[space.rows[chosen]].min(initial=SCALE + 1)
    return FairPlan(
        assignment=assignment,
        worst=None if worst > SCALE else int(worst) / SCALE,
        price=(total.bound - best.value) / SCALE,
    )


def _proven(best: Best) -> Best:
    if best.bound > best.value:
        raise SolverFailedError("在规定时间内未能证明最优,无法进入下一目标:请放宽时间上限")
    return best
