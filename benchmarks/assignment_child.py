"""One case of `benchmarks.assignment` in a process of its own, on one core; prints JSON.

python -m benchmarks.assignment_child CASE FOLDER RUNS [RIVALS]
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from benchmarks.assignment_cases import CASES, Case
from benchmarks.assignment_networks import everybody, matrix
from matching.assign import assign
from matching.bound import require_optimal
from matching.duals import PricedSolver, solve_exactly
from matching.kernel.live import LiveRound
from matching.kernel.warm import warm
from matching.network import Network
from matching.problem import AssignmentProblem, open_network
from matching.solvers.auto import AutoSolver

SMALL, SMALL_RUNS = 100_000, 15
"""Edges below which a solve is repeated that often: milliseconds scatter."""

SLOW = ("simplex", "minmax")
"""Rivals that solve once only."""

CHANGES = 200
"""Changes of each sort that are timed."""


def main() -> None:
    """Measure the case."""
    name, folder, runs = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    rivals = sys.argv[4] if len(sys.argv) > 4 else None
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    warm()
    case = CASES[name]
    network = everybody(matrix((case.square, case.square))) if case.square else case.make()
    runs = 1 if case.once else SMALL_RUNS if network.n_edges < SMALL else runs
    found = _measured(case, network, runs)
    path = folder / f"{name}.npz"
    found["rivals"] = {
        one: _rival(rivals, one, network, path, runs) for one in case.rivals if rivals
    }
    if case.square:
        found |= _scipy(network)
    print(json.dumps(found))


def _cpu(work: Callable[[], object]) -> float:
    """Return the CPU seconds of a call."""
    started = time.process_time()
    work()
    return time.process_time() - started


def _measured(case: Case, network: Network, runs: int) -> dict[str, Any]:
    """Return our figures: from edge arrays to matches, prices and the certificate."""
    engine: PricedSolver = AutoSolver()
    seconds, certificate, total = [], [], 0
    for _ in range(runs):
        started = time.process_time()
        chosen, prices = engine.solve_priced(network)
        solved = time.process_time()
        total = require_optimal(network, chosen, (prices.need, prices.provider))
        certificate.append(time.process_time() - solved)
        seconds.append(time.process_time() - started)
    found: dict[str, Any] = {
        "edges": network.n_edges,
        "seconds": median(seconds),
        "certificate": median(certificate),
        "total": total,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    if case.lottery:
        found["lottery"] = median(_lottery(network, engine) for _ in range(runs))
    if case.changes:
        found["changes"] = _changes(network)
    return found


def _lottery(network: Network, engine: PricedSolver) -> float:
    """Return the CPU seconds that drawing lots between equal optima adds."""
    problem = AssignmentProblem(
        need_ids=np.array([f"need-{row:07d}" for row in range(network.n_needs)]),
        provider_ids=np.array([f"provider-{row:07d}" for row in range(network.n_providers)]),
        need=network.need,
        provider=network.provider,
        weight=network.gain,
        bonus=np.zeros_like(network.gain),
        wanted=network.need_max,
        capacity=network.provider_max,
        unmatched_penalty=np.zeros_like(network.need_max),
        reservation=np.full_like(network.need_max, network.gain.min()),
        pinned=np.zeros(network.n_edges, np.bool_),
        vetoed=np.zeros(network.n_edges, np.bool_),
        seed="benchmark",
    )
    both = _cpu(lambda: assign(problem, engine))
    return both - _cpu(lambda: solve_exactly(engine, open_network(problem)[0]))


def _changes(network: Network) -> dict[str, list[float]]:
    """Return the CPU seconds of changes to a solved round, by sort."""
    live, dice = LiveRound.start(network), np.random.default_rng(1)
    sorts: dict[str, list[float]] = {"leaves": [], "arrives": [], "one less": [], "one more": []}
    for need in dice.choice(network.n_needs, CHANGES, replace=False).tolist():
        places = int(live.state.most[need])
        if places:
            sorts["leaves"].append(_cpu(partial(live.leave, need)))
            sorts["arrives"].append(_cpu(partial(live.enter, need, places)))
    for provider in dice.integers(network.n_providers, size=CHANGES).tolist():
        now = int(live.state.cap[provider])
        if now:
            sorts["one less"].append(_cpu(partial(live.resize, provider, now - 1)))
            sorts["one more"].append(_cpu(partial(live.resize, provider, now)))
    chosen, prices = live.chosen(), live.prices()
    require_optimal(live.present(), chosen, (prices.need, prices.provider))
    return sorts


def _scipy(network: Network) -> dict[str, Any]:
    """Return the figures of scipy's bare solve of the same matrix."""
    from scipy.optimize import linear_sum_assignment

    cost = -network.gain.reshape(network.n_needs, network.n_providers).astype(np.float64)
    started = time.process_time()
    rows, columns = linear_sum_assignment(cost)
    taken = time.process_time() - started
    return {"scipy": taken, "scipy_total": -int(cost[rows, columns].sum())}


def _rival(python: str, name: str, network: Network, path: Path, runs: int) -> dict[str, Any]:
    """Return the median of a rival's bare solves and its total."""
    np.savez(
        path,
        need=network.need,
        provider=network.provider,
        gain=network.gain,
        need_max=network.need_max,
        provider_min=network.provider_min,
        provider_max=network.provider_max,
    )
    script = Path(__file__).with_name("assignment_rival.py")
    command = [python, str(script), name, str(path), str(1 if name in SLOW else runs)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603  as told
    path.unlink()
    answer = json.loads(done.stdout.splitlines()[-1])
    return {"seconds": median(answer["seconds"]), "total": answer["total"]}


if __name__ == "__main__":
    main()
