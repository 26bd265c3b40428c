"""Every assignment of a small round, tried one by one, whatever its limits are."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from strategies import a_random_problem, with_random_pins

from matching.groups import Group, Limits, Side
from matching.problem import AssignmentProblem
from matching.ties import lottery_weight

Longs = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

MOST_EDGES = 13


def a_random_group(
    dice: np.random.Generator, problem: AssignmentProblem, name: str, side: Side
) -> Group:
    """Return a group of random members with a quota that may bite."""
    n, m = len(problem.need_ids), len(problem.provider_ids)
    inside = {
        Side.NEED: lambda: (dice.random(n) < 0.5)[problem.need],
        Side.PROVIDER: lambda: (dice.random(m) < 0.5)[problem.provider],
        Side.PAIR: lambda: dice.random(len(problem.weight)) < 0.4,
    }[side]()
    rows = np.flatnonzero(inside)
    least = int(dice.integers(0, 3)) if dice.random() < 0.4 else 0
    return Group(name, side, (), rows, least, least + int(dice.integers(0, 3)))


def nested_groups(dice: np.random.Generator, problem: AssignmentProblem) -> tuple[Group, ...]:
    """Return groups of needs inside a group of needs, and the same with providers."""
    found = []
    sides = ((Side.NEED, problem.need), (Side.PROVIDER, problem.provider))
    for side, ends in sides:
        for name, bound in (("a", 0.75), ("b", 0.4)):
            rows = np.flatnonzero(ends < bound * (ends.max(initial=0) + 1))
            least = int(dice.integers(0, 2)) if dice.random() < 0.5 else 0
            most = least + int(dice.integers(0, 4))
            found.append(Group(f"{name}-{side}", side, (), rows, least, most))
    return tuple(sorted(found, key=lambda group: group.id))


def a_limited_problem(
    dice: np.random.Generator, *, nested: bool, most: tuple[int, int] = (5, 4)
) -> AssignmentProblem:
    """Return a problem of few pairs with minimums and groups, often without a solution."""
    size = int(dice.integers(2, most[0] + 1)), int(dice.integers(2, most[1] + 1))
    problem = a_random_problem(
        dice,
        *size,
        levels=int(dice.choice([1, 3, 1000])),
        density=min(0.9, MOST_EDGES / (size[0] * size[1])),
        most_wanted=int(dice.choice([1, 2])),
    )
    while len(problem.weight) > MOST_EDGES:
        problem = a_random_problem(dice, *size, density=min(0.5, MOST_EDGES / (size[0] * size[1])))
    if dice.random() < 0.4:
        problem = with_random_pins(dice, problem)
    minimal = dice.random(2) < 0.4
    need_min = dice.integers(0, problem.wanted + 1) * (dice.random(size[0]) < 0.5) * minimal[0]
    provider_min = (
        dice.integers(0, problem.capacity + 1) * (dice.random(size[1]) < 0.4) * minimal[1]
    )
    groups = nested_groups(dice, problem) if nested else crossing_groups(dice, problem)
    limits = Limits(need_min.astype(np.int64), provider_min.astype(np.int64), groups)
    return replace(problem, limits=limits.or_none())


def crossing_groups(dice: np.random.Generator, problem: AssignmentProblem) -> tuple[Group, ...]:
    """Return up to five groups of any sides."""
    sides = [Side(word) for word in dice.choice(list(Side), int(dice.integers(1, 6)))]
    return tuple(a_random_group(dice, problem, f"g{k}", side) for k, side in enumerate(sides))


@dataclass(frozen=True)
class Tried:
    """Every assignment that keeps all limits.

    Attributes:
        plans: bool (n_plans, n_pairs), pins included.
        objective: int64 (n_plans,); lot: int64 (n_plans,), sum of the lots of the open pairs.
    """

    problem: AssignmentProblem
    plans: Bools
    objective: Longs
    lot: Longs

    def best(self) -> int | None:
        """Return the greatest objective; None without any assignment."""
        return int(self.objective.max()) if len(self.objective) else None

    def drawn(self) -> list[int]:
        """Return the pair rows of the best assignment, the lottery deciding between equals."""
        order = np.lexsort((self.lot, self.objective))
        rows: list[int] = np.flatnonzero(self.plans[order[-1]]).tolist()
        return rows


def try_all(problem: AssignmentProblem) -> Tried:
    """Return every assignment; 2 to the number of open pairs are tried."""
    rows = problem.open_rows()
    numbers = np.arange(1 << len(rows), dtype=np.int64)
    plans = np.zeros((len(numbers), len(problem.weight)), dtype=np.bool_)
    plans[:, rows] = (numbers[:, np.newaxis] >> np.arange(len(rows))) & 1
    plans[:, problem.pinned] = True
    good = _within(plans, problem.need, problem.need_min(), problem.wanted)
    good &= _within(plans, problem.provider, problem.provider_min(), problem.capacity)
    for group in problem.groups:
        have = plans[:, group.rows].sum(axis=1)
        good &= (have >= group.least) & (have <= group.most)
    plans = plans[good]
    gain = problem.weight + problem.bonus + problem.unmatched_penalty[problem.need]
    constant = int((problem.wanted * problem.unmatched_penalty).sum())
    return Tried(problem, plans, plans @ gain - constant, plans[:, rows] @ _lots(problem, rows))


def _within(plans: Bools, ends: npt.NDArray[np.int32], least: Longs, most: Longs) -> Bools:
    member = ends[:, np.newaxis] == np.arange(len(most))
    have = plans.astype(np.int64) @ member
    good: Bools = ((have >= least) & (have <= most)).all(axis=1)
    return good


def _lots(problem: AssignmentProblem, rows: Longs) -> Longs:
    needs, providers = (
        problem.need_ids[problem.need[rows]],
        problem.provider_ids[problem.provider[rows]],
    )
    key = problem.seed.encode()
    pairs = zip(needs.tolist(), providers.tolist(), strict=True)
    return np.array([lottery_weight(key, *pair) for pair in pairs], dtype=np.int64)
