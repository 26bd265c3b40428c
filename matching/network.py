"""The bare arithmetic of a round: integer gains on edges, bounds on nodes; no ids, no people.

Every engine solves a `Network` and nothing else, so that both stages of a round (value first, the
lottery between equals second) go through the same engine.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from peipao.tables.profiles import BoolArray, IntArray

LongArray = npt.NDArray[np.int64]

EXACT_FLOAT = 2**53
"""Integers below this bound are exact in float64."""


@dataclass(frozen=True, slots=True)
class Network:
    """A bipartite network of places; an edge is taken wholly or not at all, and at most once.

    Attributes:
        need, provider: int32 (n_edges,), rows of the nodes; ordered by need, then provider.
        gain: int64 (n_edges,), what taking the edge brings; any sign.
        need_min, need_max: int64 (n_needs,), bounds on the edges taken at a need.
        provider_min, provider_max: int64 (n_providers,), likewise.
    """

    need: IntArray
    provider: IntArray
    gain: LongArray
    need_min: LongArray
    need_max: LongArray
    provider_min: LongArray
    provider_max: LongArray

    @property
    def n_edges(self) -> int:
        """Return the number of edges."""
        return len(self.gain)

    @property
    def n_needs(self) -> int:
        """Return the number of needs, with or without edges."""
        return len(self.need_max)

    @property
    def n_providers(self) -> int:
        """Return the number of providers, with or without edges."""
        return len(self.provider_max)

    def need_places(self) -> LongArray:
        """Return int64 (n_needs,), the places a need can really use: bound and degree."""
        return np.minimum(self.need_max, np.bincount(self.need, minlength=self.n_needs))

    def provider_places(self) -> LongArray:
        """Return int64 (n_providers,), the places a provider can really use."""
        return np.minimum(self.provider_max, np.bincount(self.provider, minlength=self.n_providers))

    def has_minimum(self) -> bool:
        """Tell whether some node must be filled at least in part."""
        return bool(self.need_min.any() or self.provider_min.any())

    def largest_gain(self) -> int:
        """Return the largest absolute gain of an edge; 0 without edges."""
        return max(int(self.gain.max(initial=0)), -int(self.gain.min(initial=0)))


class Solver(Protocol):
    """Finds the edges of greatest total gain within the bounds; registered in `peipao.solvers`."""

    def refusal(self, network: Network, /) -> str:
        """Return in Chinese why this engine does not take the network; empty if it does."""
        ...

    def solve(self, network: Network, /) -> BoolArray:
        """Return bool (n_edges,), the edges taken, of exactly the greatest total gain.

        Raises:
            InfeasibleError: the lower bounds cannot all be met.
            SolverFailedError: the engine gave no usable answer.
        """
        ...


def filled(network: Network, chosen: BoolArray) -> tuple[LongArray, LongArray]:
    """Return how many chosen edges each need (n_needs,) and each provider (n_providers,) has."""
    return (
        np.bincount(network.need[chosen], minlength=network.n_needs),
        np.bincount(network.provider[chosen], minlength=network.n_providers),
    )
