"""What the rounds of kill -9 share: clients that write, and a look at what is left."""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from random import Random

from benchmarks.processes import run_child
from benchmarks.service import Client
from peipao.clock import SystemClock
from peipao.domain.states import HOLDING
from peipao.errors import LedgerBrokenError
from peipao.store import Store

CLIENTS, MENTORS, CAPACITY, LONGEST_S = 4, 100, 100, 2.0
_PAUSE_S = 0.02
Pair = tuple[str, str]


@dataclass(slots=True)
class Killed:
    """What the rounds on one database gave.

    Attributes:
        acknowledged: writes; `lost`: those of them that are not there afterwards.
        rounds: with at least one acknowledged write before the kill.
        partial: matches without a kept reply, or the other way round, or without a notice.
        broken: rounds after which the ledger, a count or the file did not hold.
        starts: seconds from starting the process, or the database, to ready.
        resumed: seconds from a ready database to the next acknowledged write.
        statuses: of all replies.
    """

    acknowledged: int = 0
    rounds: int = 0
    lost: int = 0
    partial: int = 0
    broken: int = 0
    starts: list[float] = field(default_factory=list)
    resumed: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)


@dataclass(slots=True)
class Writers:
    """Clients that offer places, each call under a key of its own, and note what is acknowledged.

    Attributes:
        port: of the service.
        pairs: that are left to offer.
        number: of the round, a part of the keys.
        patient: whether a call that gets 503 is sent again under its key until it is answered; else
            the clients end when the service does.
    """

    port: int
    pairs: Iterator[Pair]
    number: int
    patient: bool = False
    acknowledged: dict[str, str] = field(default_factory=dict)
    statuses: Counter[int] = field(default_factory=Counter)
    ended: threading.Event = field(default_factory=threading.Event)
    threads: list[threading.Thread] = field(default_factory=list)

    def begin(self) -> None:
        """Start the clients."""
        self.threads = [threading.Thread(target=self._write) for _ in range(CLIENTS)]
        for thread in self.threads:
            thread.start()

    def end(self) -> None:
        """Let each client finish its call, and wait for them."""
        self.ended.set()
        for thread in self.threads:
            thread.join()

    def _write(self) -> None:
        client = Client(self.port)
        for need, provider in self.pairs:
            key = f"kill-{self.number}-{need}-{provider}"[-64:]
            body = {"need_id": need, "provider_id": provider}
            status = 503
            while status == 503:
                try:
                    status, content = client.post("/v1/offers", body, key=key)
                except (OSError, HTTPException):
                    if self.patient:
                        self.statuses[0] += 1
                    return
                self.statuses[status] += 1
                if status == 201:
                    self.acknowledged[json.loads(content)["match_id"]] = key
                elif status == 503 and self.patient:
                    time.sleep(_PAUSE_S)
                else:
                    break
            if self.ended.is_set():
                return


def pairs_of_city(home: Path, url: str | None, draw: Random) -> Iterator[Pair]:
    """Make a city in which everybody fits everybody and return its pairs in random order."""
    more = [] if url is None else [url]
    ids = run_child("benchmarks.offer_city", str(home), str(MENTORS), str(CAPACITY), *more)
    pairs = list(itertools.product(ids["needs"], ids["mentors"]))
    draw.shuffle(pairs)
    # `next` of one list iterator is atomic: the clients share it.
    return iter(pairs)


def look(home: Path, url: str | None, writers: Writers, found: Killed) -> None:
    """Read the database without the service, and count what is lost, half done or broken."""
    store = Store.open(url or f"sqlite:///{home / 'peipao.db'}", SystemClock())
    with store.reading() as tx:
        held = {m.id for m in tx.matches.of_kind("mentor") if m.state in HOLDING}
        found.acknowledged += len(writers.acknowledged)
        found.rounds += bool(writers.acknowledged)
        found.statuses += writers.statuses
        found.lost += sum(key not in held for key in writers.acknowledged)
        # An offer, its kept reply, its notices and its need's state are one write.
        found.partial += abs(len(held) - tx.replies.count())
        found.partial += sum(not tx.notices.about(f"match:{key}") for key in writers.acknowledged)
        sound = not tx.providers.miscounted()
        try:
            tx.ledger.verify()
        except LedgerBrokenError:
            sound = False
    if url is None:
        with store.engine.connect() as connection:
            sound &= connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
    found.broken += not sound
    store.close()
