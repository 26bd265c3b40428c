"""Chooses the engine by the measured regimes (benchmarks/RESULTS.md)."""

from __future__ import annotations

from matching.duals import PricedSolver, Prices, derive_prices
from matching.network import Network, Solver
from matching.solvers.dense import DenseSolver
from matching.solvers.kernel import KernelSolver
from matching.solvers.shortlist import ShortlistSolver
from matching.solvers.sparse import SparseSolver
from peipao.tables.profiles import BoolArray

SMALL = 40_000
"""Needs x providers up to which any engine is done in a millisecond: no reason to compile."""

CROWDED, MANY = 200, 200_000
"""Edges a need, and edges in all, from which a shortlist pays."""


class AutoSolver:
    """`dense` while it is small, `kernel` for the rest, on a `shortlist` where edges abound.

    All engines are exact and the lottery decides between equals, so the choice changes the time
    and never the answer.
    """

    def refusal(self, _network: Network, /) -> str:
        """Return an empty text: every network is taken."""
        return ""

    def solve(self, network: Network, /) -> BoolArray:
        """Return bool (n_edges,), the edges taken, of exactly the greatest total gain."""
        return engine_for(network).solve(network)

    def solve_priced(self, network: Network, /) -> tuple[BoolArray, Prices]:
        """Return the edges taken and the integer prices that prove them optimal."""
        engine = engine_for(network)
        if isinstance(engine, PricedSolver):
            return engine.solve_priced(network)
        chosen = engine.solve(network)
        return chosen, derive_prices(network, chosen)


def engine_for(network: Network) -> Solver:
    """Return the fastest engine that takes the network."""
    crowded = network.n_edges >= max(MANY, CROWDED * network.n_needs)
    engines: tuple[Solver, ...] = (KernelSolver(), SparseSolver())
    if network.n_needs * network.n_providers <= SMALL:
        engines = (DenseSolver(), *engines)
    elif crowded:
        engines = (ShortlistSolver(), *engines)
    return next(engine for engine in engines if not engine.refusal(network))
