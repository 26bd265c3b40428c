"""Make offers: places are taken, a time to answer is set and both sides are told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from peipao.clock import Clock
from peipao.domain.notices import Notice, a_notice
from peipao.domain.offers import Answer, Side
from peipao.domain.records import Match, Need
from peipao.domain.states import MatchState
from peipao.domain.steps import Deadlines, StepName
from peipao.store import Transaction


@dataclass(frozen=True, slots=True)
class Offering:
    """Turns proposed matches into offers, inside the transaction of whoever decides it.

    Attributes:
        deadlines: how many working days both sides have to confirm.
    """

    clock: Clock
    deadlines: Deadlines

    def offer(
        self,
        tx: Transaction,
        matches: Sequence[Match],
        *,
        accepted: Collection[tuple[str, Side]] = (),
        by: str = "",
    ) -> list[Match]:
        """Offer stored, proposed matches, all or none, and return them.

        Args:
            tx: of the decision.
            matches: as they were read.
            accepted: (match id, side) of who has agreed beforehand, by asking or by bidding.
            by: the account that agreed for them.

        Raises:
            CapacityTakenError: a provider has no free place.
            DuplicateMatchError: a pair has a match that holds a place.
            IllegalTransitionError: a match is not proposed.
        """
        now = self.clock.now()
        until = self.deadlines.of(StepName.CONFIRM, now).at
        offered = tx.matches.move_many(matches, MatchState.OFFERED, answer_by=until)
        for match_id, side in sorted(accepted):
            tx.answers.add(Answer(match_id, side, accepted=True, at=now, by=by))
        needs = {need.id: need for need in tx.needs.get_many([one.need_id for one in offered])}
        agreed = set(accepted)
        tx.notices.tell(
            [
                _invitation(match, needs[match.need_id], side, now)
                for match in offered
                for side in Side
                if (match.id, side) not in agreed
            ]
        )
        return offered


def recipient(side: Side, match: Match, need: Need) -> str:
    """Return whom a notice to one side of a match goes to."""
    if side is Side.PROVIDER:
        return f"provider:{match.provider_id}"
    return f"project:{need.project_id}"


def keeper(need: Need) -> str:
    """Return who looks after a need: its officer, else whoever is on duty."""
    return f"officer:{need.owner}" if need.owner else "staff"


def _invitation(match: Match, need: Need, side: Side, now: dt.datetime) -> Notice:
    until = "" if match.answer_by is None else match.answer_by.isoformat(timespec="minutes")
    params = {"need": need.id, "side": side.value, "until": until}
    return a_notice(recipient(side, match, need), "offer.made", f"match:{match.id}", now, params)
