"""Child process: the optimum of a frozen round by two engines that share no code with ours.

usage: python -m benchmarks.second_engine HOME ROUND INPUTS_SHA256 highs|networkx

Both formulations are written here from the problem's arrays alone: a linear programme for HiGHS
and a flow of least cost for the network simplex of networkx.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from matching.assign import assign
from matching.objective import worth
from matching.problem import AssignmentProblem
from serving.usecases.frozen_rounds import FrozenRounds


def by_linear_programme(problem: AssignmentProblem) -> int:
    """Return the objective in integer units, by HiGHS."""
    import scipy.sparse as sp
    from scipy.optimize import linprog

    need, provider, gain = choices_of(problem)
    edge = np.arange(len(need))
    n_needs, n_providers = len(problem.need_ids), len(problem.provider_ids)
    at_most = sp.vstack(
        [
            sp.csr_array((np.ones(len(edge)), (need, edge)), shape=(n_needs, len(edge))),
            sp.csr_array((np.ones(len(edge)), (provider, edge)), shape=(n_providers, len(edge))),
        ]
    )
    places = np.concatenate([problem.wanted, problem.capacity]).astype(np.float64)
    programme: dict[str, Any] = {"A_ub": at_most, "b_ub": places, "bounds": (0, 1)}
    found: Any = linprog(-gain.astype(np.float64), method="highs", **programme)
    taken = np.rint(found.x).astype(np.int64)
    assert np.abs(found.x - taken).max() < 1e-6
    return int(taken @ gain) - all_empty(problem)


def by_network_simplex(problem: AssignmentProblem) -> int:
    """Return the objective in integer units, by networkx."""
    import networkx as nx

    need, provider, gain = choices_of(problem)
    graph: Any = nx.DiGraph()
    places = int(problem.wanted.sum())
    graph.add_node("from", demand=-places)
    graph.add_node("to", demand=places)
    graph.add_edge("from", "to", weight=0, capacity=places)
    for row, wanted in enumerate(problem.wanted.tolist()):
        graph.add_edge("from", ("need", row), weight=0, capacity=wanted)
    for row, capacity in enumerate(problem.capacity.tolist()):
        graph.add_edge(("provider", row), "to", weight=0, capacity=capacity)
    rows = zip(need.tolist(), provider.tolist(), gain.tolist(), strict=True)
    graph.add_edges_from(
        (("need", i), ("provider", j), {"weight": -g, "capacity": 1}) for i, j, g in rows
    )
    cost, _ = nx.network_simplex(graph)
    return -int(cost) - all_empty(problem)


def choices_of(problem: AssignmentProblem) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return need, provider and gain of every pair that may be made."""
    assert not problem.pinned.any()
    may = (problem.weight >= problem.reservation[problem.need]) & ~problem.vetoed
    need = problem.need[may]
    gain = (problem.weight + problem.bonus)[may] + problem.unmatched_penalty[need]
    return need, problem.provider[may], gain


def all_empty(problem: AssignmentProblem) -> int:
    """Return what it costs to fill no place at all."""
    return int((problem.unmatched_penalty * problem.wanted).sum())


def main() -> None:
    home, key, inputs, engine = sys.argv[1:]
    problem = FrozenRounds(Path(home) / "rounds").get(key, inputs).problem
    ours = worth(problem, assign(problem)).objective
    started = time.perf_counter()
    solve = by_linear_programme if engine == "highs" else by_network_simplex
    theirs = solve(problem)
    answer = {
        "needs": len(problem.need_ids),
        "providers": len(problem.provider_ids),
        "pairs": len(problem.need),
        "ours": ours,
        "theirs": theirs,
        "seconds": time.perf_counter() - started,
    }
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
