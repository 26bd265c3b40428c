"""Pairs that a rule bars and staff may allow one by one, so that a way out can weigh them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from matching.groups import Group, Limits, Side
from matching.problem import AssignmentProblem
from matching.validate import SCALE
from peipao.tables.profiles import IntArray

Ends = tuple[IntArray, IntArray]
"""Rows of needs and of providers, pair by pair."""


def with_barriers(problem: AssignmentProblem, barred: Mapping[str, Ends]) -> AssignmentProblem:
    """Return the problem with pairs that no plan may make unless a barrier is lifted.

    Each barrier is a group of its pairs with the maximum 0. What a barred pair is worth is not
    known; it counts as the best there is, so that only the barrier stands against it.

    Args:
        problem: any.
        barred: id of a barrier -> its pairs; those that the problem lists are left as they are.
    """
    keys, m = sorted(barred), len(problem.capacity)
    needs, providers = (
        np.concatenate((own[:0], *(barred[key][side] for key in keys)))
        for side, own in enumerate((problem.need, problem.provider))
    )
    held = np.array([len(barred[key][0]) for key in keys], dtype=np.int64)
    listed = problem.need.astype(np.int64) * m + problem.provider
    new = ~np.isin(needs.astype(np.int64) * m + providers, listed)
    n_new = np.bincount(np.repeat(np.arange(len(keys)), held)[new], minlength=len(keys))
    ends = len(listed) + np.cumsum(n_new)
    groups = [
        Group(key, Side.PAIR, (), np.arange(end - n, end), 0, 0)
        for key, end, n in zip(keys, ends.tolist(), n_new.tolist(), strict=True)
    ]
    need = np.concatenate((problem.need, needs[new]))
    return _widened(problem, (need, np.concatenate((problem.provider, providers[new]))), groups)


def _widened(problem: AssignmentProblem, ends: Ends, barriers: list[Group]) -> AssignmentProblem:
    """Return the problem with the pairs that come after its own, in canonical order."""
    order = np.lexsort((ends[1], ends[0]))
    n_new = len(ends[0]) - len(problem.need)
    worth = np.full(n_new, SCALE, dtype=np.int64)
    none, no = np.zeros(n_new, dtype=np.int64), np.zeros(n_new, dtype=np.bool_)
    limits = problem.limits or Limits(
        np.zeros_like(problem.wanted), np.zeros_like(problem.capacity), ()
    )
    groups = (*(_counting(group, problem, ends) for group in limits.groups), *barriers)
    n, m = len(problem.wanted), len(problem.capacity)
    return replace(
        problem,
        need=ends[0][order].astype(np.int32),
        provider=ends[1][order].astype(np.int32),
        weight=np.concatenate((problem.weight, worth))[order],
        bonus=np.concatenate((problem.bonus, none))[order],
        pinned=np.concatenate((problem.pinned, no))[order],
        vetoed=np.concatenate((problem.vetoed, no))[order],
        limits=replace(limits, groups=groups).reordered(np.arange(n), np.arange(m), order),
    )


def _counting(group: Group, problem: AssignmentProblem, ends: Ends) -> Group:
    """Return a group of needs or providers with all pairs of its members."""
    if group.side is Side.PAIR or not group.members:
        return group
    ids, column = (
        (problem.need_ids, ends[0]) if group.side is Side.NEED else (problem.provider_ids, ends[1])
    )
    inside = np.isin(ids, np.array(group.members, dtype=np.str_))
    return replace(group, rows=np.flatnonzero(inside[column]))
