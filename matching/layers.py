"""Nested quotas as a flow: extra layers between the place outside, the needs and the providers.

The flow comes from a linear programme in floating point; what makes it exact is the proof. Every
set has a price, found as a shortest distance in integers over all changes that the bounds allow.
Such distances exist if and only if no change improves the flow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components

from matching.network import LongArray
from matching.programme import relaxed
from matching.quotas import QuotaSets
from peipao.errors import SolverFailedError
from peipao.tables.profiles import BoolArray

INTEGRAL = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Layers:
    """A flow round: out of the place outside (node 0) through needs and providers and back.

    Node `k + 1` is set `k`. The arcs are the edges first, then one arc a set, between it and the
    smallest set around it.

    Attributes:
        sets: the sets and edges.
        tail, head: int64 (n_edges + n_sets,), the nodes of each arc.
        least, most: int64 (n_edges + n_sets,), bounds on the flow.
    """

    sets: QuotaSets
    tail: LongArray
    head: LongArray
    least: LongArray
    most: LongArray

    @property
    def free(self) -> LongArray:
        """Return int64, the edges that are not settled."""
        n = self.sets.n_edges
        return np.flatnonzero(self.least[:n] < self.most[:n])

    def best(self, gain: LongArray) -> BoolArray:
        """Return bool (n_edges,), edges of the greatest total gain, as the programme finds them.

        Raises:
            InfeasibleError: the bounds cannot all be met.
            SolverFailedError: the programme gave no integral answer.
        """
        n = self.sets.n_edges
        found = relaxed(
            gain,
            self.sets.matrix,
            (self.least[n:], self.most[n:]),
            (self.least[:n], self.most[:n]),
        )
        chosen: BoolArray = found.taken > 0.5
        if n and np.abs(found.taken - chosen).max() > INTEGRAL:
            raise SolverFailedError("线性规划的结果不是整数解")
        return chosen

    def flow(self, chosen: BoolArray) -> LongArray:
        """Return int64 (n_edges + n_sets,), the flow of each arc."""
        return np.concatenate((chosen.astype(np.int64), self.sets.counts(chosen)))

    def prices(self, gain: LongArray, chosen: BoolArray) -> LongArray:
        """Return int64 (n_sets,), integer prices that prove the chosen edges the best.

        `gain` minus the prices of all sets around an edge is >= 0 where it is taken and <= 0 where
        it is not; a set that could take more has a price <= 0, one that could lose some >= 0.

        Raises:
            SolverFailedError: a bound is broken, or the choice can be improved.
        """
        flow = self.flow(chosen)
        if (flow < self.least).any() or (flow > self.most).any():
            raise SolverFailedError("求解器给出的方案违反上下限")
        distance = _distances(*self._changes(flow, gain), 1 + len(self.sets.least))
        if distance is None:
            raise SolverFailedError("求解器给出的方案并非最优:仍存在可以改进的调换")
        ends = distance[self.head] - distance[self.tail]
        return ends[self.sets.n_edges :]

    def face(self, gain: LongArray, chosen: BoolArray, price: LongArray) -> Layers:
        """Return the same layers, with everything settled that all optima have in common."""
        flow = self.flow(chosen)
        left = np.concatenate((gain - self.sets.matrix.T @ price, -price))
        tail, head, _ = self._changes(flow, np.zeros(self.sets.n_edges, dtype=np.int64), left == 0)
        size = 1 + len(self.sets.least)
        graph = sp.csr_array((np.ones(len(tail), np.int8), (tail, head)), shape=(size, size))
        component = connected_components(graph, connection="strong")[1]
        loose = (left == 0) & (component[self.tail] == component[self.head])
        return replace(
            self,
            least=np.where(loose, self.least, flow),
            most=np.where(loose, self.most, flow),
        )

    def _changes(
        self, flow: LongArray, gain: LongArray, only: BoolArray | None = None
    ) -> tuple[LongArray, LongArray, LongArray]:
        """Return tail, head and cost of every change by one unit that the bounds allow."""
        only = np.ones(len(flow), dtype=np.bool_) if only is None else only
        up, down = (
            np.flatnonzero((flow < self.most) & only),
            np.flatnonzero((flow > self.least) & only),
        )
        cost = np.concatenate((-gain, np.zeros(len(self.sets.least), dtype=np.int64)))
        return (
            np.concatenate((self.tail[up], self.head[down])),
            np.concatenate((self.head[up], self.tail[down])),
            np.concatenate((cost[up], -cost[down])),
        )


def layers_of(sets: QuotaSets, of_provider: BoolArray) -> Layers:
    """Return the layers of sets that nest.

    Args:
        sets: the sets of a problem.
        of_provider: bool (n_sets,), from `two_families`.
    """
    parent = np.zeros(len(sets.least), dtype=np.int64)
    leaf_of_need = _nest(sets, np.flatnonzero(~of_provider).tolist(), parent)
    leaf_of_provider = _nest(sets, np.flatnonzero(of_provider).tolist(), parent)
    own = 1 + np.arange(len(sets.least))
    n = sets.n_edges
    return Layers(
        sets=sets,
        tail=np.concatenate((leaf_of_need, np.where(of_provider, own, parent))),
        head=np.concatenate((leaf_of_provider, np.where(of_provider, parent, own))),
        least=np.concatenate((np.zeros(n, dtype=np.int64), sets.least)),
        most=np.concatenate((np.ones(n, dtype=np.int64), sets.most)),
    )


def _nest(sets: QuotaSets, family: Sequence[int], parent: LongArray) -> LongArray:
    """Write the parent node of every set; return int64 (n_edges,), the innermost node of an edge.

    From the smallest set to the largest, each takes in whatever was outermost so far.
    """
    indptr, indices = sets.matrix.indptr, sets.matrix.indices
    size = np.diff(indptr)
    innermost = np.zeros(sets.n_edges, dtype=np.int64)
    outermost = np.zeros(sets.n_edges, dtype=np.int64)
    for one in sorted(family, key=lambda one: (int(size[one]), one)):
        edges = indices[indptr[one] : indptr[one + 1]]
        inner = np.unique(outermost[edges])
        parent[inner[inner > 0] - 1] = one + 1
        innermost[edges] = np.where(innermost[edges] == 0, one + 1, innermost[edges])
        outermost[edges] = one + 1
    return innermost


def _distances(tail: LongArray, head: LongArray, cost: LongArray, size: int) -> LongArray | None:
    """Return int64 (size,), least costs of reaching each node from anywhere; None on a cycle < 0.

    Label correcting; only the arcs out of nodes that moved are looked at again.
    """
    distance = np.zeros(size, dtype=np.int64)
    order = np.argsort(tail, kind="stable")
    tail, head, cost = tail[order], head[order], cost[order]
    start = np.searchsorted(tail, np.arange(size + 1))
    moved = np.arange(size)
    for _ in range(size + 1):
        count = start[moved + 1] - start[moved]
        shift = np.repeat(start[moved] - np.concatenate(([0], np.cumsum(count)[:-1])), count)
        arcs = shift + np.arange(int(count.sum()))
        offer = distance[tail[arcs]] + cost[arcs]
        better = offer < distance[head[arcs]]
        if not better.any():
            return distance
        np.minimum.at(distance, head[arcs[better]], offer[better])
        moved = np.unique(head[arcs[better]])
    return None
