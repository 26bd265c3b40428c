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
from matching.conflict import clash
from matching.giving import relaxed_problem
from matching.groups import Group, Limits, Side
from matching.problem import AssignmentProblem
from matching.relax import RelaxCosts, cheapest_relaxations

SHAPE, DENSITY = (1265, 1067), 0.1
DISTRICTS = 10


def main() -> None:
    """Time each round."""
    runs = int(sys.argv[1])
    rounds: dict[str, Callable[[], AssignmentProblem]] = {
        "198 places short": short_of_places,
        "the same with quotas of districts": with_districts,
        "the same, and pairs across districts barred": with_barriers,
        "the same, and quotas of houses that cross": with_crossing,
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
    n, m = SHAPE
    return AssignmentProblem(
        need_ids=np.array([f"need-{row:05d}" for row in range(n)]),
        provider_ids=np.array([f"provider-{row:05d}" for row in range(m)]),
        need=network.need,
        provider=network.provider,
        weight=network.gain + PRICE,
        bonus=np.zeros_like(network.gain),
        wanted=network.need_max,
        capacity=network.provider_max,
        unmatched_penalty=np.zeros(n, np.int64),
        reservation=np.zeros(n, np.int64),
        pinned=np.zeros(network.n_edges, np.bool_),
        vetoed=np.zeros(network.n_edges, np.bool_),
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
