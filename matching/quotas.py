"""Every limit of a problem as a set of edges with two bounds, and whether the sets nest.

Needs, providers and groups differ only in which edges they hold. Where the sets split into two
families, one around the needs and one around the providers, such that any two sets of a family
are disjoint or nested, the whole problem is a flow: its linear programme has integral vertices
and integer prices. Otherwise quotas cross, and only branch and bound is exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp

from matching.network import LongArray
from matching.problem import AssignmentProblem, Duals
from peipao.tables.profiles import BoolArray


@dataclass(frozen=True, slots=True, eq=False)
class QuotaSets:
    """What is left to decide after the pins, as edges and sets of edges.

    Attributes:
        problem: as given.
        rows: int64 (n_edges,), the pair row of each edge; ascending.
        matrix: int8 (n_sets, n_edges), which edges each set holds: the needs first, then the
            providers, then the groups.
        least, most: int64 (n_sets,), bounds on the edges taken of each set.
    """

    problem: AssignmentProblem
    rows: LongArray
    matrix: Any
    least: LongArray
    most: LongArray

    @property
    def n_edges(self) -> int:
        """Return the number of edges."""
        return len(self.rows)

    @property
    def n_nodes(self) -> int:
        """Return the number of needs and providers, which are the first sets."""
        return len(self.problem.wanted) + len(self.problem.capacity)

    def counts(self, chosen: BoolArray) -> LongArray:
        """Return int64 (n_sets,), how many chosen edges each set has."""
        return np.asarray(self.matrix @ chosen.astype(np.int64), dtype=np.int64)

    def keeps(self, chosen: BoolArray) -> bool:
        """Tell whether the chosen edges keep every bound."""
        have = self.counts(chosen)
        return bool(((have >= self.least) & (have <= self.most)).all())

    def duals(self, price: LongArray, per_unit: int = 1) -> Duals:
        """Return the prices of the sets, told apart by what the sets are."""
        n_needs = len(self.problem.wanted)
        return Duals(
            need=price[:n_needs],
            provider=price[n_needs : self.n_nodes],
            group=price[self.n_nodes :],
            per_unit=per_unit,
        )


def quota_sets(problem: AssignmentProblem) -> QuotaSets:
    """Return the sets of a problem; pins are taken out and use up what the bounds allow."""
    rows = problem.open_rows()
    n_needs, n_nodes = len(problem.wanted), len(problem.wanted) + len(problem.capacity)
    place = np.full(len(problem.weight), -1, dtype=np.int64)
    place[rows] = np.arange(len(rows))
    inside = [place[group.rows][place[group.rows] >= 0] for group in problem.groups]
    pins = [int(problem.pinned[group.rows].sum()) for group in problem.groups]
    at = np.concatenate(
        [problem.need[rows], n_needs + problem.provider[rows]]
        + [np.full(len(edges), n_nodes + k) for k, edges in enumerate(inside)]
    ).astype(np.int64)
    edge = np.concatenate([np.arange(len(rows)), np.arange(len(rows)), *inside]).astype(np.int64)
    shape = (n_nodes + len(inside), len(rows))
    least = [max(group.least - used, 0) for group, used in zip(problem.groups, pins, strict=True)]
    most = [group.most - used for group, used in zip(problem.groups, pins, strict=True)]
    return QuotaSets(
        problem=problem,
        rows=rows,
        matrix=sp.csr_array((np.ones(len(at), dtype=np.int8), (at, edge)), shape=shape),
        least=_joined(problem.need_min_left(), problem.provider_min_left(), least),
        most=_joined(problem.wanted_left(), problem.capacity_left(), most),
    )


def two_families(sets: QuotaSets) -> BoolArray | None:
    """Return bool (n_sets,), True for the sets around the providers; None if some sets cross."""
    n_needs, n_nodes = len(sets.problem.wanted), sets.n_nodes
    crossing = _crossing(sets)
    side = np.full(len(sets.least), -1, dtype=np.int64)
    side[:n_needs], side[n_needs:n_nodes] = 0, 1
    waiting = list(range(n_nodes))
    for group in range(n_nodes, len(side)):
        while waiting:
            if not _spread(waiting.pop(), crossing, side, waiting):
                return None
        if side[group] < 0:
            side[group] = 0
            waiting.append(group)
    while waiting:
        if not _spread(waiting.pop(), crossing, side, waiting):
            return None
    of_provider: BoolArray = side == 1
    return of_provider


def _joined(needs: LongArray, providers: LongArray, groups: list[int]) -> LongArray:
    return np.concatenate((needs, providers, np.array(groups, dtype=np.int64))).astype(np.int64)


def _crossing(sets: QuotaSets) -> Any:  # noqa: ANN401  scipy.sparse has no usable type for it
    """Return the symmetric matrix of pairs of sets that overlap without being nested.

    Needs and providers are left out against each other: they are the two families.
    """
    groups = sets.matrix[sets.n_nodes :].astype(np.int64)
    overlap = sp.coo_array(groups @ sets.matrix.astype(np.int64).T)
    size = np.asarray(sets.matrix.sum(axis=1, dtype=np.int64)).ravel()
    first, second = overlap.row + sets.n_nodes, overlap.col
    cross = (overlap.data < size[first]) & (overlap.data < size[second])
    first, second = first[cross], second[cross]
    ends = np.concatenate((first, second)), np.concatenate((second, first))
    shape = (len(size), len(size))
    return sp.csr_array((np.ones(len(ends[0]), dtype=np.int8), ends), shape=shape)


def _spread(at: int, crossing: Any, side: LongArray, waiting: list[int]) -> bool:  # noqa: ANN401
    """Put every set that crosses this one into the other family; False where that clashes."""
    others = crossing.indices[crossing.indptr[at] : crossing.indptr[at + 1]]
    if (side[others] == side[at]).any():
        return False
    free = others[side[others] < 0]
    side[free] = 1 - side[at]
    waiting.extend(free.tolist())
    return True
