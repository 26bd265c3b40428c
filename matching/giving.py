"""Limits that give way by whole units, and the problem once they have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from matching.problem import AssignmentProblem


class Give(StrEnum):
    """What gives way."""

    PLACE = "provider-place"
    PROVIDER_MIN = "provider-min"
    NEED_MIN = "need-min"
    GROUP_MAX = "group-max"
    GROUP_MIN = "group-min"
    PIN = "pin"
    VETO = "veto"


@dataclass(frozen=True, slots=True)
class Relaxation:
    """One unit that gives way.

    Attributes:
        give: what; id: of the need, provider or group.
        provider: of a pin or a veto, the provider; else None.
        cost: of this unit, as staff set it (to a millionth).
        sentence: Chinese.
    """

    give: Give
    id: str
    provider: str | None
    cost: float
    sentence: str


def relaxed_problem(
    problem: AssignmentProblem, relaxations: Sequence[Relaxation]
) -> AssignmentProblem:
    """Return the problem with the units given way."""
    changed = problem
    for one in relaxations:
        changed = _APPLY[one.give](changed, one)
    return changed


def _place(problem: AssignmentProblem, one: Relaxation) -> AssignmentProblem:
    return replace(problem, capacity=problem.capacity + (problem.provider_ids == one.id))


def _node_min(problem: AssignmentProblem, one: Relaxation) -> AssignmentProblem:
    limits = problem.limits
    if limits is None:
        return problem
    if one.give is Give.NEED_MIN:
        limits = replace(limits, need_min=limits.need_min - (problem.need_ids == one.id))
    else:
        least = limits.provider_min - (problem.provider_ids == one.id)
        limits = replace(limits, provider_min=least)
    return replace(problem, limits=limits.or_none())


def _quota(problem: AssignmentProblem, one: Relaxation) -> AssignmentProblem:
    if problem.limits is None:
        return problem
    up, down = (1, 0) if one.give is Give.GROUP_MAX else (0, 1)
    groups = tuple(
        replace(group, least=group.least - down, most=group.most + up)
        if group.id == one.id
        else group
        for group in problem.groups
    )
    return replace(problem, limits=replace(problem.limits, groups=groups))


def _pin(problem: AssignmentProblem, one: Relaxation) -> AssignmentProblem:
    row = problem.row_of(one.id, one.provider or "")
    pinned = problem.pinned.copy()
    pinned[row] = False
    return replace(problem, pinned=pinned)


def _veto(problem: AssignmentProblem, one: Relaxation) -> AssignmentProblem:
    row = problem.row_of(one.id, one.provider or "")
    vetoed = problem.vetoed.copy()
    vetoed[row] = False
    return replace(problem, vetoed=vetoed)


_APPLY = {
    Give.PLACE: _place,
    Give.PROVIDER_MIN: _node_min,
    Give.NEED_MIN: _node_min,
    Give.GROUP_MAX: _quota,
    Give.GROUP_MIN: _quota,
    Give.PIN: _pin,
    Give.VETO: _veto,
}
