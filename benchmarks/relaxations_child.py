"""Child process of `benchmarks.relaxations`; prints JSON.

python -m benchmarks.relaxations_child RUNS
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from statistics import median
from typing import Any

import numpy as np

from benchmarks.assignment_networks import PRICE, eligible
from matching.assign import assign
from matching.barriers import with_barriers as behind
from matching.conflict import clash
from matching.giving import relaxed_problem
from matching.groups import Group, Limits, Side
from matching.problem import AssignmentProblem
from matching.relax import RelaxCosts, cheapest_relaxations
from matching.validate import SCALE

SHAPE, DENSITY, SHORT = (1265, 1067), 0.1, 198
DISTRICTS, AREAS = 10, 25
BARRED = "every pair there is, a million of them barred by districts"


def main() -> None:
    """Time each round."""
    runs = int(sys.argv[1])
    rounds: dict[str, Callable[[], AssignmentProblem]] = {
        "198 places short": short_of_places,
        "the same with quotas of districts": with_districts,
        "the same, and pairs across districts barred": with_barriers,
        "the same, and quotas of houses that cross": with_crossing,
        BARRED: a_million_barred,
    }
    print(json.dumps({name: _measured(make(), runs) for name, make in rounds.items()}))


def _measured(problem: AssignmentProblem, runs: int) -> dict[str, Any]:
    costs = _costs(problem)
    chain_s, relax_s = [], []
    for _ in range(runs):
        started = time.perf_counter()
        chain = clash(problem)
        found = time.perf_counter()
        relief = cheapest_relaxations(problem, costs)
        chain_s.append(found - started)
        relax_s.append(time.perf_counter() - found)
        assert chain is not None
    assign(relaxed_problem(problem, relief.units))
    return {
        "units": len(relief.units),
        "cost": relief.cost,
        "bound": relief.bound,
        "chain_s": median(chain_s),
        "relax_s": median(relax_s),
    }


def _costs(problem: AssignmentProblem) -> RelaxCosts:
    """Return costs in quarters, drawn once and for all."""
    dice = np.random.default_rng(11)

    def drawn(ids: list[str], low: int, high: int) -> dict[str, float | None]:
        return {key: int(dice.integers(low, high)) / 4 for key in ids}

    return RelaxCosts(
        need=drawn(problem.need_ids.tolist(), 8, 20),
        provider=drawn(problem.provider_ids.tolist(), 4, 12),
        group=drawn([group.id for group in problem.groups], 1, 4),
    )


def short_of_places() -> AssignmentProblem:
    """Return a round in which everybody must be paired and 198 cannot."""
    network = eligible(SHAPE, DENSITY, 1)
    ends = network.need, network.provider
    return _round(ends, network.gain + PRICE, network.need_max, network.provider_max)


def _round(
    ends: tuple[np.ndarray, np.ndarray],
    weight: np.ndarray,
    wanted: np.ndarray,
    capacity: np.ndarray,
) -> AssignmentProblem:
    n, m = SHAPE
    return AssignmentProblem(
        need_ids=np.array([f"need-{row:05d}" for row in range(n)]),
        provider_ids=np.array([f"provider-{row:05d}" for row in range(m)]),
        need=ends[0].astype(np.int32),
        provider=ends[1].astype(np.int32),
        weight=weight,
        bonus=np.zeros_like(weight),
        wanted=wanted,
        capacity=capacity,
        unmatched_penalty=np.zeros(n, np.int64),
        reservation=np.zeros(n, np.int64),
        pinned=np.zeros(len(weight), np.bool_),
        vetoed=np.zeros(len(weight), np.bool_),
        seed="benchmark",
        limits=Limits(np.ones(n, np.int64), np.zeros(m, np.int64), ()),
    )


def with_districts() -> AssignmentProblem:
    """Return the same with at most 90 places for the needs of each of ten districts."""
    problem = short_of_places()
    district = problem.need % DISTRICTS
    return _with(problem, [("district", Side.NEED, district == k, 90) for k in range(DISTRICTS)])


def with_barriers() -> AssignmentProblem:
    """Return the same, and no pair across districts unless staff allow it one by one."""
    problem = with_districts()
    there = problem.provider % DISTRICTS
    across = [(problem.need % DISTRICTS == k) & (there != k) for k in range(DISTRICTS)]
    return _with(problem, [("across", Side.PAIR, one, 0) for one in across])


def with_crossing() -> AssignmentProblem:
    """Return the same, and at most 120 needs of every trade at the providers of every house."""
    problem = with_barriers()
    trade, house = problem.need // 7 % 4, problem.provider // 5 % 4
    cells = [(trade == i) & (house == j) for i in range(4) for j in range(4)]
    return _with(problem, [("cell", Side.PAIR, cell, 40) for cell in cells])


def a_million_barred() -> AssignmentProblem:
    """Return a round of all pairs, those across districts behind barriers as staff meet them.

    A provider serves one to three districts; each home and served districts make one barrier.
    """
    dice = np.random.default_rng(1)
    served = np.stack([dice.permutation(DISTRICTS) < dice.integers(1, 4) for _ in range(AREAS)])
    n, m = SHAPE
    home, area = dice.integers(DISTRICTS, size=n), dice.integers(AREAS, size=m)
    inside = served[area][:, home].T
    ends = np.nonzero(inside)
    capacity = np.bincount(dice.integers(m, size=n - SHORT), minlength=m)
    weight = dice.integers(PRICE, SCALE, size=len(ends[0]))
    problem = _round(ends, weight, np.ones(n, np.int64), capacity)
    need, provider = np.nonzero(~inside)
    barrier = home[need] * AREAS + area[provider]
    barred = {
        f"across-{number:04d}": (need[barrier == number], provider[barrier == number])
        for number in np.unique(barrier).tolist()
    }
    return behind(problem, barred)


def _with(
    problem: AssignmentProblem, added: list[tuple[str, Side, np.ndarray, int]]
) -> AssignmentProblem:
    assert problem.limits is not None
    groups = [
        Group(f"{name}-{at:02d}", side, (), np.flatnonzero(inside), 0, most)
        for at, (name, side, inside, most) in enumerate(added)
    ]
    listed = tuple(sorted((*problem.groups, *groups), key=lambda group: group.id))
    return replace(problem, limits=replace(problem.limits, groups=listed))


if __name__ == "__main__":
    main()
