"""What would change if something changed: answered by solving again, never by a raw price."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from matching.duals import complete_duals, derive_prices
from matching.network import LongArray, Solver
from matching.problem import Assignment, AssignmentProblem, open_network
from matching.spaces import space_of
from matching.validate import SCALE
from peipao.errors import NotFoundError
from peipao.tables.profiles import BoolArray


def best_objective(problem: AssignmentProblem, solver: str | Solver = "auto") -> int:
    """Return the greatest objective in integer units; no lottery, only the value counts."""
    space = space_of(problem, solver)
    best = space.best(problem.gain()[space.rows])
    penalty = int((problem.wanted * problem.unmatched_penalty).sum())
    return best.value + int(problem.gain()[problem.pinned].sum()) - penalty


def one_more_place(
    problem: AssignmentProblem, provider_id: str, solver: str | Solver = "auto"
) -> float:
    """Return what the objective gains, in affinity units, if the provider had one more place.

    Two full solves; exact.

    Raises:
        NotFoundError: the provider is not in the round.
    """
    at = np.flatnonzero(problem.provider_ids == provider_id)
    if not at.size:
        raise NotFoundError("资源方", provider_id)
    more = problem.capacity.copy()
    more[at] += 1
    gained = best_objective(replace(problem, capacity=more), solver)
    return (gained - best_objective(problem, solver)) / SCALE


def one_more_place_each(problem: AssignmentProblem, assignment: Assignment) -> LongArray:
    """Return int64 (n_providers,): in integer units, what one more place of each would gain.

    Equal to `one_more_place` of each, without solving again: the relaxation of `derive_prices`
    starts from prices of 0 and only raises them where a change forces it, so it ends at the least
    prices that prove the optimum, and the least price of a provider is the gain of one more place
    (the others, up to the greatest, are not; see the page on numbers). The tests hold this
    against a solve again for every provider.

    Raises:
        SolverFailedError: the assignment is not optimal.
    """
    network, rows = open_network(problem)
    chosen: BoolArray = np.isin(rows, assignment.pairs)
    return complete_duals(problem, derive_prices(network, chosen)).provider


def with_pin(problem: AssignmentProblem, row: int) -> AssignmentProblem:
    """Return the problem in which the pair of that row must be made."""
    pinned = problem.pinned.copy()
    pinned[row] = True
    return replace(problem, pinned=pinned)


def with_veto(problem: AssignmentProblem, row: int) -> AssignmentProblem:
    """Return the problem in which the pair of that row must not be made."""
    vetoed = problem.vetoed.copy()
    vetoed[row] = True
    return replace(problem, vetoed=vetoed, pinned=problem.pinned & ~vetoed)
