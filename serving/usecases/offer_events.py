"""What follows from every event of an offer: feedback to learn from, notices, the need's state."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from peipao.canonical import sha256_text
from peipao.domain.notices import a_notice
from peipao.domain.offers import MAY_COME_AGAIN, NO_ANSWER, Side
from peipao.domain.records import Feedback, FeedbackType, Match
from peipao.domain.states import MatchState
from peipao.store import Transaction
from serving.usecases.need_progress import follow
from serving.usecases.offering import keeper, recipient

_LONGEST_ID = 64


def learn(
    tx: Transaction,
    match: Match,
    type_: FeedbackType,
    *,
    said_by: str,
    at: dt.datetime,
    detail: str | None = None,
) -> None:
    """Store what the ranker learns from an event; the same event of a match counts once."""
    tx.feedback.add(
        Feedback(
            id=_event_id(match.id, type_.value),
            need_id=match.need_id,
            provider_id=match.provider_id,
            type=type_,
            at=at,
            said_by=said_by,
            match_id=match.id,
            detail=detail,
        )
    )


def tell_sides(
    tx: Transaction,
    match: Match,
    event: str,
    at: dt.datetime,
    *,
    sides: Sequence[Side] = tuple(Side),
    reason: str = "",
) -> None:
    """Tell some sides of a match, and whoever looks after the need, what happened."""
    need = tx.needs.get(match.need_id)
    params = {"need": need.id, "provider": match.provider_id, "reason": reason}
    who = [recipient(side, match, need) for side in sides] + [keeper(need)]
    tx.notices.tell([a_notice(to, event, f"match:{match.id}", at, params) for to in who])


def fall_through(
    tx: Transaction, match: Match, to: MatchState, reason: str, *, said_by: str, at: dt.datetime
) -> Match:
    """End an offer that was not accepted: its place is free, and the next in line is due.

    The ranker learns of it unless the reason says nothing about the pair.
    """
    moved = tx.matches.move_many([match], to, reason=reason)[0]
    if reason not in MAY_COME_AGAIN:
        detail = reason if said_by != "system" else NO_ANSWER
        learn(tx, match, FeedbackType.DECLINED, said_by=said_by, at=at, detail=detail)
    tx.vacancies.open(match.id, match.need_id)
    follow(tx, [match.need_id], reason=reason)
    event = "offer.expired" if to is MatchState.EXPIRED else "offer.declined"
    tell_sides(tx, match, event, at, reason=reason)
    return moved


def _event_id(match_id: str, what: str) -> str:
    plain = f"{match_id}-{what}"
    return plain if len(plain) <= _LONGEST_ID else f"{sha256_text(match_id)[:40]}-{what}"
