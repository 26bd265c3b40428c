"""A network of a round as arrays of the kernel, and back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matching.duals import Prices
from matching.kernel import search, shortlist
from matching.kernel.arrays import Edges, Ints, Longs, State, Work, new_state, new_work
from matching.network import Network
from peipao.errors import InfeasibleError
from peipao.tables.profiles import BoolArray

LIST = (15, 7)
"""Edges on the first list, beyond its places, of a row and of a column."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A network in the arrays of the kernel.

    Attributes:
        by_need, by_provider: the same edges in both orders.
        swapped: True if providers are the rows: the side with fewer places a node searches faster.
        state: the empty state; work: scratch.
    """

    by_need: Edges
    by_provider: Edges
    swapped: bool
    state: State
    work: Work

    @property
    def by_row(self) -> Edges:
        """Return the edges by row."""
        return self.by_provider if self.swapped else self.by_need

    @property
    def by_column(self) -> Edges:
        """Return the edges by column."""
        return self.by_need if self.swapped else self.by_provider


def prepare(network: Network) -> Prepared:
    """Return the network in the arrays of the kernel, nothing taken yet."""
    by_need = edges_by_need(network)
    by_provider = search.transposed(by_need, network.n_providers)
    most = places_of(by_need, network.need_max), places_of(by_provider, network.provider_max)
    needs, providers = (network.need_min, most[0]), (network.provider_min, most[1])
    swapped = int(most[1].max(initial=0)) < int(most[0].max(initial=0))
    rows, columns = (providers, needs) if swapped else (needs, providers)
    work = new_work(len(rows[1]), len(columns[1]))
    return Prepared(by_need, by_provider, swapped, new_state(rows, columns, rows[1]), work)


def edges_by_need(network: Network) -> Edges:
    """Return the edges in the order they have; arrays of the right type are not copied."""
    starts = np.searchsorted(network.need, np.arange(network.n_needs + 1, dtype=np.int32))
    provider = np.require(network.provider, np.int32, ("C", "W")).view(np.uint32)
    return Edges(starts.astype(np.uint64), provider, np.require(network.gain, np.int64, ("C", "W")))


def places_of(edges: Edges, most: Longs) -> Longs:
    """Return int64 (n,), the places a node can really use: bound and degree."""
    return np.minimum(most, (edges.indptr[1:] - edges.indptr[:-1]).astype(np.int64))


def solve_priced(network: Network, fine: int = search.FINE) -> tuple[BoolArray, Prices]:
    """Return the edges taken, of exactly the greatest total gain, and prices that prove it.

    Raises:
        InfeasibleError: the lower bounds cannot all be met.
    """
    made = prepare(network)
    state = made.state
    enough = (state.least <= state.most).all() and (state.low <= state.cap).all()
    if not enough or not search.solve(made.by_row, made.by_column, state, made.work, fine):
        raise InfeasibleError("名额下限无法同时满足")
    chosen: BoolArray = search.taken(made.by_row, state)
    if made.swapped:
        chosen = search.reordered(made.by_row, made.by_column, chosen)
    u = search.row_prices(made.by_row, state)
    by_row, by_column = (u, state.degree), (state.v, state.load)
    sides = (by_column, by_row) if made.swapped else (by_row, by_column)
    return chosen, prices_of(network, *sides)


def prices_of(network: Network, needs: tuple[Longs, Ints], providers: tuple[Longs, Ints]) -> Prices:
    """Return prices of the network from (prices, places taken) of both sides.

    A node with more places than edges, all of them taken, is full to the kernel but not to the
    network: it costs nothing there.
    """
    return Prices(
        need=np.where(needs[1] < network.need_max, np.minimum(needs[0], 0), needs[0]),
        provider=np.where(
            providers[1] < network.provider_max, np.minimum(providers[0], 0), providers[0]
        ),
    )


def solve_shortlisted(network: Network) -> tuple[BoolArray, Prices]:
    """Return the same for a network without lower bounds, searching few of its edges.

    The best edges of every node are solved first. Then all edges are held against the prices;
    those that beat them join, and the search goes on from where it stood, until none does.
    """
    edges, n_columns = edges_by_need(network), network.n_providers
    places = places_of(edges, network.need_max), network.provider_max
    per_row, per_column = (
        extra + int(most.max(initial=0)) for extra, most in zip(LIST, places, strict=True)
    )
    chosen = shortlist.best_edges(edges, n_columns, per_row, per_column)
    state = new_state((network.need_min, places[0]), (network.provider_min, places[1]), places[0])
    work = new_work(network.n_needs, n_columns)
    fresh = True
    while fresh or shortlist.add_missed(edges, state, chosen, LIST[1]):
        by_row = shortlist.listed(edges, chosen)
        by_column = search.transposed(by_row, n_columns)
        if fresh:
            search.solve(by_row, by_column, state, work, search.FINE)
        else:
            search.resume(by_row, by_column, state, work)
        fresh = False
    taken = search.taken(edges, state)
    u = search.row_prices(edges, state)
    return taken, prices_of(network, (u, state.degree), (state.v, state.load))
