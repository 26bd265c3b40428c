"""Where a round may look for its pairs, and the search in stages: one aim after the other.

A space is the set of all assignments that keep the limits. It finds the best for any integer
gains, and its *face* is the space of all assignments that are as good. Aims in order of rank
(serve the most, then lift the worst, then the value, then the lottery) are one face after another;
none is weighed against the next, so nothing overflows and nothing is traded.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np

from matching.budget import Budget
from matching.crossing import Crossing, Searched
from matching.duals import Prices, solve_exactly
from matching.layers import Layers, layers_of
from matching.network import LongArray, Network, Solver
from matching.prices import signed_duals
from matching.problem import AssignmentProblem, Duals, open_network
from matching.programme import GRID
from matching.quotas import quota_sets, two_families
from matching.registry import engine_of
from matching.ties import optimal_face
from peipao.errors import InfeasibleError
from peipao.tables.profiles import BoolArray


@dataclass(frozen=True, slots=True, eq=False)
class Best:
    """The best of a space for some gains.

    Attributes:
        chosen: bool (n_edges,).
        value: total gain of the chosen edges.
        bound: no choice of the space gains more; equal to `value` where that is proven or, for
            quotas that cross, claimed by a search that finished.
        duals: prices of the problem that prove it, or as much as can be proven.
        face: the space of all choices as good; only of use where `bound` equals `value`.
        proven: True if integer prices alone prove the value the greatest.
    """

    chosen: BoolArray
    value: int
    bound: int
    duals: Duals
    face: Space
    proven: bool


class Space(Protocol):
    """The assignments that keep the limits; edges are pairs that nobody has decided."""

    @property
    def rows(self) -> LongArray:
        """Return int64 (n_edges,), the pair row of each edge."""
        ...

    @property
    def free(self) -> LongArray:
        """Return int64, the edges that are not settled."""
        ...

    def best(self, gain: LongArray, /) -> Best:
        """Return the best choice.

        Args:
            gain: int64 (n_edges,).

        Raises:
            InfeasibleError: no choice keeps the limits.
            SolverFailedError: the engine failed, or ran out of time.
        """
        ...


def space_of(
    problem: AssignmentProblem, solver: str | Solver = "auto", budget: Budget | None = None
) -> Space:
    """Return the space of a problem: plain, in layers where groups nest, or crossing."""
    if not problem.groups:
        network, rows = open_network(problem)
        return PlainSpace(problem, rows, engine_of(solver), network)
    sets = quota_sets(problem)
    families = two_families(sets)
    if families is not None:
        return LayeredSpace(sets.rows, layers_of(sets, families))
    edges = np.zeros(sets.n_edges, dtype=np.int64), np.ones(sets.n_edges, dtype=np.int64)
    bounds = sets.least, sets.most
    return CrossingSpace(
        sets.rows, problem, Crossing(sets.matrix, bounds, edges, budget or Budget())
    )


@dataclass(frozen=True, slots=True, eq=False)
class PlainSpace:
    """Limits on needs and providers alone: any registered engine.

    Attributes:
        edges: int64, the edges that are not settled, which `network` is made of.
        settled: bool (n_edges,), what the others are; empty at first.
    """

    problem: AssignmentProblem
    rows: LongArray
    engine: Solver
    network: Network
    edges: LongArray | None = None
    settled: BoolArray = field(default_factory=lambda: np.zeros(0, dtype=np.bool_))

    @property
    def free(self) -> LongArray:
        """Return int64, the edges that are not settled."""
        return np.arange(len(self.rows)) if self.edges is None else self.edges

    def best(self, gain: LongArray, /) -> Best:
        """Return the best choice, proven by integer prices."""
        network = replace(self.network, gain=gain[self.free])
        require_room(network)
        part, prices = solve_exactly(self.engine, network)
        chosen = np.zeros(len(self.rows), dtype=np.bool_)
        chosen[: len(self.settled)] = self.settled
        chosen[self.free] = part
        value = int(gain[chosen].sum())
        face = self._face(network, part, prices, chosen)
        duals = signed_duals(self.problem, prices)
        return Best(chosen, value, value, duals, face, proven=True)

    def _face(
        self, network: Network, part: BoolArray, prices: Prices, chosen: BoolArray
    ) -> PlainSpace:
        found = optimal_face(network, part, prices)
        return replace(self, network=found.network, edges=self.free[found.free], settled=chosen)


@dataclass(frozen=True, slots=True, eq=False)
class LayeredSpace:
    """Quotas that nest: a flow through layers."""

    rows: LongArray
    layers: Layers

    @property
    def free(self) -> LongArray:
        """Return int64, the edges that are not settled."""
        return self.layers.free

    def best(self, gain: LongArray, /) -> Best:
        """Return the best choice, proven by integer prices."""
        chosen = self.layers.best(gain)
        price = self.layers.prices(gain, chosen)
        value = int(gain[chosen].sum())
        face = LayeredSpace(self.rows, self.layers.face(gain, chosen, price))
        return Best(chosen, value, value, self.layers.sets.duals(price), face, proven=True)


@dataclass(frozen=True, slots=True, eq=False)
class CrossingSpace:
    """Quotas that cross: branch and bound, with a bound."""

    rows: LongArray
    problem: AssignmentProblem
    sets: Crossing

    @property
    def free(self) -> LongArray:
        """Return int64, the edges that are not settled."""
        return self.sets.free

    def best(self, gain: LongArray, /) -> Best:
        """Return the best choice found within the budget, and the bound."""
        found = self.sets.best(gain)
        face = replace(self, sets=self.sets.face(gain, found))
        duals = self._duals(found)
        bound, proven = found.bound, found.proven == found.value
        return Best(found.chosen > 0, found.value, bound, duals, face, proven)

    def _duals(self, found: Searched) -> Duals:
        n_needs, n = len(self.problem.wanted), len(self.problem.wanted) + len(self.problem.capacity)
        end = n + len(self.problem.groups)
        price = found.price
        return Duals(price[:n_needs], price[n_needs:n], price[n:end], per_unit=GRID)


def require_room(network: Network) -> None:
    """Do nothing if every node has edges enough for its minimum.

    Raises:
        InfeasibleError: one has not; engines are not to be asked then.
    """
    short = (network.need_min > network.need_places()).any()
    if short or (network.provider_min > network.provider_places()).any():
        raise InfeasibleError("名额下限无法同时满足")
