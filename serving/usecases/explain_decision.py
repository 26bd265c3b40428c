"""Say why a round made a pair, or why not: counted and solved again, never guessed."""

from __future__ import annotations

from dataclasses import dataclass

from peipao.errors import InvalidInputError, NoActiveModelError, NotFoundError
from serving.usecases.answers import Contribution
from serving.usecases.decided_rounds import DecidedRound, DecidedRounds
from serving.usecases.explain_pair import ExplainPair


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a place that was asked for.

    Attributes:
        need: masked id.
        lead: affinity units; by how much its pair is worth more than the one asked for.
    """

    need: str
    lead: float


@dataclass(frozen=True, slots=True)
class Hurdle:
    """One thing that stands in the way of a pair.

    Attributes:
        sort: capacity, pin, quota, veto …; id: of the provider or group, else empty.
        before, after: affinity units, what forcing the pair costs with and without it.
        decisive: True if the pair belongs to some optimum once it is gone.
    """

    sort: str
    id: str
    before: float | None
    after: float | None
    decisive: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class Decision:
    """Why a round decided on a pair as it did.

    Attributes:
        margin: affinity units, what the plan would lose by deciding the other way; None where it
            cannot.
        flip: affinity units, the smallest change of the pair's affinity that flips the decision.
        contributions, reasons: what speaks for the pair, by the model and the rules of today; a
            rule that excludes it is told in `sentence`.
    """

    round_id: str
    need_id: str
    provider_id: str
    made: bool
    ground: str
    affinity: float | None
    rank: int | None
    margin: float | None
    flip: float | None
    holders: tuple[Holder, ...]
    sentence: str
    hurdles: tuple[Hurdle, ...]
    contributions: tuple[Contribution, ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ExplainDecision:
    """Answers for one pair of one round."""

    rounds: DecidedRounds
    explain: ExplainPair

    def __call__(self, round_id: str, need_id: str, provider_id: str) -> Decision:
        """Return why the round made the pair, or why not.

        Raises:
            NotFoundError: the round, or the need or provider in it, does not exist.
            CheckFailedError: the frozen inputs of the round are gone or were touched.
        """
        # scipy is met only when a round is solved.
        from matching.explain import explain_pair

        decided = self.rounds.get(round_id)
        problem, assignment = decided.task.problem, decided.assignment
        found = explain_pair(problem, assignment, need_id, provider_id, solver=decided.solver)
        rule, contributions, reasons = self._model(need_id, provider_id)
        eligible = found.affinity is not None
        holders = zip(found.holders, found.leads, strict=True)
        return Decision(
            round_id=round_id,
            need_id=need_id,
            provider_id=provider_id,
            made=found.made,
            ground=found.ground.value,
            affinity=found.affinity,
            rank=found.rank,
            margin=found.margin,
            flip=found.flip,
            holders=tuple(Holder(need, lead) for need, lead in holders),
            sentence=found.sentence if eligible or rule is None else f"不符合准入条件:{rule}",
            hurdles=() if found.made or not eligible else _hurdles(decided, need_id, provider_id),
            contributions=contributions,
            reasons=reasons,
        )

    def _model(
        self, need_id: str, provider_id: str
    ) -> tuple[str | None, tuple[Contribution, ...], tuple[str, ...]]:
        """Return the rule that excludes the pair, and what speaks for it, as of today."""
        try:
            found = self.explain(need_id, provider_id)
        except (NoActiveModelError, NotFoundError, InvalidInputError):
            # A round outlives its model and its people; the decision is explained without them.
            return None, (), ()
        return found.excluded_because, found.contributions, found.reasons


def _hurdles(decided: DecidedRound, need_id: str, provider_id: str) -> tuple[Hurdle, ...]:
    from matching.obstacles import obstacles

    problem = decided.task.problem
    row = problem.row_of(need_id, provider_id)
    if row is None:
        return ()
    return tuple(
        Hurdle(one.sort.value, one.id, one.before, one.after, one.decisive, one.sentence)
        for one in obstacles(problem, decided.assignment, row, decided.solver)
    )
