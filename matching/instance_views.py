"""What a solved instance can tell on request: why, why not, and what if."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from matching.explain import PairExplanation, explain_pair
from matching.network import Solver
from matching.objective import worth
from matching.obstacles import obstacles
from matching.places import with_places, with_quota
from matching.problem import Assignment, AssignmentProblem
from matching.sensitivity import best_objective, with_pin, with_veto
from matching.validate import SCALE
from peipao.errors import InfeasibleError, InvalidInputError, NotFoundError

MOST_EXPLAINED = 200
"""Pairs explained at most: each costs a solve again."""

_RIGHT = "place:资源方:+1、quota:分组:-1、pin:需求:资源方 或 veto:需求:资源方"


def explanations(
    problem: AssignmentProblem, assignment: Assignment, solver: str | Solver = "auto"
) -> list[dict[str, Any]]:
    """Return why each pair was made, and why the best pair of a need that lacks one was not."""
    made = set(assignment.pairs.tolist())
    has = np.bincount(problem.need[assignment.pairs], minlength=len(problem.need_ids))
    rows = sorted(made)
    start = np.searchsorted(problem.need, np.arange(len(problem.need_ids) + 1))
    for at in np.flatnonzero(has < problem.wanted).tolist():
        left = [row for row in range(start[at], start[at + 1]) if row not in made]
        if left:
            rows.append(max(left, key=lambda row: int(problem.weight[row])))
    found = []
    for row in rows[:MOST_EXPLAINED]:
        need = str(problem.need_ids[problem.need[row]])
        provider = str(problem.provider_ids[problem.provider[row]])
        told = _told(explain_pair(problem, assignment, need, provider, solver=solver))
        if row not in made:
            found_here = obstacles(problem, assignment, row, solver)
            told["obstacles"] = [one.sentence for one in found_here]
        found.append(told)
    return found


def _told(found: PairExplanation) -> dict[str, Any]:
    return {
        "need": found.need_id,
        "provider": found.provider_id,
        "made": found.made,
        "ground": found.ground.value,
        "rank": found.rank,
        "margin": found.margin,
        "flip": found.flip,
        "sentence": found.sentence,
    }


def changes_in_words(
    problem: AssignmentProblem,
    assignment: Assignment,
    questions: Sequence[str],
    solver: str | Solver = "auto",
) -> list[dict[str, Any]]:
    """Return what each change would bring, tried one at a time by solving again.

    Args:
        problem: as solved.
        assignment: what was decided.
        questions: `place:<provider>:<change>`, `quota:<group>:<change>`,
            `pin:<need>:<provider>` or `veto:<need>:<provider>`.
        solver: engine.

    Raises:
        InvalidInputError: a question cannot be read.
        NotFoundError: it names something that is not in the round.
    """
    before = worth(problem, assignment).objective
    found = []
    for question in questions:
        answer: dict[str, Any] = {"question": question, "feasible": True, "gain": None}
        try:
            after = best_objective(_changed(problem, question), solver)
            answer["gain"] = (after - before) / SCALE
        except InfeasibleError:
            answer["feasible"] = False
        found.append(answer)
    return found


def _changed(problem: AssignmentProblem, question: str) -> AssignmentProblem:
    verb, _, rest = question.partition(":")
    first, _, second = rest.partition(":")
    if verb in {"place", "quota"} and first and _is_whole(second):
        return (with_places if verb == "place" else with_quota)(problem, first, int(second))
    if verb in {"pin", "veto"} and first and second:
        row = problem.row_of(first, second)
        if row is None:
            raise NotFoundError("合格的配对", f"{first}/{second}")
        if verb == "veto":
            return with_veto(problem, row)
        problem = replace(problem, vetoed=problem.vetoed & (np.arange(len(problem.vetoed)) != row))
        return _pinned(problem, row)
    raise InvalidInputError(f"what-if {question!r:.80}", "读不懂", _RIGHT)


def _pinned(problem: AssignmentProblem, row: int) -> AssignmentProblem:
    changed = with_pin(problem, row)
    if (changed.wanted_left() < 0).any() or (changed.capacity_left() < 0).any():
        raise InfeasibleError("名额已被其他指定占用")
    return changed


def _is_whole(text: str) -> bool:
    digits = text.removeprefix("+").removeprefix("-")
    return digits.isascii() and digits.isdigit() and len(digits) <= 6
