"""Kept replies: what a call with an idempotency key was answered, so that it has one effect."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa

from peipao.errors import KeyReusedError
from peipao.store.schema import replies
from peipao.store.work import Line, UniqueViolation, Work

KEPT = dt.timedelta(days=8)
"""How long a reply is kept at least."""


@dataclass(frozen=True, slots=True)
class Once:
    """A call that must have its effect once.

    Attributes:
        actor: who calls; keys of two callers have nothing to do with each other.
        key: chosen by the caller, 1 to 64 characters.
        request: SHA-256 of what is asked for.
    """

    actor: str
    key: str
    request: str


@dataclass(frozen=True, slots=True)
class Replies:
    """The kept replies within one transaction."""

    work: Work

    def reserve(self, once: Once) -> str | None:
        """Return the reply that this call was given before; None reserves the key for this one.

        Whoever sends the same key at the same time waits here for the end of the other call.

        Raises:
            KeyReusedError: the key was used for something else.
        """
        row = {
            "actor": once.actor,
            "key": once.key,
            "request": once.request,
            "at": self.work.clock.now(),
            "body": "",
        }
        try:
            self.work.insert(replies, [row])
        except UniqueViolation:
            return self.find(once)
        return None

    def find(self, once: Once) -> str | None:
        """Return the reply that a call was given before, or None.

        Raises:
            KeyReusedError: the key was used for something else.
        """
        query = sa.select(replies.c.request, replies.c.body)
        found = self.work.rows(
            query.where(replies.c.actor == once.actor, replies.c.key == once.key)
        )
        if found and found[0].request != once.request:
            raise KeyReusedError(once.key)
        return str(found[0].body) if found else None

    def keep(self, once: Once, body: str) -> None:
        """Keep the reply of a reserved call."""
        change = (
            sa.update(replies)
            .where(
                replies.c.actor == sa.bindparam("of_actor"), replies.c.key == sa.bindparam("of_key")
            )
            .values(body=sa.bindparam("said"))
        )
        self.work.write(change, [{"of_actor": once.actor, "of_key": once.key, "said": body}])

    def any_before(self, before: dt.datetime) -> bool:
        """Tell whether a reply is kept of a call before a time."""
        query = sa.select(replies.c.at).where(replies.c.at < before).limit(1)
        return bool(self.work.rows(query))

    def forget(self, before: dt.datetime) -> int:
        """Drop the replies of calls before a time and return how many there were."""
        gone = sa.delete(replies).where(replies.c.at < sa.bindparam("before"))
        dropped = self.work.write(gone, [{"before": before}])
        if dropped:
            self.work.due.append(Line("reply.forget", "reply:*", {"count": dropped}))
        return dropped

    def count(self) -> int:
        """Return how many replies are kept."""
        return self.work.count(replies)
