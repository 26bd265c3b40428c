"""Exact integer prices that prove a choice of edges optimal, or the finding that it is not.

Every node gets a potential; the place outside the network (`outside`) is a node too: an edge that
may still be filled or emptied runs through it. Potentials are shortest distances over what could
still be changed. They exist if and only if nothing can be improved, so a solver that worked in
floating point is proven right, or found out, in integers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from matching.network import LongArray, Network, Solver, filled
from matching.problem import AssignmentProblem, Duals
from peipao.errors import SolverFailedError
from peipao.tables.profiles import BoolArray

_FAR = 2**62


@dataclass(frozen=True, slots=True)
class Prices:
    """Prices of the nodes of a network.

    Attributes:
        need: int64 (n_needs,), provider: int64 (n_providers,). `gain - need - provider` of an
            edge is >= 0 where it is chosen and <= 0 where it is not. A node that could be filled
            further has a price <= 0, one that could be emptied further a price >= 0.
    """

    need: LongArray
    provider: LongArray

    def reduced(self, network: Network) -> LongArray:
        """Return int64 (n_edges,): what is left of each gain after both prices."""
        return network.gain - self.need[network.need] - self.provider[network.provider]


@runtime_checkable
class PricedSolver(Solver, Protocol):
    """An engine that knows the prices of its answer, so that nobody has to derive them."""

    def solve_priced(self, network: Network, /) -> tuple[BoolArray, Prices]:
        """Return the edges taken and integer prices that prove them optimal; as `solve`."""
        ...


def solve_exactly(engine: Solver, network: Network) -> tuple[BoolArray, Prices]:
    """Return the edges taken and the integer prices that prove them optimal.

    Raises:
        SolverFailedError: the engine refuses the network, or what it found is not optimal.
    """
    why_not = engine.refusal(network)
    if why_not:
        raise SolverFailedError(f"{type(engine).__name__} 不接受此问题:{why_not}")
    if not isinstance(engine, PricedSolver):
        chosen = engine.solve(network)
        return chosen, derive_prices(network, chosen)
    chosen, prices = engine.solve_priced(network)
    require_proof(network, chosen, prices)
    return chosen, prices


def require_proof(network: Network, chosen: BoolArray, prices: Prices) -> None:
    """Do nothing if the prices prove the chosen edges optimal.

    Raises:
        SolverFailedError: the choice breaks a bound, or the prices prove nothing.
    """
    at = _refuse_broken_bounds(network, chosen)
    left = prices.reduced(network)
    wrong = (left[chosen] < 0).any() or (left > 0).sum() > (left[chosen] > 0).sum()
    sides = (
        (at[0], network.need_min, network.need_max, prices.need),
        (at[1], network.provider_min, network.provider_max, prices.provider),
    )
    for held, least, most, price in sides:
        wrong = wrong or ((held < most) & (price > 0)).any() or ((held > least) & (price < 0)).any()
    if wrong:
        raise SolverFailedError("求解器给出的价格不能证明方案最优")


def derive_prices(network: Network, chosen: BoolArray) -> Prices:
    """Return prices that prove the chosen edges optimal.

    Raises:
        SolverFailedError: the choice breaks a bound or could be improved.
    """
    _refuse_broken_bounds(network, chosen)
    state = _Relaxation(network, chosen)
    active = np.arange(network.n_needs)
    for _ in range(network.n_needs + network.n_providers + 2):
        active = state.relax(active)
        if not active.size:
            return state.prices()
    raise SolverFailedError("求解器给出的方案并非最优:仍存在可以改进的调换")


def complete_duals(problem: AssignmentProblem, prices: Prices) -> Duals:
    """Return duals of the whole problem, with nodes that had no place left priced as well.

    A full node that left the network costs what anybody would pay for it.
    """
    need, provider = np.maximum(prices.need, 0), np.maximum(prices.provider, 0)
    closed_need, closed_provider = problem.wanted_left() == 0, problem.capacity_left() == 0
    if not (closed_need.any() or closed_provider.any()):
        return Duals(need=need, provider=provider)
    rows = problem.open_rows()
    rows = rows[closed_need[problem.need[rows]] | closed_provider[problem.provider[rows]]]
    i, j, gain = problem.need[rows], problem.provider[rows], problem.gain()[rows]
    at = ~closed_need[i]
    np.maximum.at(provider, j[at], (gain - need[i])[at])
    at = closed_need[i]
    np.maximum.at(need, i[at], (gain - provider[j])[at])
    return Duals(need=need, provider=provider)


def _refuse_broken_bounds(network: Network, chosen: BoolArray) -> tuple[LongArray, LongArray]:
    """Return how many edges each need and each provider has."""
    at_need, at_provider = filled(network, chosen)
    broken = (
        (at_need < network.need_min).any()
        or (at_need > network.need_max).any()
        or (at_provider < network.provider_min).any()
        or (at_provider > network.provider_max).any()
    )
    if broken:
        raise SolverFailedError("求解器给出的方案违反名额上下限")
    return at_need, at_provider


class _Relaxation:
    """Label correcting from need to provider and back; only what moved is looked at again."""

    def __init__(self, network: Network, chosen: BoolArray) -> None:
        self.network, self.chosen = network, chosen
        at_need, at_provider = filled(network, chosen)
        self.can_fill_need = at_need < network.need_max
        self.can_empty_need = at_need > network.need_min
        self.can_fill_provider = at_provider < network.provider_max
        self.can_empty_provider = at_provider > network.provider_min
        # One that its minimum holds down may need a price below 0; one without a match does not.
        self.idle = self.can_fill_provider & (at_provider == 0)
        self.start = np.searchsorted(network.need, np.arange(network.n_needs + 1))
        held = np.flatnonzero(chosen)
        held = held[np.argsort(network.provider[held], kind="stable")]
        self.held = held
        self.held_start = np.searchsorted(
            network.provider[held], np.arange(network.n_providers + 1)
        )
        self.need = np.full(network.n_needs, _FAR, dtype=np.int64)
        self.provider = np.zeros(network.n_providers, dtype=np.int64)
        self.outside = 0
        self.need[self.can_fill_need] = 0
        self._pull_needs(held)

    def relax(self, active: LongArray) -> LongArray:
        """Push the distances of the active needs on; return the needs that moved in turn."""
        before = self.provider.copy()
        edges = _ranges(self.start, active)
        edges = edges[~self.chosen[edges]]
        self._push_providers(edges)
        moved_needs = self._settle_outside()
        moved = np.flatnonzero(self.provider < before)
        edges = self.held[_ranges(self.held_start, moved)]
        return np.union1d(moved_needs, self._pull_needs(edges))

    def prices(self) -> Prices:
        """Return the potentials relative to the place outside."""
        need = np.where(self.need == _FAR, 0, self.need - self.outside)
        provider = self.outside - self.provider
        return Prices(need=need, provider=np.where(self.idle, np.maximum(provider, 0), provider))

    def _push_providers(self, edges: LongArray) -> None:
        offer = self.need[self.network.need[edges]] - self.network.gain[edges]
        rows = self.network.provider[edges]
        better = offer < self.provider[rows]
        np.minimum.at(self.provider, rows[better], offer[better])

    def _pull_needs(self, edges: LongArray) -> LongArray:
        """Lower the needs that hold these chosen edges; return those that moved."""
        rows = self.network.need[edges]
        offer = self.provider[self.network.provider[edges]] + self.network.gain[edges]
        better = offer < self.need[rows]
        np.minimum.at(self.need, rows[better], offer[better])
        return np.unique(rows[better]).astype(np.int64)

    def _settle_outside(self) -> LongArray:
        """Let the place outside follow, and those that hang on it; return needs that moved."""
        lowest = min(
            int(self.provider[self.can_fill_provider].min(initial=self.outside)),
            int(self.need[self.can_empty_need].min(initial=self.outside)),
        )
        self.outside = lowest
        holds = self.can_empty_provider
        self.provider[holds] = np.minimum(self.provider[holds], lowest)
        moved = np.flatnonzero(self.can_fill_need & (self.need > lowest))
        self.need[moved] = lowest
        return moved


def _ranges(start: LongArray, rows: LongArray) -> LongArray:
    """Return the concatenated index ranges `start[r]:start[r + 1]` of the rows."""
    count = start[rows + 1] - start[rows]
    first = np.repeat(start[rows] - np.concatenate(([0], np.cumsum(count)[:-1])), count)
    return first + np.arange(int(count.sum()))
