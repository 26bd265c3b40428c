"""The instance format (docs/model.md): JSON in, checked assignment as JSON out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np

from matching.assign import assign
from matching.budget import DEFAULT_LIMIT_S, Budget
from matching.changes import replan
from matching.check import Certificate, check
from matching.conflict import clash
from matching.digest import digest
from matching.fair import assign_leximin, assign_rawls
from matching.instance_reader import Instance, read_instance
from matching.instance_views import changes_in_words, explanations
from matching.network import Solver
from matching.objective import worth
from matching.outcomes import shortfalls
from matching.places import bottlenecks
from matching.problem import Assignment, AssignmentProblem
from matching.relax import cheapest_relaxations
from matching.sensitivity import one_more_place_each
from matching.stable import assign_stable, preferences
from matching.validate import SCALE
from peipao.errors import InfeasibleError, InvalidInputError

MOST_PLACES = 10
"""Providers of which one more place is solved again where minimums or nested groups hold."""

RELAX_LIMIT_S = 10.0


@dataclass(frozen=True, slots=True)
class _Solved:
    """A plan and what to say of it.

    Attributes:
        greatest: integer units; the plan is the best if its objective (after costs) is this.
        costs: integer units, of changes; more: keys of the answer that only this way has.
    """

    assignment: Assignment
    greatest: int
    costs: int
    more: dict[str, Any]


def solve_instance(
    instance: Mapping[str, Any],
    solver: str | Solver = "auto",
    *,
    explain: bool = False,
    what_if: Sequence[str] = (),
    longest_s: float = 3600.0,
) -> dict[str, Any]:
    """Return the answer to an instance, JSON values.

    The same instance gives the same answer, unless its quotas cross and time runs out.

    Args:
        instance: in the format of docs/reference/instance.schema.json.
        solver: name of an engine for rounds without groups, or an engine.
        explain: adds why each pair was made, and why the best pair of a need left out was not.
        what_if: changes to try one at a time, such as `place:p1:+1`; adds what each brings.
        longest_s: seconds that `time_limit_s` may ask for at most.

    Raises:
        InvalidInputError: naming the key or pair that cannot be used, and what would be right.
        CheckFailedError: the independent checker refuses the answer.
    """
    read = read_instance(instance)
    if read.time_limit_s is not None and read.time_limit_s > longest_s:
        right = f"大于 0、不超过 {longest_s:g} 的秒数"
        raise InvalidInputError("time_limit_s", f"{read.time_limit_s} 不可用", right)
    budget = Budget(limit_s=read.time_limit_s or min(DEFAULT_LIMIT_S, longest_s))
    try:
        solved = _WAYS[read.objective](read, solver, budget)
    except InfeasibleError as failed:
        return _without_solution(read, failed)
    problem, assignment = read.problem, solved.assignment
    certificate = check(problem, assignment)
    certificate.require()
    answer = _answer(problem, solved, certificate)
    if explain:
        answer["explanations"] = explanations(problem, assignment, solver)
    if what_if:
        answer["what_if"] = changes_in_words(problem, assignment, what_if, solver)
    return answer


def _answer(
    problem: AssignmentProblem, solved: _Solved, certificate: Certificate
) -> dict[str, Any]:
    assignment, figures = solved.assignment, worth(problem, solved.assignment)
    objective = figures.objective - solved.costs
    return {
        "status": "optimal" if objective >= solved.greatest else "bounded",
        "total_affinity": figures.total_affinity,
        "objective_value": objective / SCALE,
        "bound": max(solved.greatest, objective) / SCALE,
        "matches": _matches(problem, assignment),
        "unmatched": [
            {"need": key, "unfilled": lack.unfilled, "reason": lack.reason}
            for key, lack in shortfalls(problem, assignment).items()
        ],
        "one_more_place": _one_more_place(problem, assignment),
        "certificate": {**certificate.to_json(), "digest": digest(problem, assignment)},
        "relaxations": [],
        "version": f"peipao {version('peipao')}",
        **solved.more,
    }


def _total(read: Instance, solver: str | Solver, budget: Budget) -> _Solved:
    if read.changes_little:
        return _changing_little(read, budget)
    answer = assign(read.problem, solver, budget)
    objective = worth(read.problem, answer).objective
    greatest = objective if answer.bound is None else answer.bound
    return _Solved(answer, greatest, 0, _changes(read, answer))


def _changing_little(read: Instance, budget: Budget) -> _Solved:
    found = replan(
        read.problem,
        read.previous or [],
        max_changes=read.max_changes,
        change_cost=read.change_cost,
        budget=budget,
    )
    costs = round(read.change_cost * SCALE) * found.changes
    return _Solved(found.assignment, found.bound, costs, {"changes": found.changes})


def _rawls(read: Instance, solver: str | Solver, budget: Budget) -> _Solved:
    found = assign_rawls(read.problem, solver, budget)
    more = {"worst": found.worst, "price": found.price, **_changes(read, found.assignment)}
    return _proven(read.problem, found.assignment, more)


def _leximin(read: Instance, solver: str | Solver, budget: Budget) -> _Solved:
    found = assign_leximin(read.problem, solver=solver, budget=budget)
    more = {"worst": found.worst, "price": found.price, **_changes(read, found.assignment)}
    return _proven(read.problem, found.assignment, more)


def _stable(read: Instance, solver: str | Solver, _budget: Budget) -> _Solved:
    wishes = preferences(read.problem, read.need_order, read.provider_order)
    found = assign_stable(read.problem, wishes, solver)
    more = {"price": found.price, **_changes(read, found.assignment)}
    return _proven(read.problem, found.assignment, more)


_Way = Callable[[Instance, str | Solver, Budget], _Solved]
_WAYS: Mapping[str, _Way] = {
    "total": _total,
    "rawls": _rawls,
    "leximin": _leximin,
    "stable": _stable,
}


def _proven(problem: AssignmentProblem, answer: Assignment, more: dict[str, Any]) -> _Solved:
    """Return a plan that is the best for its own aims, whatever the greatest objective is."""
    return _Solved(answer, worth(problem, answer).objective, 0, more)


def _changes(read: Instance, answer: Assignment) -> dict[str, Any]:
    """Return how many places changed, if a plan before was given."""
    if read.previous is None:
        return {}
    now = answer.ids(read.problem)
    total = 0
    for key in {need for need, _ in (*now, *read.previous)}:
        before = {provider for need, provider in read.previous if need == key}
        after = {provider for need, provider in now if need == key}
        total += max(len(before), len(after)) - len(before & after)
    return {"changes": total}


def _without_solution(read: Instance, failed: InfeasibleError) -> dict[str, Any]:
    """Return the answer where there is none: why, and the cheapest way out."""
    chain = clash(read.problem)
    answer: dict[str, Any] = {
        "status": "infeasible",
        "total_affinity": None,
        "objective_value": None,
        "bound": None,
        "matches": [],
        "unmatched": [],
        "one_more_place": None,
        "certificate": None,
        "relaxations": [],
        "version": f"peipao {version('peipao')}",
        "clash": {
            "sentence": str(failed) if chain is None else chain.sentence,
            "links": [] if chain is None else list(chain.links),
            "unserved": {} if chain is None else chain.unserved,
        },
    }
    if chain is None and read.changes_little:
        return answer
    limit = Budget(limit_s=read.time_limit_s or RELAX_LIMIT_S)
    try:
        relief = cheapest_relaxations(read.problem, read.costs, limit)
    except InfeasibleError:
        return answer
    answer["relaxations"] = [
        {"give": unit.give.value, "id": unit.id, "provider": unit.provider, "cost": unit.cost}
        | {"sentence": unit.sentence}
        for unit in relief.units
    ]
    return {**answer, "relaxation_cost": relief.cost, "relaxation_bound": relief.bound}


def _matches(problem: AssignmentProblem, assignment: Assignment) -> list[dict[str, Any]]:
    weights = problem.weight[assignment.pairs].tolist()
    return [
        {"need": need, "provider": provider, "affinity": weight / SCALE}
        for (need, provider), weight in zip(assignment.ids(problem), weights, strict=True)
    ]


def _one_more_place(problem: AssignmentProblem, assignment: Assignment) -> dict[str, float] | None:
    """Return provider id -> gain, for the providers of which one more place would gain.

    None where the plan is not the one of the greatest objective, proven by prices.
    """
    if assignment.bound is not None:
        return None
    if problem.limits is not None:
        found = bottlenecks(problem, assignment, MOST_PLACES)
        return {one.id: one.gain for one in found if not one.group}
    gain = one_more_place_each(problem, assignment)
    rows = np.flatnonzero(gain > 0)
    return {str(problem.provider_ids[row]): int(gain[row]) / SCALE for row in rows}
