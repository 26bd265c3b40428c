"""One hash of a result: equal inputs give equal digests on every machine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from matching.objective import worth
from matching.problem import Assignment, AssignmentProblem
from peipao.canonical import sha256_lines
from peipao.domain.records import Outcome


def digest(
    problem: AssignmentProblem, assignment: Assignment, outcomes: Sequence[Outcome] = ()
) -> str:
    """Return the SHA-256 of the canonical lines of a result.

    The name of the engine and the prices are left out: they say how it was found, not what.
    """
    return sha256_lines(result_lines(problem, assignment, outcomes))


def result_lines(
    problem: AssignmentProblem, assignment: Assignment, outcomes: Sequence[Outcome] = ()
) -> Iterator[list[object]]:
    """Yield the lines: seed and objective, matches by id with integer weight, outcomes by id."""
    figures = worth(problem, assignment)
    yield ["round", problem.seed, figures.objective, figures.total, figures.unfilled]
    weights = problem.weight[assignment.pairs].tolist()
    for (need_id, provider_id), weight in zip(assignment.ids(problem), weights, strict=True):
        yield ["match", need_id, provider_id, weight]
    for row in sorted(outcomes, key=lambda outcome: outcome.need_id):
        yield ["outcome", row.need_id, row.type.value, row.position, row.reason, row.officer]
