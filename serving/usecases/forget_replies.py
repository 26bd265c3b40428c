"""Drop the kept replies that are older than anybody sends a call again."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from peipao.store import KEPT, Store


@dataclass(frozen=True, slots=True)
class ForgetReplies:
    """Forgets old replies; a step of the tick."""

    store: Store

    def __call__(self, now: dt.datetime) -> int:
        """Return how many replies were dropped; those of the last seven days never are."""
        before = now - KEPT
        with self.store.reading() as tx:
            if not tx.replies.any_before(before):
                return 0
        with self.store.transaction(who="system", why="清除旧的答复存根") as tx:
            return tx.replies.forget(before)
