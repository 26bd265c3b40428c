"""A stored round as the optimiser decided it, for questions about it."""

from __future__ import annotations

from dataclasses import dataclass

from matching.problem import Assignment
from matching.tasks import Task, decide
from peipao.domain.records import Round
from peipao.kinds.catalogue import Catalogue
from peipao.store import Store
from serving.usecases.frozen_rounds import FrozenRounds

_NO_INPUTS = ""


@dataclass(frozen=True, slots=True)
class DecidedRound:
    """What a round was asked and what was decided.

    Attributes:
        solver: engine of the round's kind.
    """

    round: Round
    task: Task
    assignment: Assignment
    solver: str


@dataclass(frozen=True, slots=True)
class DecidedRounds:
    """Decides stored rounds again from their frozen inputs; the plan is that of a replay."""

    store: Store
    catalogue: Catalogue
    frozen: FrozenRounds

    def get(self, round_id: str) -> DecidedRound:
        """Return a round with its plan and the prices that prove it.

        Raises:
            NotFoundError: the round is not stored.
            CheckFailedError: its frozen inputs are gone or were touched.
        """
        with self.store.reading() as tx:
            stored = tx.rounds.get(round_id)
        task = self.frozen.get(round_id, str(stored.certificate.get("inputs", _NO_INPUTS)))
        solver = self.catalogue[stored.kind].pairing.solver
        return DecidedRound(stored, task, decide(task, solver).assignment, solver)
