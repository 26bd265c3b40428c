"""反馈: the stored feedback; sending it twice is harmless."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from peipao.domain.records import Feedback, FeedbackType
from peipao.errors import InvalidInputError
from peipao.store.adding import Shelf
from peipao.store.schema import feedback, needs
from peipao.store.work import Work


def _row(event: Feedback) -> dict[str, Any]:
    return {
        "id": event.id,
        "need_id": event.need_id,
        "provider_id": event.provider_id,
        "type": event.type.value,
        "at": event.at,
        "said_by": event.said_by,
        "match_id": event.match_id,
        "value": event.value,
        "detail": event.detail,
    }


def _feedback(row: sa.Row[Any]) -> Feedback:
    return Feedback(
        id=row.id,
        need_id=row.need_id,
        provider_id=row.provider_id,
        type=FeedbackType(row.type),
        at=row.at,
        said_by=row.said_by,
        match_id=row.match_id,
        value=row.value,
        detail=row.detail,
    )


_SHELF = Shelf(feedback, "feedback", _row, _feedback)


@dataclass(frozen=True, slots=True)
class FeedbackEvents:
    """The feedback within one transaction."""

    work: Work

    def add(self, event: Feedback) -> Feedback:
        """Store an event; the same event again changes nothing and returns the first.

        Raises:
            AlreadyExistsError: the id is taken by other content.
            NotFoundError: the need, provider or match is not stored.
        """
        self.add_many([event])
        return event

    def add_many(self, events: Sequence[Feedback]) -> int:
        """Store events, one ledger line in all, and return how many were new."""
        for event in events:
            if event.value is not None and not math.isfinite(event.value):
                raise InvalidInputError(f"feedback {event.id} value", "不是有限的数", "有限的数")
        return _SHELF.add(self.work, events)

    def get(self, key: str) -> Feedback:
        """Return one event.

        Raises:
            NotFoundError: nothing of that id is stored.
        """
        return _SHELF.get(self.work, key)

    def of_kind(self, kind: str) -> list[Feedback]:
        """Return all events about needs of a kind, by time and then id."""
        query = sa.select(feedback).join(needs, needs.c.id == feedback.c.need_id)
        query = query.where(needs.c.kind == kind).order_by(feedback.c.at, feedback.c.id)
        return [_feedback(row) for row in self.work.rows(query)]

    def of_need(self, need_id: str) -> list[Feedback]:
        """Return all events about a need, by time and then id."""
        query = sa.select(feedback).where(feedback.c.need_id == need_id)
        query = query.order_by(feedback.c.at, feedback.c.id)
        return [_feedback(row) for row in self.work.rows(query)]

    def count(self) -> int:
        """Return how many events are stored."""
        return self.work.count(feedback)
