"""Why not this pair: everything that stands in its way, each tried by solving again without it.

Nothing is inferred from prices. A pair is forced, with and without the obstacle; what that costs
is the answer. An obstacle is *decisive* if the pair belongs to some optimum once it is gone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from matching.giving import Give, Relaxation, relaxed_problem
from matching.network import Solver
from matching.places import with_places, with_quota
from matching.problem import Assignment, AssignmentProblem
from matching.sensitivity import best_objective, with_pin
from matching.validate import SCALE
from peipao.errors import InfeasibleError


class Hindrance(StrEnum):
    """What sort of thing stands in the way of a pair."""

    VETO = "veto"
    RESERVATION = "reservation"
    CAPACITY = "capacity"
    PLACES = "need-places"
    PIN = "pin"
    QUOTA = "quota"
    MINIMUM = "minimum"


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One thing that stands in the way, and what is left once it is gone.

    Attributes:
        sort: of what sort; id: of the provider, group or need it belongs to (needs masked).
        before: affinity units, what forcing the pair costs today; None if it cannot be forced.
        after: likewise without the obstacle.
        decisive: True if the pair then belongs to some optimum.
        sentence: Chinese.
    """

    sort: Hindrance
    id: str
    before: float | None
    after: float | None
    decisive: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class Removed:
    """The problem without one obstacle."""

    sort: Hindrance
    id: str
    problem: AssignmentProblem
    words: str


def obstacles(
    problem: AssignmentProblem,
    assignment: Assignment,
    row: int,
    solver: str | Solver = "auto",
) -> tuple[Obstacle, ...]:
    """Return what stands in the way of a pair that was not made; those that help at all.

    Args:
        problem: as solved.
        assignment: an optimal assignment of it.
        row: a pair that is not part of it.
        solver: engine for solving again.
    """
    best = best_objective(problem, solver)
    before = _loss(problem, row, best, solver)
    found = []
    for one in removals(problem, assignment, row):
        try:
            best = best_objective(one.problem, solver)
        except InfeasibleError:
            continue
        after = _loss(one.problem, row, best, solver)
        if after is not None and (before is None or after < before):
            found.append(_told(one, before, after))
    return tuple(found)


def _told(one: Removed, before: int | None, after: int) -> Obstacle:
    end = "即可配对" if after == 0 else f"后强行配对的损失为 {after / SCALE:.4f}"
    return Obstacle(
        sort=one.sort,
        id=one.id,
        before=None if before is None else before / SCALE,
        after=after / SCALE,
        decisive=after == 0,
        sentence=f"{one.words}{end}",
    )


def _loss(problem: AssignmentProblem, row: int, best: int, solver: str | Solver) -> int | None:
    """Return what forcing the pair costs; None if there is no solution with it."""
    if not _can_be_forced(problem, row):
        return None
    try:
        return best - best_objective(with_pin(problem, row), solver)
    except InfeasibleError:
        return None


def _can_be_forced(problem: AssignmentProblem, row: int) -> bool:
    need, provider = problem.need[row], problem.provider[row]
    low = problem.weight[row] < problem.reservation[need]
    left = problem.wanted_left()[need] > 0 and problem.capacity_left()[provider] > 0
    return bool(left and not low and not problem.vetoed[row])


def removals(problem: AssignmentProblem, assignment: Assignment, row: int) -> Iterator[Removed]:
    """Yield the problem without each thing that may stand in the way."""
    need, provider = int(problem.need[row]), int(problem.provider[row])
    if problem.vetoed[row]:
        vetoed = problem.vetoed.copy()
        vetoed[row] = False
        yield Removed(Hindrance.VETO, "", replace(problem, vetoed=vetoed), "若撤销人工否决,")
    if problem.weight[row] < problem.reservation[need]:
        reservation = problem.reservation.copy()
        reservation[need] = problem.weight[row]
        changed = replace(problem, reservation=reservation)
        yield Removed(Hindrance.RESERVATION, "", changed, "若保留值降到该配对的匹配度,")
    key = str(problem.provider_ids[provider])
    used = int((problem.provider[assignment.pairs] == provider).sum())
    if used >= problem.capacity[provider]:
        words = f"若资源方 {key} 增加 1 个名额,"
        yield Removed(Hindrance.CAPACITY, key, with_places(problem, key, 1), words)
    has = int((problem.need[assignment.pairs] == need).sum())
    if has >= problem.wanted[need]:
        wanted = problem.wanted + (np.arange(len(problem.wanted)) == need)
        changed = replace(problem, wanted=wanted)
        yield Removed(Hindrance.PLACES, "", changed, "若该需求多要 1 个名额,")
    yield from _pins(problem, row)
    yield from _quotas(problem, assignment, row)
    yield from _minimums(problem, assignment, row)


def _pins(problem: AssignmentProblem, row: int) -> Iterator[Removed]:
    same = (problem.need == problem.need[row]) | (problem.provider == problem.provider[row])
    for pin in np.flatnonzero(problem.pinned & same).tolist():
        need = str(problem.need_ids[problem.need[pin]])
        provider = str(problem.provider_ids[problem.provider[pin]])
        own = problem.need[pin] == problem.need[row]
        changed = relaxed_problem(problem, [Relaxation(Give.PIN, need, provider, 0.0, "")])
        words = f"若取消{'该需求对' if own else '他人对'}资源方 {provider} 的指定,"
        yield Removed(Hindrance.PIN, provider, changed, words)


def _quotas(problem: AssignmentProblem, assignment: Assignment, row: int) -> Iterator[Removed]:
    for group in problem.groups:
        inside = bool(np.isin(row, group.rows))
        have = int(np.isin(group.rows, assignment.pairs).sum())
        if inside and have >= group.most:
            words = f"若分组 {group.id} 的上限加 1,"
            yield Removed(Hindrance.QUOTA, group.id, with_quota(problem, group.id, 1), words)
        if have <= group.least and group.least > 0:
            unit = Relaxation(Give.GROUP_MIN, group.id, None, 0.0, "")
            words = f"若分组 {group.id} 的下限减 1,"
            changed = relaxed_problem(problem, [unit])
            yield Removed(Hindrance.MINIMUM, group.id, changed, words)


def _minimums(problem: AssignmentProblem, assignment: Assignment, row: int) -> Iterator[Removed]:
    """Yield without the minimums of those who would have to give something up."""
    held = problem.provider[assignment.pairs] == problem.provider[row]
    own = problem.need[assignment.pairs] == problem.need[row]
    for need in np.unique(problem.need[assignment.pairs[held]]).tolist():
        if problem.need_min()[need] > 0:
            key = str(problem.need_ids[need])
            changed = relaxed_problem(problem, [Relaxation(Give.NEED_MIN, key, None, 0.0, "")])
            words = "若占用名额的需求的下限减 1,"
            yield Removed(Hindrance.MINIMUM, "", changed, words)
    for provider in np.unique(problem.provider[assignment.pairs[own]]).tolist():
        if problem.provider_min()[provider] > 0:
            key = str(problem.provider_ids[provider])
            unit = Relaxation(Give.PROVIDER_MIN, key, None, 0.0, "")
            words = f"若资源方 {key} 的下限减 1,"
            changed = relaxed_problem(problem, [unit])
            yield Removed(Hindrance.MINIMUM, key, changed, words)
