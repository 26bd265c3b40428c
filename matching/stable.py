"""Stable rounds: nobody finds a partner who would rather have them than whom each has got.

Deferred acceptance, needs proposing: of all stable plans the one that is best for every need.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from matching.network import LongArray, Solver
from matching.objective import worth
from matching.problem import Assignment, AssignmentProblem
from matching.sensitivity import best_objective
from matching.ties import lottery_weights
from matching.validate import SCALE
from peipao.errors import InvalidInputError
from peipao.tables.profiles import IntArray, TextArray

Orders = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True, eq=False)
class Preferences:
    """Who would rather have whom: strict ranks of pairs.

    Attributes:
        of_need: int64 (n_pairs,), rank of the pair for its need; less is better, no equals.
        of_provider: int64 (n_pairs,), likewise for its provider.
    """

    of_need: LongArray
    of_provider: LongArray


@dataclass(frozen=True, slots=True)
class StablePlan:
    """A plan without blocking pairs.

    Attributes:
        assignment: its `bound` is the greatest objective of any plan, stable or not.
        price: affinity units, >= 0; what the objective gives up for stability.
    """

    assignment: Assignment
    price: float


def preferences(
    problem: AssignmentProblem,
    need_order: Orders | None = None,
    provider_order: Orders | None = None,
) -> Preferences:
    """Return the preferences of both sides.

    Whoever gives no order, and whatever an order does not list, goes by affinity, the greater the
    better, after what is listed; equals by the keyed lottery.

    Args:
        problem: canonical.
        need_order: need id -> provider ids, best first.
        provider_order: provider id -> need ids, best first.

    Raises:
        InvalidInputError: an order names an unknown id, or one twice.
    """
    needs = problem.need_ids[problem.need]
    providers = problem.provider_ids[problem.provider]
    lots = lottery_weights(problem.seed, *problem.lots_of(np.arange(len(needs))))
    by_worth = np.empty(len(lots), dtype=np.int64)
    by_worth[np.lexsort((lots, problem.weight))[::-1]] = np.arange(len(lots))
    sides = (
        (need_order, "need_order", (problem.need_ids, problem.provider_ids), (needs, providers)),
        (
            provider_order,
            "provider_order",
            (problem.provider_ids, problem.need_ids),
            (providers, needs),
        ),
    )
    ranks = []
    for orders, where, ids, ends in sides:
        _refuse_wrong_orders(orders or {}, where, ids)
        listed = _listed(orders or {}, ends)
        order = np.lexsort((by_worth, listed))
        rank = np.empty(len(order), dtype=np.int64)
        rank[order] = np.arange(len(order))
        ranks.append(rank)
    return Preferences(of_need=ranks[0], of_provider=ranks[1])


def assign_stable(
    problem: AssignmentProblem, wishes: Preferences, solver: str | Solver = "auto"
) -> StablePlan:
    """Return the stable plan that is best for every need, and what stability costs.

    Pins are kept and take their places; pairs that are vetoed or below the reservation are not
    made and cannot block.

    Raises:
        InvalidInputError: the problem has minimums or groups, with which no plan may be stable.
    """
    if problem.limits is not None:
        raise InvalidInputError(
            "objective", "stable 不支持下限 min 与分组 groups", "total、rawls 或 leximin"
        )
    held = _proposed(problem, wishes)
    pairs = np.sort(np.concatenate((np.flatnonzero(problem.pinned), held)))
    greatest = best_objective(problem, solver)
    plan = Assignment(pairs.astype(np.int32), None, "stable", bound=greatest)
    return StablePlan(plan, (greatest - worth(problem, plan).objective) / SCALE)


def blocking_pairs(problem: AssignmentProblem, pairs: IntArray, wishes: Preferences) -> LongArray:
    """Return int64, the pair rows whose two sides would both rather have each other.

    A side would if it has a place left, or would give up a match that nobody pinned for the pair.

    Args:
        problem: canonical.
        pairs: pair rows of any plan.
        wishes: who would rather have whom.
    """
    open_pair = np.zeros(len(problem.weight), dtype=np.bool_)
    open_pair[problem.open_rows()] = True
    open_pair[pairs] = False
    loose = pairs[~problem.pinned[pairs]]
    willing = open_pair
    for ends, most, rank in (
        (problem.need, problem.wanted, wishes.of_need),
        (problem.provider, problem.capacity, wishes.of_provider),
    ):
        worst = np.full(len(most), -1, dtype=np.int64)
        np.maximum.at(worst, ends[loose], rank[loose])
        has_place = np.bincount(ends[pairs], minlength=len(most)) < most
        willing = willing & (has_place[ends] | (rank < worst[ends]))
    return np.flatnonzero(willing)


def _proposed(problem: AssignmentProblem, wishes: Preferences) -> LongArray:
    """Return int64, the open pairs that deferred acceptance makes."""
    rows = problem.open_rows()
    rows = rows[np.lexsort((wishes.of_need[rows], problem.need[rows]))]
    start = np.searchsorted(problem.need[rows], np.arange(len(problem.need_ids) + 1)).tolist()
    ahead = start[:-1]
    room = problem.capacity_left().tolist()
    held: list[list[tuple[int, int]]] = [[] for _ in room]
    waiting = deque(np.repeat(np.arange(len(ahead)), problem.wanted_left()).tolist())
    listed, provider = rows.tolist(), problem.provider.tolist()
    rank, need = wishes.of_provider.tolist(), problem.need.tolist()
    while waiting:
        asking = waiting.popleft()
        if ahead[asking] == start[asking + 1]:
            continue
        row = listed[ahead[asking]]
        ahead[asking] += 1
        at = provider[row]
        heapq.heappush(held[at], (-rank[row], row))
        if len(held[at]) > room[at]:
            waiting.appendleft(need[heapq.heappop(held[at])[1]])
    return np.array(sorted(row for kept in held for _, row in kept), dtype=np.int64)


def _listed(orders: Orders, ends: tuple[TextArray, TextArray]) -> LongArray:
    """Return int64 (n_pairs,), the place of the other end in the order of the one; else far."""
    place = {(key, other): at for key, others in orders.items() for at, other in enumerate(others)}
    pairs = zip(ends[0].tolist(), ends[1].tolist(), strict=True)
    return np.array([place.get(pair, 2**40) for pair in pairs], dtype=np.int64)


def _refuse_wrong_orders(orders: Orders, where: str, ids: tuple[TextArray, TextArray]) -> None:
    known, others = set(ids[0].tolist()), set(ids[1].tolist())
    for key, order in orders.items():
        if key not in known:
            raise InvalidInputError(f"{where}[{key!r:.80}]", "不认识的编号", "本轮中的编号")
        for other in order:
            if other not in others:
                raise InvalidInputError(
                    f"{where}[{key}] 中的 {other!r:.80}", "不认识的编号", "本轮中的编号"
                )
        if len(set(order)) < len(order):
            raise InvalidInputError(f"{where}[{key}]", "有重复的编号", "每个编号只列一次")
