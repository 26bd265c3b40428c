"""Answer an offer for one side: accept, or decline with a reason."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from peipao.clock import Clock
from peipao.domain.offers import DECLINE_REASONS, SIDES, Answer, Side, checked_reason
from peipao.domain.records import FeedbackType, Match
from peipao.domain.states import MATCH, MatchState
from peipao.domain.working_days import minute_of
from peipao.errors import AlreadyAnsweredError, AnswerTooLateError, InvalidInputError
from peipao.store import Store, Transaction
from serving.usecases.exactly_once import Call, Reply, Writing, exactly_once
from serving.usecases.fill_vacancies import FillVacancies
from serving.usecases.need_progress import follow
from serving.usecases.offer_events import fall_through, learn, tell_sides


@dataclass(frozen=True, slots=True)
class AnswerOffer:
    """Notes what one side says to an offer; accepted by both, it is accepted.

    Attributes:
        fill: offers the place to the next in line when a side declines.
    """

    store: Store
    clock: Clock
    fill: FillVacancies

    def __call__(
        self, match_id: str, side: Side, *, accept: bool, call: Call, reason: str | None = None
    ) -> Reply:
        """Note the answer; the same answer again is harmless.

        Raises:
            NotFoundError: the match is not stored.
            AlreadyAnsweredError: the side has answered otherwise.
            AnswerTooLateError: its time is over.
            IllegalTransitionError: it is no open offer.
            InvalidInputError: a refusal without a reason, or a reason that is none of the codes.
        """
        said = _checked(reason, accept=accept)
        request = ["answer", match_id, side.value, accept, said]
        reply = exactly_once(
            self.store,
            call,
            Writing("答复推荐", request),
            lambda tx: self._answered(
                tx, match_id, Answer(match_id, side, accept, self._now(), call.by, said)
            ),
        )
        if not accept and not reply.repeated:
            self.fill.soon(match_id)
        return reply

    def _now(self) -> dt.datetime:
        return self.clock.now()

    def _answered(self, tx: Transaction, match_id: str, answer: Answer) -> Mapping[str, object]:
        match, before = tx.matches.get(match_id), tx.answers.of_match(match_id)
        earlier = before.get(answer.side)
        if earlier is not None:
            if (earlier.accepted, earlier.reason) != (answer.accepted, answer.reason):
                raise AlreadyAnsweredError(match_id, SIDES[answer.side])
            return told(tx, match)
        _check_open(match, answer)
        # Whoever answers at the same time for the other side has to look again.
        match = tx.matches.touch(match)
        tx.answers.add(answer)
        if not answer.accepted:
            reason = answer.reason or ""
            said_by = answer.side.value
            at = answer.at
            match = fall_through(tx, match, MatchState.DECLINED, reason, said_by=said_by, at=at)
        elif len(before) + 1 == len(Side):
            match = settle(tx, match, answer.at)
        else:
            _half_way(tx, match, answer)
        return told(tx, match)


def settle(tx: Transaction, match: Match, at: dt.datetime) -> Match:
    """Accept a match that both sides agreed to."""
    accepted = tx.matches.move_many([match], MatchState.ACCEPTED)[0]
    learn(tx, accepted, FeedbackType.ACCEPTED, said_by="system", at=at)
    follow(tx, [match.need_id])
    tell_sides(tx, accepted, "match.accepted", at)
    return accepted


def told(tx: Transaction, match: Match) -> Mapping[str, object]:
    """Return what an answer to a call says about a match."""
    answers = tx.answers.of_match(match.id)
    return {
        "match_id": match.id,
        "need_id": match.need_id,
        "provider_id": match.provider_id,
        "state": match.state.value,
        "answer_by": None if match.answer_by is None else match.answer_by.isoformat(),
        "accepted_by": sorted(side.value for side, one in answers.items() if one.accepted),
        "reason": match.ended_reason,
    }


def _half_way(tx: Transaction, match: Match, answer: Answer) -> None:
    learn(tx, match, FeedbackType.ASKED, said_by=answer.side.value, at=answer.at)
    other = next(side for side in Side if side is not answer.side)
    tell_sides(tx, match, "offer.accepted", answer.at, sides=[other])


def _check_open(match: Match, answer: Answer) -> None:
    to = MatchState.ACCEPTED if answer.accepted else MatchState.DECLINED
    MATCH.checked_move(match.id, match.state, to)
    if match.answer_by is not None and answer.at >= match.answer_by:
        raise AnswerTooLateError(match.id, minute_of(match.answer_by))


def _checked(reason: str | None, *, accept: bool) -> str | None:
    if accept:
        if reason is not None:
            raise InvalidInputError("reason", "接受时不填原因", "省略")
        return None
    if reason is None:
        known = "、".join(f"{code}({DECLINE_REASONS[code]})" for code in sorted(DECLINE_REASONS))
        raise InvalidInputError("reason", "谢绝须说明原因", known)
    return checked_reason(reason, "reason", DECLINE_REASONS)
