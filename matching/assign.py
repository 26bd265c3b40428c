"""A problem becomes an assignment: the greatest value first, then the lottery between equals."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from matching.budget import Budget
from matching.duals import Prices, complete_duals, solve_exactly
from matching.network import LongArray, Network, Solver
from matching.problem import Assignment, AssignmentProblem, open_network
from matching.registry import engine_of
from matching.ties import WORDS, lottery_weights, optimal_face
from peipao.errors import SolverFailedError
from peipao.tables.profiles import BoolArray


def assign(
    problem: AssignmentProblem, solver: str | Solver = "auto", budget: Budget | None = None
) -> Assignment:
    """Return the one assignment that the problem, its ids and its seed determine.

    The optimum is proven by exact integer prices, whatever engine found it; where several
    assignments are equally good, the lottery keyed by the seed decides. So every engine and every
    order of the input give the same pairs. Minimum loads and quotas: see `assign_within_limits`.

    Args:
        problem: canonical, from `problem_from_affinity`.
        solver: name of an entry point of `peipao.solvers`, or an engine.
        budget: time allowed where quotas cross; everything else takes the time it takes.

    Raises:
        InfeasibleError: minimums and quotas cannot all be met.
        SolverFailedError: the engine does not take the problem or did not find an optimum.
    """
    if problem.limits is not None:
        # Whoever has no quotas does not pay for them.
        from matching.limited import assign_within_limits

        return assign_within_limits(problem, solver, budget)
    engine = engine_of(solver)
    network, rows = open_network(problem)
    chosen, prices = solve_exactly(engine, network)
    settled, drawn = _draw(engine, problem, rows, (network, chosen, prices))
    pairs = np.concatenate((np.flatnonzero(problem.pinned), rows[settled]))
    return Assignment(
        pairs=np.sort(pairs).astype(np.int32),
        duals=complete_duals(problem, prices),
        solver=solver if isinstance(solver, str) else type(solver).__name__,
        drawn=drawn,
    )


def _draw(
    engine: Solver,
    problem: AssignmentProblem,
    rows: LongArray,
    optimum: tuple[Network, BoolArray, Prices],
) -> tuple[BoolArray, int]:
    """Return the chosen edges after the lottery, and how many edges were in it."""
    network, chosen, prices = optimum
    settled, drawn, edges = chosen.copy(), 0, np.arange(network.n_edges)
    for word in range(WORDS):
        face = optimal_face(network, chosen, prices)
        edges = edges[face.free]
        if not edges.size:
            return settled, drawn
        drawn = drawn or len(edges)
        network = replace(face.network, gain=_lots(problem, rows[edges], word))
        chosen, prices = solve_exactly(engine, network)
        settled[edges] = chosen
    raise SolverFailedError("摇号未能区分等值方案:请更换 seed")


def _lots(problem: AssignmentProblem, rows: LongArray, word: int) -> LongArray:
    return lottery_weights(problem.seed, *problem.lots_of(rows), word)
