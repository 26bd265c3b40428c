"""Chooses the engine by the measured regimes (benchmarks/RESULTS.md)."""

from __future__ import annotations

from matching.network import Network
from matching.solvers.dense import DenseSolver
from matching.solvers.sparse import SparseSolver
from peipao.tables.profiles import BoolArray


class AutoSolver:
    """`dense` wherever its matrix of places is small enough, `sparse` for the rest.

    All engines are exact and the lottery decides between equals, so the choice changes the time
    and never the answer.
    """

    def __init__(self) -> None:
        self._dense, self._sparse = DenseSolver(), SparseSolver()

    def refusal(self, _network: Network, /) -> str:
        """Return an empty text: every network is taken."""
        return ""

    def solve(self, network: Network, /) -> BoolArray:
        """Return bool (n_edges,), the edges taken, of exactly the greatest total gain."""
        engine = self._sparse if self._dense.refusal(network) else self._dense
        return engine.solve(network)
