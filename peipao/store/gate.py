"""Turns within one process: SQLite has one writer, and waiting in line beats polling its lock."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from peipao.errors import DatabaseNotReadyError

WAIT_S = 30.0


@dataclass(slots=True)
class Gate:
    """Lets one thread through at a time."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    owner: int | None = None

    @contextmanager
    def held(self) -> Iterator[None]:
        """Wait for the turn, at most half a minute.

        Raises:
            DatabaseNotReadyError: the turn did not come.
            RuntimeError: this thread has a transaction open already; waiting would never end.
        """
        if self.owner == threading.get_ident():
            raise RuntimeError("a transaction is open in this thread already")
        if not self.lock.acquire(timeout=WAIT_S):
            raise DatabaseNotReadyError("数据库写入繁忙,请稍后再试")
        self.owner = threading.get_ident()
        try:
            yield
        finally:
            self.owner = None
            self.lock.release()
