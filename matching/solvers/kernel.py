"""The incremental kernel: takes every network, whatever its places; exact integers throughout."""

from __future__ import annotations

from matching.duals import Prices
from matching.network import Network
from peipao.tables.profiles import BoolArray

MAX_TOTAL = 2**60
"""Bound on places x largest gain: all distances and prices stay below it, hence below 2^62."""


class KernelSolver:
    """Coarse auction, then exact repair by shortest paths on what is left after the prices."""

    def refusal(self, network: Network, /) -> str:
        """Return in Chinese why this engine does not take the network; empty if it does."""
        nodes = network.n_needs + network.n_providers
        if nodes * network.largest_gain() >= MAX_TOTAL:
            return "数值过大,64 位整数无法保证精确"
        return ""

    def solve(self, network: Network, /) -> BoolArray:
        """Return bool (n_edges,), the edges taken, of exactly the greatest total gain."""
        return self.solve_priced(network)[0]

    def solve_priced(self, network: Network, /) -> tuple[BoolArray, Prices]:
        """Return the edges taken and the integer prices that prove them optimal."""
        # numba is met only when a round is solved.
        from matching.kernel.rounds import solve_priced

        return solve_priced(network)
