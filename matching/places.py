"""What one place more or less brings or costs: of a provider, a group, a district; bottlenecks.

Every answer is the difference of two exact solves. Prices only say where it is worth looking: one
more place never gains more than its price where the round is a flow, so candidates are taken in
the order of their prices until no other can beat those already solved.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from matching.network import LongArray, Solver
from matching.objective import worth
from matching.problem import Assignment, AssignmentProblem
from matching.sensitivity import best_objective, one_more_place_each
from matching.validate import SCALE
from peipao.errors import InfeasibleError, NotFoundError


@dataclass(frozen=True, slots=True)
class Bottleneck:
    """A limit that holds the round back.

    Attributes:
        group: True for the maximum of a group, False for the places of a provider.
        id: of the provider or group.
        gain: affinity units, > 0; what the objective gains with one more.
    """

    group: bool
    id: str
    gain: float


def with_places(problem: AssignmentProblem, provider_id: str, change: int) -> AssignmentProblem:
    """Return the problem in which a provider has so many places more (or fewer).

    Raises:
        NotFoundError: the provider is not in the round.
        InfeasibleError: pins or its minimum need the places that would go.
    """
    here = problem.provider_ids == provider_id
    if not here.any():
        raise NotFoundError("资源方", provider_id)
    changed = replace(problem, capacity=problem.capacity + change * here)
    short = changed.capacity_left() < changed.provider_min_left()
    if (short & here).any() or (changed.capacity_left() < 0).any():
        raise InfeasibleError(f"资源方 {provider_id} 的名额已被指定或下限占用")
    return changed


def with_quota(problem: AssignmentProblem, group_id: str, change: int) -> AssignmentProblem:
    """Return the problem in which the maximum of a group is so much higher (or lower).

    Raises:
        NotFoundError: there is no such group.
        InfeasibleError: its minimum needs what would go.
    """
    found = [group for group in problem.groups if group.id == group_id]
    if not found or problem.limits is None:
        raise NotFoundError("分组", group_id)
    if found[0].most + change < found[0].least:
        raise InfeasibleError(f"分组 {group_id} 的上限不能低于下限 {found[0].least}")
    groups = tuple(
        replace(group, most=group.most + change) if group.id == group_id else group
        for group in problem.groups
    )
    return replace(problem, limits=replace(problem.limits, groups=groups))


def one_place_less(
    problem: AssignmentProblem, provider_id: str, solver: str | Solver = "auto"
) -> float | None:
    """Return what the objective loses, in affinity units, if the provider had one place less.

    Two exact solves. None if the round would have no solution then.

    Raises:
        NotFoundError: the provider is not in the round.
    """
    try:
        after = best_objective(with_places(problem, provider_id, -1), solver)
    except InfeasibleError:
        return None
    return (best_objective(problem, solver) - after) / SCALE


def one_more_in_group(
    problem: AssignmentProblem, group_id: str, solver: str | Solver = "auto"
) -> float:
    """Return what the objective gains, in affinity units, with the maximum of a group one higher.

    Raises:
        NotFoundError: there is no such group.
    """
    after = best_objective(with_quota(problem, group_id, 1), solver)
    return (after - best_objective(problem, solver)) / SCALE


def one_more_among(
    problem: AssignmentProblem,
    assignment: Assignment,
    provider_ids: Iterable[str],
    solver: str | Solver = "auto",
) -> Bottleneck | None:
    """Return where among some providers, such as those of a district, one more place gains most.

    None if it gains nothing anywhere. Equals: the first by id.
    """
    inside = set(provider_ids)
    reached = _reached(problem, assignment)
    among = [one for one in reached if not one.group and one.id in inside]
    found = _most_gaining(problem, worth(problem, assignment).objective, among, 1, solver)
    return found[0] if found else None


def bottlenecks(
    problem: AssignmentProblem,
    assignment: Assignment,
    most: int = 10,
    solver: str | Solver = "auto",
) -> list[Bottleneck]:
    """Return the places and group maximums of which one more gains most, greatest first.

    Args:
        problem: as solved.
        assignment: an optimal assignment of it.
        most: length of the list.
        solver: engine for solving again.
    """
    before = worth(problem, assignment).objective
    return _most_gaining(problem, before, _reached(problem, assignment), most, solver)


@dataclass(frozen=True, slots=True, order=True)
class _Reached:
    """A limit that is used up; `most` is minus the units that one more cannot exceed."""

    most: int
    group: bool
    id: str


def _most_gaining(
    problem: AssignmentProblem,
    before: int,
    candidates: Sequence[_Reached],
    most: int,
    solver: str | Solver,
) -> list[Bottleneck]:
    found: list[Bottleneck] = []
    for one in sorted(candidates):
        if len(found) >= most and found[most - 1].gain > -one.most / SCALE:
            break
        gain = -one.most
        if problem.limits is not None:
            change = with_quota if one.group else with_places
            gain = best_objective(change(problem, one.id, 1), solver) - before
        if gain > 0:
            found.append(Bottleneck(one.group, one.id, gain / SCALE))
            found.sort(key=lambda one: (-one.gain, one.group, one.id))
    return found[:most]


def _reached(problem: AssignmentProblem, assignment: Assignment) -> list[_Reached]:
    """Return the limits that are used up and of which one more may gain something."""
    limit = _at_most(problem, assignment)
    n = len(problem.provider_ids)
    used = np.bincount(problem.provider[assignment.pairs], minlength=n)
    found = [
        _Reached(-int(limit[at]), group=False, id=str(problem.provider_ids[at]))
        for at in np.flatnonzero((used >= problem.capacity) & (limit[:n] > 0)).tolist()
    ]
    for at, group in enumerate(problem.groups):
        full = int(np.isin(group.rows, assignment.pairs).sum()) >= group.most
        if full and limit[n + at] > 0:
            found.append(_Reached(-int(limit[n + at]), group=True, id=group.id))
    return found


def _at_most(problem: AssignmentProblem, assignment: Assignment) -> LongArray:
    """Return int64 (n_providers + n_groups,), units that one more cannot exceed."""
    if problem.limits is None:
        return one_more_place_each(problem, assignment)
    n = len(problem.provider_ids) + len(problem.groups)
    duals = assignment.duals
    if assignment.bound is not None or duals is None:
        # Branch and bound: the prices prove nothing about its last step.
        return np.full(n, 2**53, dtype=np.int64)
    return np.concatenate((duals.provider, duals.group)) // duals.per_unit
