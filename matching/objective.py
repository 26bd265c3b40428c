"""What an assignment is worth; total affinity and objective value are reported apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matching.problem import Assignment, AssignmentProblem
from matching.validate import SCALE


@dataclass(frozen=True, slots=True)
class Worth:
    """The figures of an assignment in integer units (millionths of affinity).

    Attributes:
        total: sum of the weights of the matches; nothing else.
        bonus: sum of their bonuses.
        penalty: sum of `unmatched_penalty` over wanted places that stay empty.
        unfilled: number of those places.
    """

    total: int
    bonus: int
    penalty: int
    unfilled: int

    @property
    def objective(self) -> int:
        """Return what the round maximises."""
        return self.total + self.bonus - self.penalty

    @property
    def total_affinity(self) -> float:
        """Return the total in affinity units."""
        return self.total / SCALE

    @property
    def objective_value(self) -> float:
        """Return the objective in affinity units."""
        return self.objective / SCALE


def worth(problem: AssignmentProblem, assignment: Assignment) -> Worth:
    """Return what the assignment is worth."""
    rows = assignment.pairs
    made = np.bincount(problem.need[rows], minlength=len(problem.need_ids))
    empty = problem.wanted - made
    return Worth(
        total=int(problem.weight[rows].sum()),
        bonus=int(problem.bonus[rows].sum()),
        penalty=int((empty * problem.unmatched_penalty).sum()),
        unfilled=int(empty.sum()),
    )
