"""The engines by name."""

from __future__ import annotations

from typing import cast

from matching.network import Solver
from peipao.plugins import load_plugin

SOLVERS = "peipao.solvers"


def load_solver(name: str) -> Solver:
    """Return a fresh engine registered under that name.

    Raises:
        InvalidInputError: nothing of that name is registered; the message lists what is.
    """
    return cast("Solver", load_plugin(SOLVERS, name)())


def engine_of(solver: str | Solver) -> Solver:
    """Return the engine itself, or a fresh one of that name."""
    return load_solver(solver) if isinstance(solver, str) else solver
