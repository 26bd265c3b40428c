"""Other people's solvers, timed bare; run by the interpreter of an environment of their own.

    python assignment_rival.py flow|simplex|lapx|minmax FILE RUNS

Prints one JSON line: CPU seconds of each solve (building their model not counted) and the total.
Imports nothing of ours.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable

import numpy as np

Solved = tuple[float, int]


def flow(path: str) -> Callable[[], Solved]:
    """OR-tools SimpleMinCostFlow, models built from arrays; a need may stay alone for nothing."""
    from ortools.graph.python import min_cost_flow

    with np.load(path) as file:
        given = {name: file[name] for name in file.files}
    n, m = len(given["need_max"]), len(given["provider_max"])
    needs, providers = np.arange(n, dtype=np.int32), np.arange(n, n + m, dtype=np.int32)
    outside = np.int32(n + m)
    tail = np.concatenate((given["need"], providers, needs))
    head = np.concatenate((given["provider"] + np.int32(n), np.full(n + m, outside)))
    capacity = np.concatenate(
        (np.ones(len(given["need"]), np.int64), given["provider_max"], given["need_max"])
    )
    cost = np.concatenate((-given["gain"], np.zeros(n + m, np.int64)))
    supply = np.concatenate((given["need_max"], np.zeros(m, np.int64), [-given["need_max"].sum()]))

    def once() -> Solved:
        model = min_cost_flow.SimpleMinCostFlow()
        model.add_arcs_with_capacity_and_unit_cost(tail, head, capacity, cost)
        model.set_nodes_supplies(np.arange(n + m + 1, dtype=np.int32), supply)
        started = time.process_time()
        status = model.solve()
        taken = time.process_time() - started
        assert status == model.OPTIMAL
        return taken, -model.optimal_cost()

    return once


def simplex(path: str) -> Callable[[], Solved]:
    """Solve the full matrix by the network simplex of networkx."""
    import networkx as nx

    with np.load(path) as file:
        gain = file["gain"].reshape(len(file["need_max"]), -1)
    graph = nx.DiGraph()
    n, m = gain.shape
    graph.add_node("outside", demand=n)
    for i in range(n):
        graph.add_node(i, demand=-1)
        graph.add_edge(i, "outside", weight=0, capacity=1)
    for j in range(m):
        graph.add_edge(n + j, "outside", weight=0, capacity=1)
    for i, row in enumerate(gain.tolist()):
        graph.add_weighted_edges_from(((i, n + j, -w) for j, w in enumerate(row)), capacity=1)

    def once() -> Solved:
        started = time.process_time()
        cost, _ = nx.network_simplex(graph)
        return time.process_time() - started, -int(cost)

    return once


def lapx(path: str) -> Callable[[], Solved]:
    """The fastest dense call of lapx."""
    import lap

    with np.load(path) as file:
        gain = file["gain"].reshape(len(file["need_max"]), -1)
    cost = -gain.astype(np.float64)

    def once() -> Solved:
        started = time.process_time()
        found = lap.lapjvs(cost, return_cost=False)
        taken = time.process_time() - started
        return taken, int(gain[np.asarray(found[0]), np.asarray(found[1])].sum())

    return once


def minmax(path: str) -> Callable[[], Solved]:
    """MinMax of openreview-matcher: every need a paper, every provider a reviewer.

    Its matrices are built beforehand. Its flow model is built within, pair by pair; scores are
    cut to hundredths within, so the total is taken from the pairs it chose.
    """
    from types import SimpleNamespace

    from matcher.solvers.minmax_solver import MinMaxSolver

    with np.load(path) as file:
        given = {name: file[name] for name in file.files}
    shape = len(given["need_max"]), len(given["provider_max"])
    at = given["need"], given["provider"]
    gain, cost, forbidden = np.zeros(shape, np.int64), np.zeros(shape), np.full(shape, -1)
    gain[at], cost[at], forbidden[at] = given["gain"], given["gain"] / -1e4, 0
    bounds = given["provider_min"], given["provider_max"], given["need_max"]

    def once() -> Solved:
        told = SimpleNamespace(cost_matrix=cost.copy(), constraint_matrix=forbidden.copy())
        model = MinMaxSolver(*(one.copy() for one in bounds), told)
        started = time.process_time()
        chosen = model.solve()
        taken = time.process_time() - started
        assert model.solved
        return taken, int((gain * chosen).sum())

    return once


def main() -> None:
    """Solve as often as asked."""
    name, path, runs = sys.argv[1], sys.argv[2], int(sys.argv[3])
    once = {"flow": flow, "simplex": simplex, "lapx": lapx, "minmax": minmax}[name](path)
    solved = [once() for _ in range(runs)]
    print(json.dumps({"seconds": [taken for taken, _ in solved], "total": solved[0][1]}))


if __name__ == "__main__":
    main()
