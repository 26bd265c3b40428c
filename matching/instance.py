"""The instance format (docs/model.md): JSON in, checked assignment as JSON out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version
from typing import Any

import numpy as np

from matching.budget import DEFAULT_LIMIT_S, Budget
from matching.check import Certificate, check
from matching.conflict import clash
from matching.digest import digest
from matching.instance_reader import Instance, read_instance
from matching.instance_views import changes_in_words, explanations
from matching.network import Solver
from matching.objective import worth
from matching.outcomes import shortfalls
from matching.places import bottlenecks
from matching.problem import Assignment, AssignmentProblem
from matching.relax import cheapest_relaxations
from matching.sensitivity import one_more_place_each
from matching.tasks import Decided, decide
from matching.validate import SCALE
from peipao.errors import InfeasibleError, InvalidInputError

MOST_PLACES = 10
"""Providers of which one more place is solved again where minimums or nested groups hold."""

RELAX_LIMIT_S = 10.0


def solve_instance(
    instance: Mapping[str, Any],
    solver: str | Solver = "auto",
    *,
    explain: bool = False,
    what_if: Sequence[str] = (),
    longest_s: float = 3600.0,
    budget: Budget | None = None,
) -> dict[str, Any]:
    """Return the answer to an instance, JSON values.

    The same instance gives the same answer, unless its quotas cross and time runs out.

    Args:
        instance: in the format of docs/reference/instance.schema.json.
        solver: name of an engine for rounds without groups, or an engine.
        explain: adds why each pair was made, and why the best pair of a need left out was not.
        what_if: changes to try one at a time, such as `place:p1:+1`; adds what each brings.
        longest_s: seconds that `time_limit_s` may ask for at most.
        budget: who is told of a search and may stop it; its time is that of the instance.

    Raises:
        InvalidInputError: naming the key or pair that cannot be used, and what would be right.
        CheckFailedError: the independent checker refuses the answer.
    """
    read = read_instance(instance)
    limit_s = read.task.time_limit_s
    if limit_s is not None and limit_s > longest_s:
        right = f"大于 0、不超过 {longest_s:g} 的秒数"
        raise InvalidInputError("time_limit_s", f"{limit_s} 不可用", right)
    budget = replace(budget or Budget(), limit_s=limit_s or min(DEFAULT_LIMIT_S, longest_s))
    try:
        decided = decide(read.task, solver, budget)
    except InfeasibleError as failed:
        return _without_solution(read, failed)
    problem, assignment = read.problem, decided.assignment
    certificate = check(problem, assignment)
    certificate.require()
    answer = _answer(problem, decided, certificate)
    if explain:
        answer["explanations"] = explanations(problem, assignment, solver)
    if what_if:
        answer["what_if"] = changes_in_words(problem, assignment, what_if, solver)
    return answer


def _answer(
    problem: AssignmentProblem, decided: Decided, certificate: Certificate
) -> dict[str, Any]:
    assignment, figures = decided.assignment, worth(problem, decided.assignment)
    changes = {} if decided.changes is None else {"changes": decided.changes}
    return {
        "status": "optimal" if decided.optimal else "bounded",
        "total_affinity": figures.total_affinity,
        "objective_value": decided.objective / SCALE,
        "bound": decided.bound / SCALE,
        "matches": _matches(problem, assignment),
        "unmatched": [
            {"need": key, "unfilled": lack.unfilled, "reason": lack.reason}
            for key, lack in shortfalls(problem, assignment).items()
        ],
        "one_more_place": _one_more_place(problem, assignment),
        "certificate": {**certificate.to_json(), "digest": digest(problem, assignment)},
        "relaxations": [],
        "version": f"peipao {version('peipao')}",
        **decided.more,
        **changes,
    }


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
    if chain is None and read.task.changes_little:
        return answer
    limit = Budget(limit_s=read.task.time_limit_s or RELAX_LIMIT_S)
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
