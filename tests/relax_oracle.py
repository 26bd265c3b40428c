"""Rounds without a solution, and the least cost of a way out by trying every plan."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from quota_oracle import a_limited_problem, try_all

from matching.groups import Group, Limits, Side
from matching.problem import AssignmentProblem
from matching.relax import RelaxCosts, Relief, cheapest_relaxations
from peipao.errors import InfeasibleError

NEVER = 1e9
"""More than any way out costs: nothing that may give way is enough."""


def some_costs(dice: np.random.Generator, problem: AssignmentProblem) -> RelaxCosts:
    """Return costs from 0 to 3; now and then something may not give way."""

    def drawn(ids: list[str]) -> dict[str, float | None]:
        return {key: None if dice.random() < 0.1 else int(dice.integers(0, 7)) / 2 for key in ids}

    return RelaxCosts(
        need=drawn(problem.need_ids.tolist()),
        provider=drawn(problem.provider_ids.tolist()),
        group=drawn([group.id for group in problem.groups]),
    )


def relief_as_by_trying(problem: AssignmentProblem, costs: RelaxCosts) -> Relief | None:
    """Return the cheapest way out, held against trying every plan; None if there is none."""
    least = least_cost_by_trying(problem, costs)
    if least >= NEVER:
        with pytest.raises(InfeasibleError):
            cheapest_relaxations(problem, costs)
        return None
    relief = cheapest_relaxations(problem, costs)
    assert relief.cost == relief.bound == pytest.approx(least, abs=1e-9)
    return relief


def least_cost_by_trying(problem: AssignmentProblem, costs: RelaxCosts) -> float:
    """Return the least cost over all sets of usable pairs of giving way to them."""
    free = replace(
        problem,
        wanted=problem.wanted,
        capacity=np.full_like(problem.capacity, 100),
        pinned=np.zeros_like(problem.pinned),
        limits=None,
    )
    usable = (problem.weight >= problem.reservation[problem.need]) | problem.pinned
    free = replace(free, vetoed=~usable, reservation=np.zeros_like(problem.reservation))
    plans = try_all(free).plans.astype(np.int64)
    total = np.zeros(len(plans))

    def charge(lack: np.ndarray, cost: float | None) -> None:
        total[:] += np.maximum(lack, 0) * (NEVER if cost is None else cost)

    for at, key in enumerate(problem.need_ids.tolist()):
        have = plans[:, problem.need == at].sum(axis=1)
        charge(problem.need_min()[at] - have, costs.need[key])
    for at, key in enumerate(problem.provider_ids.tolist()):
        have = plans[:, problem.provider == at].sum(axis=1)
        charge(problem.provider_min()[at] - have, costs.provider[key])
        charge(have - problem.capacity[at], costs.provider[key])
    for group in problem.groups:
        have = plans[:, group.rows].sum(axis=1)
        charge(group.least - have, costs.group[group.id])
        charge(have - group.most, costs.group[group.id])
    for row in np.flatnonzero(problem.pinned).tolist():
        charge(1 - plans[:, row], costs.need[str(problem.need_ids[problem.need[row]])])
    for row in np.flatnonzero(problem.vetoed).tolist():
        charge(plans[:, row], costs.need[str(problem.need_ids[problem.need[row]])])
    return float(total.min())


def a_planted_case(number: int) -> AssignmentProblem:
    """Return a small problem of all limits; those of odd number have crossing groups."""
    dice = np.random.default_rng(number)
    problem = a_limited_problem(dice, nested=number % 2 == 0)
    while len(problem.weight) > 10:
        problem = a_limited_problem(dice, nested=number % 2 == 0)
    if number % 5 == 0:
        problem = with_barriers(dice, problem)
    if dice.random() < 0.5:
        least = np.minimum(problem.wanted, 1) * (dice.random(len(problem.wanted)) < 0.8)
        groups = problem.groups
        limits = Limits(least.astype(np.int64), problem.provider_min(), groups)
        problem = replace(problem, limits=limits.or_none())
    return problem


def with_barriers(dice: np.random.Generator, problem: AssignmentProblem) -> AssignmentProblem:
    """Return the problem with vetoes, and with pairs that only a lifted rule would allow."""
    vetoed = (dice.random(len(problem.weight)) < 0.3) & ~problem.pinned
    rows = np.flatnonzero((dice.random(len(problem.weight)) < 0.3) & ~problem.pinned)
    barrier = Group("barrier", Side.PAIR, (), rows, 0, 0)
    limits = problem.limits or Limits(np.zeros_like(problem.wanted), problem.provider_min(), ())
    groups = tuple(sorted((*limits.groups, barrier), key=lambda group: group.id))
    return replace(problem, vetoed=vetoed, limits=replace(limits, groups=groups))
