"""诉求: the stored requests; the same source id of the same channel is the same request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from peipao.domain.requests import Request, RequestChannel
from peipao.store.adding import Shelf
from peipao.store.schema import requests
from peipao.store.work import Work


def _row(request: Request) -> dict[str, Any]:
    return {
        "id": request.id,
        "project_id": request.project_id,
        "channel": request.channel.value,
        "source_id": request.source_id,
        "words": request.words,
        "opened_at": request.opened_at,
    }


def _request(row: sa.Row[Any]) -> Request:
    return Request(
        id=row.id,
        project_id=row.project_id,
        channel=RequestChannel(row.channel),
        opened_at=row.opened_at,
        source_id=row.source_id,
        words=row.words,
    )


_SHELF = Shelf(requests, "request", _row, _request)


@dataclass(frozen=True, slots=True)
class Requests:
    """The requests within one transaction."""

    work: Work

    def add(self, request: Request) -> None:
        """Store a request.

        Raises:
            AlreadyExistsError: the id, or the source id in its channel, is taken.
            NotFoundError: its project is not stored.
        """
        self.add_many([request])

    def add_many(self, records: Sequence[Request]) -> int:
        """Store requests, one ledger line in all, and return how many were new."""
        return _SHELF.add(self.work, records)

    def get(self, key: str) -> Request:
        """Return one request.

        Raises:
            NotFoundError: nothing of that id is stored.
        """
        return _SHELF.get(self.work, key)

    def get_many(self, keys: list[str]) -> list[Request]:
        """Return the stored ones among the ids, by id."""
        return _SHELF.get_many(self.work, keys)

    def by_source(self, channel: RequestChannel, source_id: str) -> Request | None:
        """Return the request that came in under an id of its channel; None if none did."""
        found = _SHELF.select(
            self.work, requests.c.channel == channel.value, requests.c.source_id == source_id
        )
        return found[0] if found else None

    def of_project(self, project_id: str) -> list[Request]:
        """Return the requests of a project, the latest first."""
        query = sa.select(requests).where(requests.c.project_id == project_id)
        query = query.order_by(requests.c.opened_at.desc(), requests.c.id)
        return [_request(row) for row in self.work.rows(query)]

    def count(self) -> int:
        """Return how many requests are stored."""
        return self.work.count(requests)
