"""List the next best whole plans of a round, and what each of them would cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from matching.problem import AssignmentProblem
from matching.validate import SCALE
from serving.usecases.decided_rounds import DecidedRounds

if TYPE_CHECKING:
    from matching.plans import Plan


@dataclass(frozen=True, slots=True)
class OtherPlan:
    """A whole plan, told by what differs from the best.

    Attributes:
        rank: 1 is the best of all.
        cost: affinity units, what it is worth less than the best.
        added, dropped: (need id, provider id) of matches that the best does not have, or has.
    """

    rank: int
    objective_value: float
    cost: float
    added: tuple[tuple[str, str], ...]
    dropped: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ListPlans:
    """Lists the best whole plans of a round, distinct and in exact order."""

    rounds: DecidedRounds

    def __call__(self, round_id: str, count: int = 5) -> list[OtherPlan]:
        """Return the best plans by total value, the best first.

        Raises:
            NotFoundError: the round is not stored.
            CheckFailedError: the frozen inputs of the round are gone or were touched.
            SolverFailedError: quotas cross, and the time was not enough to prove an order.
        """
        # scipy is met only when a round is solved.
        from matching.plans import best_plans

        decided = self.rounds.get(round_id)
        problem = decided.task.problem
        plans = best_plans(problem, count, decided.solver)
        return [_told(problem, rank, plan, plans[0]) for rank, plan in enumerate(plans, start=1)]


def _told(problem: AssignmentProblem, rank: int, plan: Plan, best: Plan) -> OtherPlan:
    mine, first = set(plan.ids(problem)), set(best.ids(problem))
    return OtherPlan(
        rank=rank,
        objective_value=plan.objective / SCALE,
        cost=(best.objective - plan.objective) / SCALE,
        added=tuple(sorted(mine - first)),
        dropped=tuple(sorted(first - mine)),
    )
