"""A solved round that stays solved while needs come and go and capacities change."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from matching.duals import Prices
from matching.kernel import search
from matching.kernel.arrays import FAR, Edges, Longs, State, Work, new_state, new_work
from matching.kernel.rounds import edges_by_need, places_of, prices_of
from matching.network import Network
from peipao.errors import InfeasibleError
from peipao.tables.profiles import BoolArray

IMPOSSIBLE = -1
"""A loss that cannot be had: the change would break a lower bound."""


@dataclass(frozen=True, slots=True)
class LiveRound:
    """An optimum with its prices, repaired after each change by a search or two.

    Every method leaves an optimum of what is then the network, equal in value to solving again.
    Where equals are tied, which of them is taken depends on the history: the lottery is a matter
    for `assign`. One thread at a time.

    Attributes:
        network: as started; its limits of the present are in `state`.
        edges: by need; by_provider: the same edges by provider.
        state: the optimum; work: scratch.
    """

    network: Network
    edges: Edges
    by_provider: Edges
    state: State
    work: Work

    @staticmethod
    def start(network: Network, most_wanted: Longs | None = None) -> LiveRound:
        """Solve the network.

        Args:
            network: edges and limits to start from.
            most_wanted: int64 (n_needs,), places a need may come to want; None is `need_max`.

        Raises:
            InfeasibleError: the lower bounds cannot all be met.
        """
        edges = edges_by_need(network)
        by_provider = search.transposed(edges, network.n_providers)
        most = places_of(edges, network.need_max)
        room = most if most_wanted is None else np.maximum(most, places_of(edges, most_wanted))
        columns = network.provider_min, places_of(by_provider, network.provider_max)
        state = new_state((network.need_min, most), columns, room)
        work = new_work(network.n_needs, network.n_providers)
        live = LiveRound(network, edges, by_provider, state, work)
        enough = (state.least <= state.most).all() and (state.low <= state.cap).all()
        _require(bool(enough) and search.solve(edges, by_provider, state, work, search.FINE))
        state.cap[:] = network.provider_max
        _require(search.settle(edges, by_provider, state, work))
        return live

    @staticmethod
    def resume(network: Network, chosen: BoolArray, prices: Prices) -> LiveRound:
        """Go on from an optimum that was kept, with the prices that prove it; nothing is solved.

        What no longer holds (a need more, a provider gone) is repaired, a search or two each: so
        edges of a new need, or other bounds, may be in the network already.

        Args:
            network: edges and limits.
            chosen: bool (n_edges,), the edges taken; within the upper bounds.
            prices: for edges that are new, any prices at which nobody would rather have them.

        Raises:
            InfeasibleError: the lower bounds cannot all be met.
        """
        edges = edges_by_need(network)
        by_provider = search.transposed(edges, network.n_providers)
        most = places_of(edges, network.need_max)
        columns = network.provider_min, network.provider_max
        state = new_state((network.need_min, most), columns, most)
        state.v[:] = prices.provider
        state.u[:] = prices.need
        search.seated(edges, state, chosen)
        work = new_work(network.n_needs, network.n_providers)
        live = LiveRound(network, edges, by_provider, state, work)
        enough = (state.least <= state.most).all()
        _require(bool(enough) and search.settle(edges, by_provider, state, work))
        return live

    @property
    def total(self) -> int:
        """Return the total gain of the edges taken."""
        return int(self.state.gain[self.state.mate >= 0].sum())

    def chosen(self) -> BoolArray:
        """Return bool (n_edges,), the edges taken."""
        taken: BoolArray = search.taken(self.edges, self.state)
        return taken

    def present(self) -> Network:
        """Return the network as it is now."""
        state = self.state
        absent = state.most == 0
        return replace(
            self.network,
            need_min=np.where(absent, 0, self.network.need_min),
            need_max=state.most.astype(np.int64),
            provider_max=state.cap.astype(np.int64),
        )

    def prices(self) -> Prices:
        """Return prices that prove the optimum of the present network."""
        state = self.state
        u = search.row_prices(self.edges, state)
        return prices_of(self.present(), (u, state.degree), (state.v, state.load))

    def leave(self, need: int) -> None:
        """Take a need out of the round.

        Raises:
            InfeasibleError: a minimum of a provider can then not be met; the round is spoilt.
        """
        _require(search.leave(self.by_provider, self.state, self.work, need))

    def enter(self, need: int, places: int = 1) -> None:
        """Put a need that is not in the round into it.

        Args:
            need: row of the need.
            places: places it wants; more than it has edges, or room, are not counted.

        Raises:
            InfeasibleError: its minimum cannot be met; the round is spoilt.
            ValueError: the need is in the round.
        """
        if self.state.most[need] > 0:
            raise ValueError(need)
        room = self.state.first[need + 1] - self.state.first[need]
        degree = int(self.edges.indptr[need + 1] - self.edges.indptr[need])
        most = min(places, int(room), degree)
        _require(most >= int(self.state.least[need]))
        _require(search.enter(self.edges, self.state, self.work, need, most))

    def resize(self, provider: int, capacity: int) -> None:
        """Give a provider another capacity.

        Raises:
            InfeasibleError: some minimum can then not be met; the capacity is then the least
                possible one.
        """
        _require(capacity >= int(self.state.low[provider]))
        arrays = (self.edges, self.by_provider, self.state, self.work)
        _require(search.resize(*arrays, provider, capacity))

    def regret(self, need: int) -> Longs:
        """Return what the total would lose if the need had to be paired with each provider.

        Returns:
            int64, one number for each edge of the need in order: 0 for those taken, `IMPOSSIBLE`
            where a limit forbids it.
        """
        loss: Longs = search.regret(self.edges, self.by_provider, self.state, need)
        return np.where(loss == FAR, IMPOSSIBLE, loss)

    def one_more_each(self) -> Longs:
        """Return int64 (n_providers,), what one more place of each would bring."""
        m = self.network.n_providers
        dist = search.spread(self.edges, self.state)[:m]
        gain: Longs = np.maximum(self.state.v - dist, 0)
        return gain

    def one_less_each(self) -> Longs:
        """Return int64 (n_providers,), what one place less of each would cost, or `IMPOSSIBLE`."""
        state, m = self.state, self.network.n_providers
        dist = search.reach(self.by_provider, state, m + self.network.n_needs)[:m]
        loss = np.where(state.load < state.cap, 0, dist + state.v)
        impossible = (state.cap <= state.low) | ((state.load == state.cap) & (dist == FAR))
        return np.where(impossible, IMPOSSIBLE, loss)


def _require(possible: bool) -> None:  # noqa: FBT001  the answer of a search
    if not possible:
        raise InfeasibleError("名额下限无法同时满足")
