"""A task is a problem and what is asked of its plan; the same task gives the same plan."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from matching.assign import assign
from matching.budget import DEFAULT_LIMIT_S, Budget
from matching.network import Solver
from matching.objective import worth
from matching.problem import Assignment, AssignmentProblem
from matching.validate import SCALE

OBJECTIVES = ("total", "rawls", "leximin", "stable")

Orders = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Task:
    """A problem, and what its plan is to be.

    Attributes:
        problem: canonical; pins, vetoes, minimums and quotas are part of it.
        objective: one of `OBJECTIVES`.
        previous: the plan before, (need id, provider id); empty if there was none.
        max_changes: changes to it allowed; None is without limit.
        change_cost: affinity units, >= 0, of each change to it.
        need_order, provider_order: id -> ids of the other side, best first; for `stable` alone.
        time_limit_s: seconds of branch and bound where quotas cross; None is the default.
    """

    problem: AssignmentProblem
    objective: str = "total"
    previous: tuple[tuple[str, str], ...] = ()
    max_changes: int | None = None
    change_cost: float = 0.0
    need_order: Orders = field(default_factory=dict)
    provider_order: Orders = field(default_factory=dict)
    time_limit_s: float | None = None

    @property
    def changes_little(self) -> bool:
        """Tell whether changes to the plan before are limited or cost something."""
        return self.max_changes is not None or self.change_cost > 0


@dataclass(frozen=True, slots=True)
class Decided:
    """A plan and what to say of it.

    Attributes:
        assignment: the plan.
        objective: integer units, after the costs of changes.
        bound: integer units; no plan that does what is asked has a greater objective. The plan is
            the best if it is the objective, which only a search that ran out of time can miss.
        changes: places whose holder differs from the plan before; None if there was none.
        more: what only this objective has to say, JSON values.
    """

    assignment: Assignment
    objective: int
    bound: int
    changes: int | None
    more: Mapping[str, Any]

    @property
    def optimal(self) -> bool:
        """Tell whether the plan is proven to be the best for what was asked."""
        return self.objective >= self.bound


def decide(task: Task, solver: str | Solver = "auto", budget: Budget | None = None) -> Decided:
    """Return the plan of a task.

    The same task gives the same plan, unless its quotas cross and time runs out.

    Args:
        task: what is asked.
        solver: name of an engine for rounds without groups, or an engine.
        budget: who is told of the search and may stop it; None is the time the task allows.

    Raises:
        InfeasibleError: there is no such plan.
        SolverFailedError: an engine failed, or found nothing in the time allowed.
    """
    budget = budget or Budget(limit_s=task.time_limit_s or DEFAULT_LIMIT_S)
    return _WAYS[task.objective](task, solver, budget)


def value(task: Task, plan: Assignment) -> int:
    """Return what a plan is worth to a task in integer units: its objective, less its changes."""
    return worth(task.problem, plan).objective - costs(task, plan)


def costs(task: Task, plan: Assignment) -> int:
    """Return what the changes of a plan to the one before cost, in integer units."""
    return round(task.change_cost * SCALE) * (changes(task, plan) or 0)


def changes(task: Task, answer: Assignment) -> int | None:
    """Return how many places changed, if there was a plan before."""
    if not task.previous:
        return None
    now = answer.ids(task.problem)
    total = 0
    for key in {need for need, _ in (*now, *task.previous)}:
        before = {provider for need, provider in task.previous if need == key}
        after = {provider for need, provider in now if need == key}
        total += max(len(before), len(after)) - len(before & after)
    return total


def _total(task: Task, solver: str | Solver, budget: Budget) -> Decided:
    if task.changes_little:
        return _changing_little(task, budget)
    answer = assign(task.problem, solver, budget)
    objective = worth(task.problem, answer).objective
    bound = objective if answer.bound is None else answer.bound
    return Decided(answer, objective, bound, changes(task, answer), {})


# What a plain round does not need is loaded when it is asked for: scipy takes its time.
def _changing_little(task: Task, budget: Budget) -> Decided:
    from matching.changes import replan

    found = replan(
        task.problem,
        task.previous,
        max_changes=task.max_changes,
        change_cost=task.change_cost,
        budget=budget,
    )
    costs = round(task.change_cost * SCALE) * found.changes
    objective = found.objective - costs
    return Decided(found.assignment, objective, max(found.bound, objective), found.changes, {})


def _rawls(task: Task, solver: str | Solver, budget: Budget) -> Decided:
    from matching.fair import assign_rawls

    found = assign_rawls(task.problem, solver, budget)
    return _proven(task, found.assignment, {"worst": found.worst, "price": found.price})


def _leximin(task: Task, solver: str | Solver, budget: Budget) -> Decided:
    from matching.fair import assign_leximin

    found = assign_leximin(task.problem, solver=solver, budget=budget)
    return _proven(task, found.assignment, {"worst": found.worst, "price": found.price})


def _stable(task: Task, solver: str | Solver, _budget: Budget) -> Decided:
    from matching.stable import assign_stable, preferences

    wishes = preferences(task.problem, task.need_order, task.provider_order)
    found = assign_stable(task.problem, wishes, solver)
    return _proven(task, found.assignment, {"price": found.price})


_Way = Callable[[Task, str | Solver, Budget], Decided]
_WAYS: Mapping[str, _Way] = {
    "total": _total,
    "rawls": _rawls,
    "leximin": _leximin,
    "stable": _stable,
}


def _proven(task: Task, answer: Assignment, more: dict[str, Any]) -> Decided:
    """Return a plan that is the best for its own aims, whatever the greatest objective is."""
    objective = worth(task.problem, answer).objective
    return Decided(answer, objective, objective, changes(task, answer), more)
