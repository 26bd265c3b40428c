"""Carry out a proposal: the matches it names are stored and offered, or nothing is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from peipao.clock import Clock
from peipao.domain.offers import MOVED, Side
from peipao.domain.records import Match, Need
from peipao.domain.states import HOLDING, NEED, MatchState
from peipao.errors import NeedFilledError, StaleWriteError
from peipao.store import Transaction
from serving.usecases.find_next import Pick, Proposal
from serving.usecases.need_progress import follow
from serving.usecases.offer_events import tell_sides
from serving.usecases.offering import Offering
from serving.usecases.writing import NewId


@dataclass(frozen=True, slots=True)
class Made:
    """What a proposal became.

    Attributes:
        match: the new offer; moved: the offer made for the one other need, if there is one.
    """

    match: Match
    moved: Match | None = None


@dataclass(frozen=True, slots=True)
class MakeOffer:
    """Makes the offers of a proposal inside a transaction."""

    clock: Clock
    new_id: NewId
    offering: Offering

    def __call__(
        self,
        tx: Transaction,
        proposal: Proposal,
        round_id: str,
        *,
        by: str,
        instead_of: str | None = None,
        agreed: Side | None = None,
    ) -> Made:
        """Return the new offers.

        Args:
            tx: of the decision.
            proposal: what to make.
            round_id: the round they belong to.
            by: who acts.
            instead_of: the match that fell through.
            agreed: the side that asked for it and so has agreed already.

        Raises:
            NeedFilledError: the need has all it wants by now.
            CapacityTakenError: somebody else took the place.
            DuplicateMatchError: the pair holds a place already.
            StaleWriteError: another offer was answered or changed in the meantime.
        """
        need = _locked(tx, proposal.takes.need_id)
        moved = None
        if proposal.gives_up is not None and proposal.instead is not None:
            given_up = self._given_up(tx, proposal.gives_up)
            moved = self._stored(tx, proposal.instead, given_up.round_id, given_up.id)
        match = self._stored(tx, proposal.takes, round_id, instead_of)
        side = agreed or proposal.agreed
        sides = [(match.id, side)] if side else []
        made = [match] if moved is None else [match, moved]
        offered = {one.id: one for one in self.offering.offer(tx, made, accepted=sides, by=by)}
        follow(tx, [need.id, *([] if moved is None else [moved.need_id])])
        return Made(offered[match.id], None if moved is None else offered[moved.id])

    def _given_up(self, tx: Transaction, match: Match) -> Match:
        if tx.answers.of_match(match.id):
            raise StaleWriteError("对接", match.id)
        _touched(tx, match.need_id)
        gone = tx.matches.move_many([match], MatchState.EXPIRED, reason=MOVED)[0]
        tell_sides(tx, gone, "offer.moved", self.clock.now(), reason=MOVED)
        return gone

    def _stored(self, tx: Transaction, pick: Pick, round_id: str, before: str | None) -> Match:
        return tx.matches.add(
            Match(
                id=self.new_id("match"),
                round_id=round_id,
                need_id=pick.need_id,
                provider_id=pick.provider_id,
                affinity=pick.affinity,
                reasons=pick.reasons,
                instead_of=before,
            )
        )


def places_left(need: Need, matches: Sequence[Match]) -> int:
    """Return how many places of a need are to be filled; none if it waits no more."""
    if NEED.is_final(need.state):
        return 0
    return max(need.wanted - sum(match.state in HOLDING for match in matches), 0)


def _locked(tx: Transaction, need_id: str) -> Need:
    """Return a need with an empty place; two transactions never fill the same one."""
    need = _touched(tx, need_id)
    if not places_left(need, tx.matches.of_need(need_id)):
        raise NeedFilledError(need_id, NEED.labels[need.state])
    return need


def _touched(tx: Transaction, need_id: str) -> Need:
    return tx.needs.touch(tx.needs.get(need_id))
