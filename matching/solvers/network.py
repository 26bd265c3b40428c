"""networkx's network simplex in Python integers: slow, exact, and nobody's relative here."""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np

from matching.network import LongArray, Network
from peipao.errors import InfeasibleError
from peipao.tables.profiles import BoolArray

MAX_EDGES = 200_000
_OUTSIDE = "outside"


class NetworkSolver:
    """The second, independent engine: a circulation of least cost.

    Lower bounds are rewards larger than all gains together; Python integers do not overflow.
    """

    def refusal(self, network: Network, /) -> str:
        """Return in Chinese why this engine does not take the network; empty if it does."""
        many = network.n_edges > MAX_EDGES
        return f"配对数 {network.n_edges} 超过 networkx 的上限 {MAX_EDGES}" if many else ""

    def solve(self, network: Network, /) -> BoolArray:
        """Return bool (n_edges,), the edges taken, of exactly the greatest total gain."""
        reward = 1 + 2 * int(np.abs(network.gain).sum())
        graph: Any = nx.MultiDiGraph()
        graph.add_node(_OUTSIDE)
        for i in range(network.n_needs):
            _add_node(graph, (_OUTSIDE, ("n", i)), network.need_min[i], network.need_max[i], reward)
        for j in range(network.n_providers):
            bounds = network.provider_min[j], network.provider_max[j]
            _add_node(graph, (("p", j), _OUTSIDE), *bounds, reward)
        edges = list(zip(network.need.tolist(), network.provider.tolist(), strict=True))
        for (i, j), gain in zip(edges, network.gain.tolist(), strict=True):
            graph.add_edge(("n", i), ("p", j), capacity=1, weight=-gain)
        _, flow = nx.network_simplex(graph)
        _refuse_unmet(network, flow)
        return np.array([flow[("n", i)][("p", j)][0] for i, j in edges], dtype=np.bool_)


def _add_node(graph: Any, ends: tuple[Any, Any], least: int, most: int, reward: int) -> None:  # noqa: ANN401  untyped graph
    """Add the arc between a node and the place outside; its first units are rewarded."""
    if least:
        graph.add_edge(*ends, key="must", capacity=int(least), weight=-reward)
    graph.add_edge(*ends, key="may", capacity=int(most - least), weight=0)


def _refuse_unmet(network: Network, flow: Any) -> None:  # noqa: ANN401  untyped flow
    needs = [flow[_OUTSIDE][("n", i)]["must"] - k for i, k in _bounds(network.need_min)]
    providers = [flow[("p", j)][_OUTSIDE]["must"] - k for j, k in _bounds(network.provider_min)]
    if any(missing < 0 for missing in needs + providers):
        raise InfeasibleError("名额下限无法同时满足")


def _bounds(least: LongArray) -> list[tuple[int, int]]:
    """Return (row, lower bound) of the nodes that have one."""
    return [(row, bound) for row, bound in enumerate(least.tolist()) if bound]
