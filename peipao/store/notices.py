"""通知: an outbox; what is told stands in the same transaction as the event it tells of."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from peipao.canonical import canonical_json
from peipao.domain.notices import Delivery, DeliveryState, Notice
from peipao.store.adding import Shelf
from peipao.store.schema import deliveries, notices
from peipao.store.work import UniqueViolation, Work


def _row(notice: Notice) -> dict[str, Any]:
    return {
        "id": notice.id,
        "recipient": notice.to,
        "event": notice.event,
        "subject": notice.subject,
        "params": canonical_json(dict(notice.params)),
        "created_at": notice.created_at,
    }


def _notice(row: sa.Row[Any]) -> Notice:
    return Notice(
        id=row.id,
        to=row.recipient,
        event=row.event,
        subject=row.subject,
        params=json.loads(row.params),
        created_at=row.created_at,
    )


def _delivery(row: sa.Row[Any]) -> Delivery:
    return Delivery(
        notice_id=row.notice_id,
        channel=row.channel,
        state=DeliveryState(row.state),
        attempts=row.attempts,
        next_at=row.next_at,
        done_at=row.done_at,
        problem=row.problem,
    )


_SHELF = Shelf(notices, "notice", _row, _notice)


@dataclass(frozen=True, slots=True)
class Notices:
    """The notices within one transaction."""

    work: Work

    def tell(self, told: Sequence[Notice]) -> int:
        """Put notices into the outbox, one ledger line in all, and return how many were new.

        They leave it after the transaction, through the channels of the settings.
        """
        return _SHELF.add(self.work, told)

    def put(self, told: Sequence[Notice]) -> None:
        """Do as `tell`, where the event's own ledger line says as much."""
        _SHELF.put(self.work, told)

    def get(self, key: str) -> Notice:
        """Return one notice.

        Raises:
            NotFoundError: nothing of that id is stored.
        """
        return _SHELF.get(self.work, key)

    def about(self, *subjects: str) -> list[Notice]:
        """Return what was told about subjects such as `need:n1`, by time and then id."""
        return self._listed(notices.c.subject.in_(subjects))

    def of(self, *to: str, limit: int = 100) -> list[Notice]:
        """Return the latest notices to some recipients, the newest first."""
        query = sa.select(notices).where(notices.c.recipient.in_(to))
        query = query.order_by(notices.c.created_at.desc(), notices.c.id).limit(limit)
        return [_notice(row) for row in self.work.rows(query)]

    def due(self, channel: str, now: dt.datetime, since: dt.datetime, limit: int) -> list[Notice]:
        """Return the notices that a channel is to try now, the oldest first.

        Args:
            channel: name of the channel.
            now: those that wait until later are left out.
            since: older notices that were never tried are left out.
            limit: at most so many.
        """
        tried = sa.and_(deliveries.c.notice_id == notices.c.id, deliveries.c.channel == channel)
        never = sa.and_(deliveries.c.notice_id.is_(None), notices.c.created_at >= since)
        again = sa.and_(
            deliveries.c.state == DeliveryState.WAITING.value, deliveries.c.next_at <= now
        )
        query = sa.select(notices).outerjoin(deliveries, tried).where(sa.or_(never, again))
        query = query.order_by(notices.c.created_at, notices.c.id).limit(limit)
        return [_notice(row) for row in self.work.rows(query)]

    def note_deliveries(self, tried: Sequence[Delivery]) -> None:
        """Write down how tries went; what was known of a notice in a channel is replaced.

        What arrived and what was given up stands in the ledger, one line each in all.
        """
        for one in tried:
            self._replace(one)
        for state in (DeliveryState.SENT, DeliveryState.FAILED):
            over = [one for one in tried if one.state is state]
            names = sorted({one.channel for one in over})
            ids = [one.notice_id for one in over]
            self.work.note(f"notice.{state.value}", "notice", ids, channels=names)

    def _replace(self, one: Delivery) -> None:
        row = {
            "state": one.state.value,
            "attempts": one.attempts,
            "next_at": one.next_at,
            "done_at": one.done_at,
            "problem": one.problem,
        }
        try:
            self.work.insert(
                deliveries, [{"notice_id": one.notice_id, "channel": one.channel, **row}]
            )
        except UniqueViolation:
            change = sa.update(deliveries).where(
                deliveries.c.notice_id == sa.bindparam("of_notice"),
                deliveries.c.channel == sa.bindparam("of_channel"),
            )
            change = change.values({name: sa.bindparam(name) for name in row})
            named = {"of_notice": one.notice_id, "of_channel": one.channel}
            self.work.write(change, [named | row])

    def deliveries_of(self, keys: Sequence[str]) -> list[Delivery]:
        """Return the ways of some notices, by notice and channel."""
        query = sa.select(deliveries).where(deliveries.c.notice_id.in_(keys))
        query = query.order_by(deliveries.c.notice_id, deliveries.c.channel)
        return [_delivery(row) for row in self.work.rows(query)]

    def count(self) -> int:
        """Return how many notices are stored."""
        return self.work.count(notices)

    def _listed(self, *conditions: sa.ColumnElement[bool]) -> list[Notice]:
        query = sa.select(notices).where(*conditions)
        query = query.order_by(notices.c.created_at, notices.c.id)
        return [_notice(row) for row in self.work.rows(query)]
