"""Rounds with every sort of limit at once, and their optimum by an engine written apart.

Nothing of `matching` is used to find the optimum: the programme is made here from the arrays of
the problem and solved by HiGHS' branch and bound to a gap of nothing; the plan that comes back is
counted in integers.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.optimize import Bounds, LinearConstraint, milp

from matching.groups import Group, Limits, Side
from matching.problem import AssignmentProblem

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from strategies import a_random_problem, with_random_pins

_DONE, _NO_SOLUTION = 0, 2
_WHOLE = 1e-5


def a_mixed_problem(dice: np.random.Generator, most: int) -> AssignmentProblem:
    """Return a round of up to `most` needs and providers with all limits that may bite.

    Two thirds have groups that nest, the others groups that cross; a few have no solution.
    """
    n, m = (int(size) for size in dice.integers(max(2, most // 3), most + 1, 2))
    problem = a_random_problem(
        dice,
        n,
        m,
        levels=int(dice.choice([2, 5, 100, 100_000])),
        density=min(1.0, float(dice.integers(3, 13)) / m),
        most_wanted=int(dice.choice([1, 1, 3])),
        most_capacity=int(dice.choice([1, 2, 5])),
    )
    if dice.random() < 0.5:
        problem = with_random_pins(dice, problem)
    degree = np.bincount(problem.need, minlength=n), np.bincount(problem.provider, minlength=m)
    need_min = np.minimum(problem.wanted, degree[0] // 4) * (dice.random(n) < 0.1)
    provider_min = np.minimum(problem.capacity, degree[1] // 4) * (dice.random(m) < 0.1)
    make = _nested if dice.random() < 2 / 3 else _crossing
    limits = Limits(need_min.astype(np.int64), provider_min.astype(np.int64), make(dice, problem))
    return replace(problem, limits=limits.or_none())


def _nested(dice: np.random.Generator, problem: AssignmentProblem) -> tuple[Group, ...]:
    """Return districts of needs inside halves of the city, and houses of providers."""
    n, m = len(problem.need_ids), len(problem.provider_ids)
    district = dice.integers(0, 6, n)[problem.need]
    house = dice.integers(0, max(2, m // 6), m)[problem.provider]
    inside = {f"half-{k}": (Side.NEED, district % 2 == k) for k in range(2)}
    inside |= {f"district-{k}": (Side.NEED, district == k) for k in range(6)}
    inside |= {f"house-{k}": (Side.PROVIDER, house == k) for k in range(3)}
    return _with_quotas(dice, problem, inside)


def _crossing(dice: np.random.Generator, problem: AssignmentProblem) -> tuple[Group, ...]:
    """Return groups of needs, of providers and of pairs that cut across each other."""
    n, m, k = len(problem.need_ids), len(problem.provider_ids), len(problem.weight)
    inside = {f"needs-{at}": (Side.NEED, (dice.random(n) < 0.4)[problem.need]) for at in range(2)}
    inside |= {
        f"providers-{at}": (Side.PROVIDER, (dice.random(m) < 0.4)[problem.provider])
        for at in range(2)
    }
    inside |= {f"pairs-{at}": (Side.PAIR, dice.random(k) < 0.2) for at in range(2)}
    return _with_quotas(dice, problem, inside)


def _with_quotas(
    dice: np.random.Generator,
    problem: AssignmentProblem,
    inside: dict[str, tuple[Side, np.ndarray]],
) -> tuple[Group, ...]:
    """Return the groups; each maximum is part of the places there, some have a minimum."""
    groups = []
    for name, (side, marks) in sorted(inside.items()):
        rows = np.flatnonzero(marks)
        wanted = int(problem.wanted[np.unique(problem.need[rows])].sum())
        room = int(problem.capacity[np.unique(problem.provider[rows])].sum())
        pins = int(problem.pinned[rows].sum())
        most = max(pins, int(min(wanted, room) * dice.uniform(0.3, 1.1)))
        least = int(most * dice.uniform(0, 0.5)) if dice.random() < 0.3 else 0
        groups.append(Group(name, side, (), rows, least, most))
    return tuple(groups)


def best_by_programme(problem: AssignmentProblem) -> int | None:
    """Return the greatest objective in integer units; None if the limits cannot all be met.

    Raises:
        RuntimeError: HiGHS gave up.
    """
    may = (problem.weight >= problem.reservation[problem.need]) & ~problem.vetoed
    rows = np.flatnonzero(may | problem.pinned)
    gain = problem.weight + problem.bonus + problem.unmatched_penalty[problem.need]
    gain = gain[rows]
    none = -int((problem.wanted * problem.unmatched_penalty).sum())
    matrix, least, most = _limits(problem, rows)
    if not len(rows):
        return none if (least <= 0).all() else None
    found: Any = milp(
        -gain.astype(np.float64),
        integrality=np.ones(len(rows)),
        bounds=Bounds(problem.pinned[rows].astype(np.float64), np.ones(len(rows))),
        constraints=LinearConstraint(matrix, least, most),
        options={"mip_rel_gap": 0.0},
    )
    if found.status == _NO_SOLUTION:
        return None
    if found.status != _DONE:
        raise RuntimeError(f"HiGHS: {found.message}")
    taken = np.rint(found.x).astype(np.int64)
    have = matrix @ taken
    assert np.abs(found.x - taken).max() < _WHOLE
    assert ((have >= least) & (have <= most)).all()
    return int(taken @ gain) + none


def _limits(
    problem: AssignmentProblem, rows: np.ndarray
) -> tuple[sp.csr_array, np.ndarray, np.ndarray]:
    """Return one row a need, a provider and a group, with the least and most of each."""
    n, m, edge = len(problem.need_ids), len(problem.provider_ids), np.arange(len(rows))
    at, edges = [problem.need[rows], n + problem.provider[rows]], [edge, edge]
    for number, group in enumerate(problem.groups):
        members = np.flatnonzero(np.isin(rows, group.rows))
        at.append(np.full(len(members), n + m + number))
        edges.append(members)
    ends = np.concatenate(at).astype(np.int64), np.concatenate(edges).astype(np.int64)
    shape = (n + m + len(problem.groups), len(rows))
    matrix = sp.csr_array((np.ones(len(ends[0]), np.int64), ends), shape=shape)
    least = [group.least for group in problem.groups]
    most = [group.most for group in problem.groups]
    return (
        matrix,
        np.concatenate((problem.need_min(), problem.provider_min(), least)),
        np.concatenate((problem.wanted, problem.capacity, most)),
    )
