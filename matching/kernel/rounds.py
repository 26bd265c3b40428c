"""A network of a round as arrays of the kernel, and back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matching.duals import Prices
from matching.kernel import search
from matching.kernel.arrays import Edges, Longs, State, Work, new_state, new_work
from matching.network import Network
from peipao.errors import InfeasibleError
from peipao.tables.profiles import BoolArray


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
    starts = np.searchsorted(network.need, np.arange(network.n_needs + 1, dtype=np.int32))
    indptr = starts.astype(np.uint64)
    provider = np.require(network.provider, np.int32, ("C", "W")).view(np.uint32)
    by_need = Edges(indptr, provider, np.require(network.gain, np.int64, ("C", "W")))
    by_provider = search.transposed(by_need, network.n_providers)
    most = _places(by_need, network.need_max), _places(by_provider, network.provider_max)
    needs, providers = (network.need_min, most[0]), (network.provider_min, most[1])
    swapped = int(most[1].max(initial=0)) < int(most[0].max(initial=0))
    rows, columns = (providers, needs) if swapped else (needs, providers)
    state = new_state(rows, columns, rows[1])
    work = new_work(len(rows[1]), len(columns[1]))
    return Prepared(by_need, by_provider, swapped, state, work)


def _places(edges: Edges, most: Longs) -> Longs:
    """Return int64 (n,), the places a node can really use: bound and degree."""
    return np.minimum(most, (edges.indptr[1:] - edges.indptr[:-1]).astype(np.int64))


def solve_priced(network: Network, coarse: int = search.COARSE) -> tuple[BoolArray, Prices]:
    """Return the edges taken, of exactly the greatest total gain, and prices that prove it.

    Raises:
        InfeasibleError: the lower bounds cannot all be met.
    """
    made = prepare(network)
    state = made.state
    enough = (state.least <= state.most).all() and (state.low <= state.cap).all()
    if not enough or not search.solve(made.by_row, made.by_column, state, made.work, coarse):
        raise InfeasibleError("名额下限无法同时满足")
    return chosen_edges(made), prices(made, network)


def chosen_edges(made: Prepared) -> BoolArray:
    """Return bool (n_edges,), the edges taken, in the order of the network."""
    chosen: BoolArray = search.taken(made.by_row, made.state)
    if not made.swapped:
        return chosen
    return search.reordered(made.by_row, made.by_column, chosen)


def prices(made: Prepared, network: Network) -> Prices:
    """Return the prices of the state as prices of the network.

    A node with more places than edges, all of them taken, is full to the kernel but not to the
    network: it costs nothing there.
    """
    u, v = search.row_prices(made.by_row, made.state), made.state.v
    need, provider = (v, u) if made.swapped else (u, v)
    load, degree = made.state.load, made.state.degree
    at_need, at_provider = (load, degree) if made.swapped else (degree, load)
    return Prices(
        need=np.where(at_need < network.need_max, np.minimum(need, 0), need),
        provider=np.where(at_provider < network.provider_max, np.minimum(provider, 0), provider),
    )
