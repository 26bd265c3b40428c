"""The checker's own prices: plain Bellman-Ford over every change the places allow."""

from __future__ import annotations

import numpy as np

from matching.bound import Bools, Longs
from matching.problem import AssignmentProblem, Duals


def own_prices(problem: AssignmentProblem, gain: Longs, open_: Bools, rows: Longs) -> Duals | None:
    """Return prices from shortest distances over all possible changes; None if one improves.

    Plain Bellman-Ford over every arc, node 0 being "no place": it settles if and only if no cycle
    of changes improves the assignment.
    """
    tail, head, cost = _changes(problem, gain, open_, rows)
    size = 1 + len(problem.wanted) + len(problem.capacity)
    order = np.argsort(head, kind="stable")
    tail, head, cost = tail[order], head[order], cost[order]
    reached, start = np.unique(head, return_index=True)
    distance = np.zeros(size, dtype=np.int64)
    for _ in range(size + 1):
        offer = np.minimum.reduceat(distance[tail] + cost, start) if len(start) else distance[:0]
        if not (offer < distance[reached]).any():
            relative = distance - distance[0]
            n_needs = len(problem.wanted)
            return Duals(
                need=np.maximum(relative[1 : 1 + n_needs], 0),
                provider=np.maximum(-relative[1 + n_needs :], 0),
            )
        distance[reached] = np.minimum(distance[reached], offer)
    return None


def _changes(
    problem: AssignmentProblem, gain: Longs, open_: Bools, rows: Longs
) -> tuple[Longs, Longs, Longs]:
    """Return tail, head and cost of every change by one unit that the limits allow."""
    n_needs = len(problem.wanted)
    made = np.zeros(len(gain), dtype=np.bool_)
    made[rows] = True
    i, j = 1 + problem.need.astype(np.int64), 1 + n_needs + problem.provider.astype(np.int64)
    add, drop = np.flatnonzero(open_ & ~made), np.flatnonzero(open_ & made)
    used_need = np.bincount(problem.need[rows], minlength=n_needs)
    used_provider = np.bincount(problem.provider[rows], minlength=len(problem.capacity))
    enter = 1 + np.flatnonzero(used_need < problem.wanted)
    leave = 1 + np.flatnonzero(np.bincount(problem.need[drop], minlength=n_needs))
    finish = 1 + n_needs + np.flatnonzero(used_provider < problem.capacity)
    undo = 1 + n_needs + np.unique(problem.provider[drop]).astype(np.int64)
    tail = np.concatenate((i[add], j[drop], 0 * enter, leave, finish, 0 * undo))
    head = np.concatenate((j[add], i[drop], enter, 0 * leave, 0 * finish, undo))
    idle = np.zeros(len(tail) - len(add) - len(drop), dtype=np.int64)
    return tail, head, np.concatenate((-gain[add], gain[drop], idle))
