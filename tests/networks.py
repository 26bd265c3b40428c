"""Random networks with every sort of limit, and what may be asked of an answer to one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from matching.duals import Prices
from matching.network import Network, filled
from matching.solvers.sparse import SparseSolver
from peipao.errors import InfeasibleError
from peipao.tables.profiles import BoolArray


def a_random_network(seed: int, most_nodes: int = 13, *, minimums: bool = True) -> Network:
    """Return a network: ties or none, losses, closed nodes, several places, lower bounds."""
    dice = np.random.default_rng(seed)
    n, m = dice.integers(1, most_nodes + 1, 2)
    need, provider = np.nonzero(dice.random((n, m)) < dice.choice([0.2, 0.5, 1.0]))
    levels = int(dice.choice([1, 3, 10, 1000, 10**6]))
    least = -levels // 2 if dice.random() < 0.4 else 0
    wanted, capacity = int(dice.choice([1, 1, 3, 6])), int(dice.choice([1, 3, 6]))
    need_max = dice.integers(0 if dice.random() < 0.3 else 1, wanted + 1, n)
    provider_max = dice.integers(0, capacity + 1, m)
    share = float(dice.choice([0.0, 0.0, 0.3, 0.7])) if minimums else 0.0
    return Network(
        need=need.astype(np.int32),
        provider=provider.astype(np.int32),
        gain=dice.integers(least, levels + 1, len(need)),
        need_min=np.where(dice.random(n) < share, dice.integers(0, need_max + 1), 0),
        need_max=need_max,
        provider_min=np.where(dice.random(m) < share, dice.integers(0, provider_max + 1), 0),
        provider_max=provider_max,
    )


def best_total(network: Network) -> int | None:
    """Return the greatest total gain by another engine; None if the bounds cannot be met."""
    try:
        return int(network.gain[SparseSolver().solve(network)].sum())
    except InfeasibleError:
        return None


def best_total_with(network: Network, edge: int) -> int | None:
    """Return the greatest total gain of the choices that take the edge, by another engine."""
    i, j = network.need[edge], network.provider[edge]
    if network.need_max[i] == 0 or network.provider_max[j] == 0:
        return None
    others = np.arange(network.n_edges) != edge
    one = np.arange(network.n_needs) == i, np.arange(network.n_providers) == j
    rest = best_total(
        Network(
            need=network.need[others],
            provider=network.provider[others],
            gain=network.gain[others],
            need_min=np.maximum(network.need_min - one[0], 0),
            need_max=network.need_max - one[0],
            provider_min=np.maximum(network.provider_min - one[1], 0),
            provider_max=network.provider_max - one[1],
        )
    )
    return None if rest is None else rest + int(network.gain[edge])


def assert_proven(network: Network, chosen: BoolArray, prices: Prices) -> None:
    """Assert every limit and, sentence by sentence, that the prices prove the optimum."""
    left = prices.reduced(network)
    assert (left[chosen] >= 0).all()
    assert (left[~chosen] <= 0).all()
    at = filled(network, chosen)
    for held, least, most, price in (
        (at[0], network.need_min, network.need_max, prices.need),
        (at[1], network.provider_min, network.provider_max, prices.provider),
    ):
        assert ((held >= least) & (held <= most)).all()
        assert (price[held < most] <= 0).all()
        assert (price[held > least] >= 0).all()


def with_capacity(network: Network, provider: int, change: int) -> Network:
    """Return the network with that many places more or fewer at a provider."""
    capacity = network.provider_max.copy()
    capacity[provider] += change
    return replace(network, provider_max=capacity)
