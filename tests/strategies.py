"""Small rounds with every feature of the optimiser, and an oracle that tries every assignment."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import combinations
from typing import Any

import numpy as np
from hypothesis import strategies as st

from matching.problem import AssignmentProblem, problem_from_affinity
from matching.ties import lottery_weight
from peipao.tables.pairs import AffinityTable

OPENED = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def a_table(
    pairs: Iterable[tuple[str, str, float]],
    needs: Sequence[str] = (),
    providers: Sequence[str] = (),
) -> AffinityTable:
    """Return the table of (need id, provider id, affinity), with more ids if given; any order."""
    listed = list(pairs)
    need_ids = sorted({*needs, *(need for need, _, _ in listed)})
    provider_ids = sorted({*providers, *(provider for _, provider, _ in listed)})
    return AffinityTable(
        need_ids=np.array(need_ids, dtype=np.str_),
        provider_ids=np.array(provider_ids, dtype=np.str_),
        need=np.array([need_ids.index(need) for need, _, _ in listed], dtype=np.int32),
        provider=np.array([provider_ids.index(p) for _, p, _ in listed], dtype=np.int32),
        margin=np.zeros(len(listed)),
        affinity=np.array([affinity for _, _, affinity in listed], dtype=np.float64),
        calibrated=True,
        model_version="test-0001",
    )


def a_problem(
    pairs: Iterable[tuple[str, str, float]],
    needs: Sequence[str] = (),
    providers: Sequence[str] = (),
    **changes: Any,
) -> AssignmentProblem:
    """Return a one-to-one problem without penalties, unless told otherwise."""
    given = {
        "wanted": 1,
        "capacity": 1,
        "unmatched_penalty": 0.0,
        "reservation": 0.0,
        "seed": "seed",
    }
    return problem_from_affinity(a_table(pairs, needs, providers), **{**given, **changes})


def a_random_problem(
    dice: np.random.Generator,
    n_needs: int,
    n_providers: int,
    *,
    levels: int = 5,
    density: float = 0.6,
    most_wanted: int = 1,
    most_capacity: int = 3,
) -> AssignmentProblem:
    """Return a problem with few affinity levels, so that many assignments are equally good.

    Affinities are `k / (levels + 1)`; penalties, reservations and now and then a bonus as well.
    """
    need, provider = np.nonzero(dice.random((n_needs, n_providers)) < density)
    n_pairs = len(need)
    table = AffinityTable(
        need_ids=np.array([f"n{k:05d}" for k in range(n_needs)], dtype=np.str_),
        provider_ids=np.array([f"p{k:05d}" for k in range(n_providers)], dtype=np.str_),
        need=need.astype(np.int32),
        provider=provider.astype(np.int32),
        margin=np.zeros(n_pairs),
        affinity=dice.integers(1, levels + 1, n_pairs) / (levels + 1),
        calibrated=True,
        model_version="test-0001",
    )
    return problem_from_affinity(
        table,
        wanted=dice.integers(1, most_wanted + 1, n_needs),
        capacity=dice.integers(0, most_capacity + 1, n_providers),
        unmatched_penalty=dice.integers(0, 3, n_needs) / 10,
        reservation=dice.integers(0, 2, n_needs) * 0.3,
        seed=f"seed-{dice.integers(1_000_000)}",
        bonus=dice.integers(-3, 4, n_pairs) / 4 if dice.random() < 0.3 else None,
    )


def with_random_pins(dice: np.random.Generator, problem: AssignmentProblem) -> AssignmentProblem:
    """Return the problem with up to two pins that fit and up to two vetoes."""
    pinned, vetoed = problem.pinned.copy(), problem.vetoed.copy()
    for row in dice.permutation(len(problem.weight))[:2]:
        changed = replace(problem, pinned=pinned)
        fits = (
            changed.wanted_left()[problem.need[row]]
            and changed.capacity_left()[problem.provider[row]]
        )
        pinned[row] = bool(fits)
    for row in dice.permutation(len(problem.weight))[:2]:
        vetoed[row] = not pinned[row]
    return replace(problem, pinned=pinned, vetoed=vetoed)


@st.composite
def problems(draw: st.DrawFn, most_nodes: int = 6) -> AssignmentProblem:
    """Draw a small problem: several places on either side, ties, pins, vetoes, bonuses."""
    sides = st.integers(0, most_nodes)
    dice = np.random.default_rng(draw(st.integers(0, 2**32)))
    problem = a_random_problem(
        dice,
        draw(sides),
        draw(sides),
        levels=draw(st.sampled_from([1, 2, 5, 1000])),
        density=draw(st.sampled_from([0.2, 0.6, 1.0])),
        most_wanted=draw(st.sampled_from([1, 1, 3])),
        most_capacity=draw(st.sampled_from([1, 2, 4])),
    )
    return with_random_pins(dice, problem) if draw(st.booleans()) else problem


@dataclass(frozen=True, order=True)
class Tried:
    """A choice of pairs: its gain first, then its lot; the rows are what it is."""

    gain: int = 0
    lot: int = 0
    rows: tuple[int, ...] = ()

    def plus(self, other: Tried) -> Tried:
        """Return both together."""
        return Tried(self.gain + other.gain, self.lot + other.lot, self.rows + other.rows)


def best_by_trying(problem: AssignmentProblem) -> tuple[int, tuple[int, ...]]:
    """Return objective and rows of the best assignment, the lottery deciding between equals.

    Tries every set of providers for every need; shares nothing with the package but the lot of a
    pair. For a handful of needs and providers.
    """
    options = [_options(problem, need) for need in range(len(problem.need_ids))]

    @cache
    def rest(need: int, left: tuple[int, ...]) -> Tried:
        if need == len(options):
            return Tried()
        found = []
        for option, used in options[need]:
            after = tuple(have - use for have, use in zip(left, used, strict=True))
            if min(after, default=0) >= 0:
                found.append(option.plus(rest(need + 1, after)))
        return max(found)

    pins = np.flatnonzero(problem.pinned)
    left = problem.capacity.copy()
    np.subtract.at(left, problem.provider[pins], 1)
    best = rest(0, tuple(left.tolist()))
    gain = problem.weight + problem.bonus + problem.unmatched_penalty[problem.need]
    constant = int((problem.wanted * problem.unmatched_penalty).sum())
    objective = best.gain + int(gain[pins].sum()) - constant
    return objective, tuple(sorted((*best.rows, *pins.tolist())))


def _options(problem: AssignmentProblem, need: int) -> list[tuple[Tried, tuple[int, ...]]]:
    """Return every set of pairs the need may have beside its pins, with the places it uses."""
    of_need = np.flatnonzero(problem.need == need)
    pins = int(problem.pinned[of_need].sum())
    usable = [
        int(row)
        for row in of_need
        if not problem.pinned[row]
        and not problem.vetoed[row]
        and problem.weight[row] >= problem.reservation[need]
    ]
    sizes = range(min(len(usable), int(problem.wanted[need]) - pins) + 1)
    return [_option(problem, rows) for size in sizes for rows in combinations(usable, size)]


def _option(problem: AssignmentProblem, rows: tuple[int, ...]) -> tuple[Tried, tuple[int, ...]]:
    used = [0] * len(problem.provider_ids)
    total = Tried()
    for row in rows:
        need, provider = int(problem.need[row]), int(problem.provider[row])
        used[provider] += 1
        lot = lottery_weight(
            problem.seed.encode(), str(problem.need_ids[need]), str(problem.provider_ids[provider])
        )
        gain = problem.weight[row] + problem.bonus[row] + problem.unmatched_penalty[need]
        total = total.plus(Tried(int(gain), lot, (row,)))
    return total, tuple(used)
