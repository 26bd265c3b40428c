"""From frozen inputs to a proved result; a draft and its replay are decided by the same lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matching import tasks
from matching.check import Certificate, check
from matching.objective import worth
from matching.outcomes import outcomes
from matching.problem import Assignment
from models.base import Progress
from peipao.canonical import sha256_lines
from peipao.domain.records import Outcome, OutcomeType
from serving.usecases.round_bundle import Frozen, decided_lines


@dataclass(frozen=True, slots=True)
class Decided:
    """The result of a round, proved by the independent checker.

    Attributes:
        value: integer units; what the task maximises, less what changes cost.
        bound: integer units; no plan is worth more. It is the value where the optimum is proven,
            which only a search that ran out of time can miss.
    """

    assignment: Assignment
    certificate: Certificate
    outcomes: Sequence[Outcome]
    lines: tuple[list[object], ...]
    value: int
    bound: int

    @property
    def digest(self) -> str:
        """Return the SHA-256 of the result lines."""
        return sha256_lines(self.lines)


def decide(frozen: Frozen, tell: Progress | None = None) -> Decided:
    """Return the result of frozen inputs.

    Raises:
        InfeasibleError: pins and bounds cannot all be met.
        SolverFailedError: an engine failed, or found no plan in the time allowed.
        CheckFailedError: the plan does not stand up to the checker.
    """
    say = tell or _silent
    say("求解配对", 0.45)
    found = tasks.decide(frozen.task, frozen.solver)
    say("独立校验", 0.7)
    return judged(frozen, found.assignment, found.bound)


def judged(frozen: Frozen, assignment: Assignment, bound: int) -> Decided:
    """Return a plan of frozen inputs, checked, with the outcome of every need.

    Args:
        frozen: the inputs.
        assignment: a plan, wherever it comes from.
        bound: integer units; what no plan is said to exceed.

    Raises:
        CheckFailedError: lists what the plan breaks.
    """
    certificate = check(frozen.problem, assignment)
    certificate.require()
    context = frozen.context
    decided = outcomes(
        frozen.problem,
        assignment,
        opened_at={key: one.opened_at for key, one in context.items()},
        priority={key: one.priority for key, one in context.items()},
        officer_of={key: one.officer for key, one in context.items()},
        exclusions={key: one.exclusion for key, one in context.items()},
    )
    lines = decided_lines(frozen, assignment, decided)
    worth_it = tasks.value(frozen.task, assignment)
    return Decided(assignment, certificate, decided, lines, worth_it, bound)


def figures_of(frozen: Frozen, decided: Decided) -> dict[str, float]:
    """Return the counts and values of a round, as they are stored with it."""
    problem, figures = frozen.problem, worth(frozen.problem, decided.assignment)
    kinds = [one.type for one in decided.outcomes]
    return {
        "needs": len(problem.need_ids),
        "providers": len(problem.provider_ids),
        "eligible_pairs": len(problem.need),
        "matches": len(decided.assignment.pairs),
        "paired": kinds.count(OutcomeType.PAIRED),
        "waiting": kinds.count(OutcomeType.WAITING),
        "referred": kinds.count(OutcomeType.REFERRED),
        "total_affinity": figures.total_affinity,
        "objective_value": figures.objective_value,
        "drawn_pairs": decided.assignment.drawn,
    }


def _silent(_step: str, _share: float) -> None:
    """Tell nobody."""
