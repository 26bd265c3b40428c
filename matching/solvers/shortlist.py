"""The kernel on a shortlist: for large networks in which every need has hundreds of edges."""

from __future__ import annotations

from matching.duals import Prices
from matching.network import Network
from matching.solvers.kernel import KernelSolver
from peipao.tables.profiles import BoolArray

MAX_PLACES = 64
"""Places of a node; the lists grow with them."""


class ShortlistSolver:
    """Solves on the best edges of every node, then lets the prices find those that were missed.

    Ends when no edge beats the prices, so it is exact. Where a list cannot tell (lower bounds) or
    would be long (many places), the kernel takes the whole network.
    """

    def refusal(self, network: Network, /) -> str:
        """Return in Chinese why this engine does not take the network; empty if it does."""
        return KernelSolver().refusal(network)

    def solve(self, network: Network, /) -> BoolArray:
        """Return bool (n_edges,), the edges taken, of exactly the greatest total gain."""
        return self.solve_priced(network)[0]

    def solve_priced(self, network: Network, /) -> tuple[BoolArray, Prices]:
        """Return the edges taken and the integer prices that prove them optimal.

        Raises:
            InfeasibleError: the lower bounds cannot all be met.
        """
        # numba is met only when a round is solved.
        from matching.kernel.rounds import solve_priced, solve_shortlisted

        return solve_shortlisted(network) if _fits_lists(network) else solve_priced(network)


def _fits_lists(network: Network) -> bool:
    if network.has_minimum():
        return False
    places = network.need_places().max(initial=0), network.provider_places().max(initial=0)
    return bool(max(places) <= MAX_PLACES)
