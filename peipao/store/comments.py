"""留言: what founders and staff say about a need."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from peipao.domain.requests import Comment, Side
from peipao.store.adding import Shelf
from peipao.store.schema import comments
from peipao.store.work import Work


def _row(one: Comment) -> dict[str, Any]:
    return {
        "id": one.id,
        "need_id": one.need_id,
        "side": one.side.value,
        "by": one.by,
        "at": one.at,
        "words": one.words,
    }


def _comment(row: sa.Row[Any]) -> Comment:
    return Comment(row.id, row.need_id, Side(row.side), row.by, row.at, row.words)


_SHELF = Shelf(comments, "comment", _row, _comment)


@dataclass(frozen=True, slots=True)
class Comments:
    """The comments within one transaction."""

    work: Work

    def add(self, one: Comment) -> bool:
        """Store a comment and tell whether it is new.

        Raises:
            AlreadyExistsError: the id is taken by another comment.
            NotFoundError: the need is not stored.
        """
        return _SHELF.add(self.work, [one]) == 1

    def get_many(self, keys: list[str]) -> list[Comment]:
        """Return the stored ones among the ids, by id."""
        return _SHELF.get_many(self.work, keys)

    def of_need(self, need_id: str) -> list[Comment]:
        """Return what was said about a need, by time and then id."""
        query = sa.select(comments).where(comments.c.need_id == need_id)
        query = query.order_by(comments.c.at, comments.c.id)
        return [_comment(row) for row in self.work.rows(query)]
