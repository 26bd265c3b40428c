"""The life of a match after it was accepted: the first meeting, and its end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from peipao.clock import Clock
from peipao.domain.offers import END_REASONS, checked_reason
from peipao.domain.records import FeedbackType
from peipao.domain.states import MatchState
from peipao.errors import InvalidInputError
from peipao.store import Store, Transaction
from serving.usecases.answer_offer import told
from serving.usecases.exactly_once import Call, Reply, Writing, exactly_once
from serving.usecases.fill_vacancies import FillVacancies
from serving.usecases.need_progress import follow
from serving.usecases.offer_events import learn, tell_sides

SPEAKERS = ("founder", "provider", "staff")
_SLACK = dt.timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class RunMatch:
    """Begins and ends the service of an accepted match.

    Attributes:
        fill: offers the place to the next in line if a match ends before it began.
    """

    store: Store
    clock: Clock
    fill: FillVacancies

    def met(
        self, match_id: str, *, said_by: str, call: Call, at: dt.datetime | None = None
    ) -> Reply:
        """Note the first meeting: the match is active, the need in service.

        Args:
            match_id: an accepted match.
            said_by: `founder`, `provider` or `staff`.
            call: who calls.
            at: when they met, not in the future; None is now.

        Raises:
            NotFoundError: the match is not stored.
            IllegalTransitionError: it is not accepted.
            InvalidInputError: a time in the future, or nobody who may say so.
        """
        if said_by not in SPEAKERS:
            raise InvalidInputError("said_by", "不是可以告知会面的一方", "、".join(SPEAKERS))
        if at is not None and at > self.clock.now() + _SLACK:
            raise InvalidInputError("at", "时间在将来", "首次会面的时间,不晚于现在")
        stated = None if at is None else at.isoformat()
        writing = Writing("首次会面", ["met", match_id, said_by, stated])

        def work(tx: Transaction) -> Mapping[str, object]:
            when = (at or self.clock.now()).astimezone(dt.UTC)
            match = tx.matches.move(match_id, MatchState.ACTIVE)
            learn(tx, match, FeedbackType.MET, said_by=said_by, at=when)
            follow(tx, [match.need_id])
            tell_sides(tx, match, "match.active", self.clock.now())
            return told(tx, match)

        return exactly_once(self.store, call, writing, work)

    def end(self, match_id: str, reason: str, *, call: Call) -> Reply:
        """End an accepted or active match; the same pair is never made again.

        Raises:
            NotFoundError: the match is not stored.
            IllegalTransitionError: it is neither accepted nor active.
            UnknownValueError: the reason is none of the codes.
        """
        checked_reason(reason, "reason", END_REASONS)
        began = False

        def work(tx: Transaction) -> Mapping[str, object]:
            nonlocal began
            before = tx.matches.get(match_id)
            began = before.state is MatchState.ACTIVE
            match = tx.matches.move(match_id, MatchState.ENDED, reason=reason)
            tx.vetoes.add(match.need_id, match.provider_id, f"ended:{reason}")
            if not began:
                tx.vacancies.open(match.id, match.need_id)
            follow(tx, [match.need_id], reason=reason)
            tell_sides(tx, match, "match.ended", self.clock.now(), reason=reason)
            return told(tx, match)

        reply = exactly_once(self.store, call, Writing("结束对接", ["end", match_id, reason]), work)
        if not began and not reply.repeated:
            self.fill.soon(match_id)
        return reply
