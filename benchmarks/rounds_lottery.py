"""Child process: nobody draws anew, and equals win equally often.

usage: python -m benchmarks.rounds_lottery
"""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from dataclasses import replace

import numpy as np

from matching.assign import assign
from matching.problem import AssignmentProblem, problem_from_affinity
from peipao.domain.records import Need
from peipao.tables.pairs import AffinityTable
from serving.usecases.round_snapshot import lottery_names

ATTEMPTS, SEEDS = 1_000, 10_000
NEEDS, PLACES = 8, 3
OPENED = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)


def main() -> None:
    wins = _wins()
    share = PLACES / NEEDS
    sigma = (SEEDS * share * (1 - share)) ** 0.5
    answer = {
        "attempts": ATTEMPTS,
        "changed": _changed(),
        "seeds": SEEDS,
        "needs": NEEDS,
        "places": PLACES,
        "sigmas": max(abs(wins[key] - SEEDS * share) for key in _projects()) / sigma,
    }
    print(json.dumps(answer))


def _projects() -> list[str]:
    return [f"p{number}" for number in range(NEEDS)]


def _problem(needs: list[Need], seed: str) -> AssignmentProblem:
    table = AffinityTable(
        need_ids=np.array([need.id for need in needs], dtype=np.str_),
        provider_ids=np.array(["m1"], dtype=np.str_),
        need=np.arange(len(needs), dtype=np.int32),
        provider=np.zeros(len(needs), dtype=np.int32),
        margin=np.zeros(len(needs)),
        affinity=np.full(len(needs), 0.5),
        calibrated=True,
        model_version="equal",
    )
    return problem_from_affinity(
        table,
        wanted=1,
        capacity=PLACES,
        unmatched_penalty=0.0,
        reservation=0.0,
        seed=seed,
        lottery_ids=lottery_names(needs),
    )


def _winners(needs: list[Need], problem: AssignmentProblem) -> set[str]:
    project = {need.id: need.project_id for need in needs}
    return {project[key] for key, _ in assign(problem).ids(problem)}


def _changed() -> int:
    """Return how many of the attempts changed who wins."""
    dice = np.random.default_rng(1)
    needs = [Need(f"n-{key}", key, "mentor", OPENED) for key in _projects()]
    first, changed = _winners(needs, _problem(needs, "seed")), 0
    for number in range(ATTEMPTS):
        at = int(dice.integers(NEEDS))
        needs[at] = replace(needs[at], id=f"again-{number:04d}")
        changed += _winners(needs, _problem(needs, "seed")) != first
    return changed


def _wins() -> Counter[str]:
    needs = [Need(f"n-{key}", key, "mentor", OPENED) for key in _projects()]
    problem = _problem(needs, "seed")
    found: Counter[str] = Counter()
    for number in range(SEEDS):
        found.update(_winners(needs, replace(problem, seed=f"seed-{number}")))
    return found


if __name__ == "__main__":
    main()
