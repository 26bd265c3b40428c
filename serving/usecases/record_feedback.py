"""Note what was observed or told about a pair."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from peipao.clock import Clock
from peipao.domain.ids import checked_id
from peipao.domain.records import Feedback, FeedbackType
from peipao.errors import AlreadyExistsError, InvalidInputError, UnknownValueError
from peipao.store import Store, Transaction
from serving.usecases.answers import Noted
from serving.usecases.writing import version_after

SPEAKERS = ("founder", "provider", "staff", "system")
_DETAIL = re.compile(r"^[a-z0-9][a-z0-9_.-]{0,39}$")
_SLACK = dt.timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class RecordFeedback:
    """Stores one event; the id makes sending it twice harmless."""

    store: Store
    clock: Clock

    def __call__(
        self,
        *,
        id: str,  # noqa: A002  the name in the record and in the API
        need_id: str,
        provider_id: str,
        type: FeedbackType,  # noqa: A002
        said_by: str,
        by: str,
        at: dt.datetime | None = None,
        match_id: str | None = None,
        value: float | None = None,
        detail: str | None = None,
    ) -> Noted:
        """Return whether the event is new, and the data version.

        Raises:
            NotFoundError: the need, provider or match is not stored.
            InvalidInputError: names the field and what would be right.
            AlreadyExistsError: the id is taken by another event.
        """
        now = self.clock.now()
        event = Feedback(
            id=checked_id(id, "feedback.id"),
            need_id=need_id,
            provider_id=provider_id,
            type=FeedbackType(type),
            at=now if at is None else at.astimezone(dt.UTC),
            said_by=said_by,
            match_id=match_id,
            value=value,
            detail=detail,
        )
        _check(event, now)
        with self.store.transaction(who=by, why="记录反馈") as tx:
            before = tx.data_version()
            _check_kinds(tx, event)
            added = tx.feedback.add_many([_as_first_sent(tx, event, timed=at is not None)])
        return Noted(event.id, bool(added), version_after(tx, before))


def _check(event: Feedback, now: dt.datetime) -> None:
    if event.said_by not in SPEAKERS:
        raise UnknownValueError("feedback.said_by", event.said_by[:40], SPEAKERS)
    if event.at > now + _SLACK:
        raise InvalidInputError("feedback.at", "时间在将来", "事情发生的时间,不晚于现在")
    if event.detail is not None and _DETAIL.fullmatch(event.detail) is None:
        raise InvalidInputError("feedback.detail", "不是代码", "小写字母、数字与 _.-,至多 40 位")
    rated = event.type is FeedbackType.RATED
    if rated and (event.value is None or not 1 <= event.value <= 5):
        raise InvalidInputError("feedback.value", "评分不合适", "1 至 5")
    if event.value is not None and event.type not in {FeedbackType.RATED, FeedbackType.OUTCOME}:
        raise InvalidInputError("feedback.value", "此类反馈没有数值", "只用于 rated 与 outcome")


def _check_kinds(tx: Transaction, event: Feedback) -> None:
    need, provider = tx.needs.get(event.need_id), tx.providers.get(event.provider_id)
    if need.kind != provider.kind:
        raise InvalidInputError(
            "feedback.provider_id", f"资源方属于 {provider.kind},需求属于 {need.kind}", need.kind
        )
    if event.match_id is not None:
        match = tx.matches.get(event.match_id)
        if (match.need_id, match.provider_id) != (event.need_id, event.provider_id):
            raise InvalidInputError("feedback.match_id", "对接不属于这对需求与资源方", "省略或改正")


def _as_first_sent(tx: Transaction, event: Feedback, *, timed: bool) -> Feedback:
    """Return the stored event if the one at hand differs by a time that nobody stated."""
    stored = next((one for one in tx.feedback.of_need(event.need_id) if one.id == event.id), None)
    if stored is None or timed:
        return event
    if _timeless(stored) != _timeless(event):
        raise AlreadyExistsError("反馈", event.id)
    return stored


def _timeless(event: Feedback) -> tuple[object, ...]:
    return (
        event.need_id,
        event.provider_id,
        event.type,
        event.said_by,
        event.match_id,
        event.value,
        event.detail,
    )
