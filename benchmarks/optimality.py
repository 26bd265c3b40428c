"""Promise P15: optimal and feasible, proven. Prints mismatches; exits 1 if there is any.

    python benchmarks/optimality.py [--brute 2000] [--differential 300] [--speed]

2,000 small rounds are held against trying every assignment (value and, by the lottery, the very
pairs); 300 rounds of up to 200 needs are solved by several engines, which must give the same
pairs. Every answer is also put before the independent checker, with the prices it came with and
without any. `--speed` times rounds of the sizes the service is built for instead.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from matching.assign import assign
from matching.check import check
from matching.network import Solver
from matching.objective import worth
from matching.problem import AssignmentProblem, open_network, problem_from_affinity
from matching.solvers.auto import AutoSolver
from matching.solvers.dense import DenseSolver
from matching.solvers.network import NetworkSolver
from matching.solvers.sparse import SparseSolver
from peipao.tables.pairs import AffinityTable

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from strategies import a_random_problem, best_by_trying, with_random_pins

SEED = 20260302
ENGINES: tuple[Solver, ...] = (AutoSolver(), DenseSolver(), SparseSolver(), NetworkSolver())


def main() -> int:
    given = _arguments()
    if given.speed:
        _time_all(given.repeat)
        return 0
    started = time.perf_counter()
    wrong = sum(_brute(number) for number in range(given.brute))
    print(f"brute force: {given.brute} rounds, {wrong} mismatches", flush=True)
    differ = sum(_differential(number) for number in range(given.differential))
    print(f"differential: {given.differential} rounds, {differ} mismatches")
    print(f"{time.perf_counter() - started:.0f} s")
    return 1 if wrong or differ else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--brute", type=int, default=2000)
    parser.add_argument("--differential", type=int, default=300)
    parser.add_argument("--speed", action="store_true")
    parser.add_argument("--repeat", type=int, default=3)
    return parser.parse_args()


def _random(number: int, most: int, density: float) -> AssignmentProblem:
    dice = np.random.default_rng([SEED, number])
    problem = a_random_problem(
        dice,
        int(dice.integers(1, most + 1)),
        int(dice.integers(1, most + 1)),
        levels=int(dice.choice([1, 2, 5, 100, 100_000])),
        density=density,
        most_wanted=int(dice.choice([1, 1, 3])),
        most_capacity=int(dice.choice([1, 2, 5])),
    )
    return with_random_pins(dice, problem) if number % 2 else problem


def _brute(number: int) -> int:
    problem = _random(number, 7, float(np.random.default_rng(number).choice([0.3, 0.7, 1.0])))
    objective, rows = best_by_trying(problem)
    answer = assign(problem, ENGINES[0])
    right = (
        worth(problem, answer).objective == objective
        and tuple(answer.pairs.tolist()) == rows
        and check(problem, answer).valid
        and check(problem, replace(answer, duals=None)).valid
    )
    return 0 if right else _report("brute", number)


def _differential(number: int) -> int:
    problem = _random(10_000 + number, 200, min(1.0, 10 / (1 + number % 200)))
    takers = [engine for engine in ENGINES if not engine.refusal(open_network(problem)[0])]
    answers = [assign(problem, engine) for engine in takers]
    same = {tuple(answer.pairs.tolist()) for answer in answers}
    right = len(same) == 1 and all(check(problem, answer).valid for answer in answers)
    return 0 if right else _report("differential", number)


def _report(what: str, number: int) -> int:
    print(f"MISMATCH: {what} round {number}")
    return 1


def _time_all(repeat: int) -> None:
    dice = np.random.default_rng(SEED)
    for name, needs, providers, density, wanted, capacity, decimals in (
        ("S mentors 1000 x 650 cap 2", 1000, 650, 0.5, 1, 2, 9),
        ("S mentors, affinity of 2 decimals", 1000, 650, 0.5, 1, 2, 2),
        ("S mentors, all affinities equal", 1000, 650, 0.5, 1, 2, 0),
        ("S officers 1000 x 200 cap 5", 1000, 200, 0.5, 1, 5, 9),
        ("S spaces 1000 x 76 cap 80", 1000, 76, 0.9, 1, 80, 9),
        ("1000 x 200, three wanted, cap 10", 1000, 200, 0.5, 3, 10, 9),
        ("one-to-one dense 1000 x 1000", 1000, 1000, 1.0, 1, 1, 9),
        ("M-like 20000 x 2000 cap 8, 45 candidates each", 20_000, 2_000, 45 / 2_000, 1, 8, 9),
    ):
        table = _table(dice, (needs, providers), density, decimals)
        runs = [_timed(table, wanted, capacity) for _ in range(repeat)]
        parts = ", ".join(f"{k} {min(run[k] for run in runs):.3f}" for k in runs[0])
        print(f"{name} ({len(table.need)} pairs): {parts}", flush=True)
    print(f"peak memory of the process {_peak_mb():.0f} MB")


def _table(
    dice: np.random.Generator, shape: tuple[int, int], density: float, decimals: int
) -> AffinityTable:
    """Return affinities of low rank with noise, as projects of a trade like the same mentors."""
    left, right = dice.normal(size=(shape[0], 8)), dice.normal(size=(shape[1], 8))
    need, provider = np.nonzero(dice.random(shape, dtype=np.float32) < density)
    fit = np.einsum("ij,ij->i", left[need], right[provider]) + dice.normal(size=len(need))
    affinity = np.round(1 / (1 + np.exp(1 - fit / 3)), decimals) if decimals else 0 * fit + 0.5
    return AffinityTable(
        need_ids=np.array([f"need-{k:06d}" for k in range(shape[0])]),
        provider_ids=np.array([f"provider-{k:06d}" for k in range(shape[1])]),
        need=need.astype(np.int32),
        provider=provider.astype(np.int32),
        margin=fit,
        affinity=affinity,
        calibrated=False,
        model_version="none",
    )


def _timed(table: AffinityTable, wanted: int, capacity: int) -> dict[str, float]:
    marks = [time.perf_counter()]
    problem = problem_from_affinity(
        table,
        wanted=wanted,
        capacity=capacity,
        unmatched_penalty=0.05,
        reservation=0.0,
        seed="benchmark",
    )
    marks.append(time.perf_counter())
    answer = assign(problem)
    marks.append(time.perf_counter())
    check(problem, answer).require()
    marks.append(time.perf_counter())
    check(problem, replace(answer, duals=None)).require()
    marks.append(time.perf_counter())
    names = ("problem", "assign", "check", "check without prices")
    seconds = dict(zip(names, np.diff(marks).tolist(), strict=True))
    return {**seconds, "drawn": float(answer.drawn), "all but the last": marks[3] - marks[0]}


def _peak_mb() -> float:
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    sys.exit(main())
