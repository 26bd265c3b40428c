"""Rounds with minimum loads and group quotas: the greatest value first, then the lottery."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from matching.budget import Budget
from matching.network import LongArray, Solver
from matching.problem import Assignment, AssignmentProblem
from matching.spaces import Best, CrossingSpace, Space, space_of
from matching.ties import WORDS, lottery_weights
from peipao.errors import InfeasibleError, SolverFailedError
from peipao.tables.profiles import BoolArray

LOT_BITS_CROSSING = 20
"""Bits of a lot where branch and bound adds them up in floating point."""

_LOTTERY_SHARE = 0.2


def assign_within_limits(
    problem: AssignmentProblem, solver: str | Solver = "auto", budget: Budget | None = None
) -> Assignment:
    """Return the assignment of the greatest objective within all minimums and quotas.

    Where quotas nest it is exact and proven by integer prices like any other. Where they cross it
    is as good as the budget allows, and `bound` says how much better any other could be; equals
    are then drawn by lots of 20 bits, so the lottery may leave a tie to the order of the ids.

    Args:
        problem: canonical.
        solver: engine where there are no groups; quotas choose their own.
        budget: time allowed where quotas cross.

    Raises:
        InfeasibleError: the minimums and quotas cannot all be met.
        SolverFailedError: an engine failed, or found nothing in the time allowed.
    """
    budget = budget or Budget()
    share = replace(budget, limit_s=budget.limit_s * (1 - _LOTTERY_SHARE))
    share = share.shifted(constant_of(problem))
    space = space_of(problem, solver, share)
    best = space.best(problem.gain()[space.rows])
    chosen, drawn = settled(problem, best, budget)
    return made(problem, space, chosen, best, drawn)


def constant_of(problem: AssignmentProblem) -> int:
    """Return what every plan has in common: the pins, and all penalties."""
    pins = int(problem.gain()[problem.pinned].sum())
    return pins - int((problem.wanted * problem.unmatched_penalty).sum())


def made(
    problem: AssignmentProblem, space: Space, chosen: BoolArray, best: Best, drawn: int
) -> Assignment:
    """Return the assignment of chosen edges, with the proof of the best value."""
    pairs = np.concatenate((np.flatnonzero(problem.pinned), space.rows[chosen]))
    return Assignment(
        pairs=np.sort(pairs).astype(np.int32),
        duals=best.duals,
        solver=type(space).__name__.removesuffix("Space").lower(),
        drawn=drawn,
        bound=None if best.proven else best.bound + constant_of(problem),
    )


def settled(
    problem: AssignmentProblem, best: Best, budget: Budget | None = None
) -> tuple[BoolArray, int]:
    """Return the choice that the lottery makes among the best, and how many edges were in it."""
    if best.bound > best.value:
        return best.chosen, 0
    if isinstance(best.face, CrossingSpace):
        return _drawn_crossing(problem, best, best.face, budget or Budget())
    drawn = len(best.face.free)
    for word in range(WORDS):
        if not len(best.face.free):
            return best.chosen, drawn
        best = best.face.best(_lots(problem, best.face, word))
    raise SolverFailedError("摇号未能区分等值方案:请更换 seed")


def _drawn_crossing(
    problem: AssignmentProblem, best: Best, face: CrossingSpace, budget: Budget
) -> tuple[BoolArray, int]:
    if not len(face.free):
        return best.chosen, 0
    share = replace(budget, limit_s=budget.limit_s * _LOTTERY_SHARE).silent()
    face = replace(face, sets=replace(face.sets, budget=share))
    lots = _lots(problem, face, 0) >> (40 - LOT_BITS_CROSSING)
    try:
        again = face.best(lots)
    except (InfeasibleError, SolverFailedError):
        # The value is held by an equation with large numbers; the first choice is as good.
        return best.chosen, 0
    return again.chosen, int((again.chosen != best.chosen).sum())


def _lots(problem: AssignmentProblem, space: Space, word: int) -> LongArray:
    """Return int64 (n_edges,), the lots of the edges that are not settled; 0 of the others."""
    free = space.rows[space.free]
    lots = np.zeros(len(space.rows), dtype=np.int64)
    lots[space.free] = lottery_weights(problem.seed, *problem.lots_of(free), word)
    return lots
