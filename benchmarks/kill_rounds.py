"""What was acknowledged is there after kill -9, and the service is back within seconds.

Four clients offer places without pause, each call under an idempotency key, and note what was
acknowledged. At a random moment the service is killed. Then the database is read without it: every
acknowledged offer, with its kept reply, places that add up, and a ledger that holds.
"""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from random import Random
from statistics import median

from benchmarks.offers_race import MENTORS
from benchmarks.postgresql import postgresql
from benchmarks.processes import run_child
from benchmarks.report import Grid, Section
from benchmarks.service import Client, started
from benchmarks.workshop import Workshop
from peipao.clock import SystemClock
from peipao.domain.states import HOLDING
from peipao.store import Store

ROUNDS = {False: (10, 4), True: (100, 40)}
CLIENTS, CAPACITY, LONGEST_S = 4, 100, 2.0
_NOTES = """\
{sqlite} rounds on SQLite and {pg} on PostgreSQL ({full}). kill -9 cannot show that a write reached
the disk: see the section on synced writes. Start to ready is the time from starting the process to
`readyz` answering 200, after a kill; the wanted 10 s hold on an idle machine."""


@dataclass(slots=True)
class Killed:
    """What the rounds on one database gave."""

    acknowledged: int = 0
    lost: int = 0
    partial: int = 0
    broken: int = 0
    starts: list[float] = field(default_factory=list)


def run(shop: Workshop) -> Section:
    """Measure on SQLite and on PostgreSQL."""
    n_sqlite, n_pg = ROUNDS[shop.large]
    found = [_killed(shop.folder / "kill-sqlite", None, n_sqlite)]
    with postgresql() as new_database:
        found.append(_killed(shop.folder / "kill-pg", new_database(), n_pg))
    rows = [
        ("rounds", str(n_sqlite), str(n_pg), ""),
        _row("acknowledged writes", [str(one.acknowledged) for one in found], ""),
        _row("acknowledged and lost", [str(one.lost) for one in found], "0"),
        _row("half done", [str(one.partial) for one in found], "0"),
        _row("rounds with a broken ledger or count", [str(one.broken) for one in found], "0"),
        _row("start to ready after a kill, median s", _seconds(found, median), "10"),
        _row("start to ready after a kill, longest s", _seconds(found, max), "10"),
    ]
    full = "the full number" if shop.large else "a tenth of the full number, which `--large` makes"
    grid = Grid("Killed while writing", ("what", "SQLite", "PostgreSQL", "wanted"), rows)
    notes = _NOTES.format(sqlite=n_sqlite, pg=n_pg, full=full)
    return Section("Acknowledged writes and kill -9", (notes,), (grid,))


def _killed(home: Path, url: str | None, rounds: int) -> Killed:
    more = [] if url is None else [url]
    ids = run_child("benchmarks.offer_city", str(home), str(MENTORS), str(CAPACITY), *more)
    pairs = list(itertools.product(ids["needs"], ids["mentors"]))
    draw = Random(7)  # noqa: S311  no secret
    draw.shuffle(pairs)
    found, queue = Killed(), iter(pairs)
    for number in range(rounds):
        acknowledged: dict[str, str] = {}
        with started(home, url) as (server, _, start_s):
            found.starts.append(start_s)
            threads = [
                threading.Thread(target=_write, args=(server.port, queue, acknowledged, number))
                for _ in range(CLIENTS)
            ]
            for thread in threads:
                thread.start()
            time.sleep(draw.uniform(0.2, LONGEST_S))
            server.process.kill()
            for thread in threads:
                thread.join()
        _check(home, url, acknowledged, found)
    return found


def _write(
    port: int, queue: Sequence[tuple[str, str]], acknowledged: dict[str, str], number: int
) -> None:
    client = Client(port)
    for need, provider in queue:
        key = f"kill-{number}-{need}-{provider}"
        try:
            status, body = client.post(
                "/v1/offers", {"need_id": need, "provider_id": provider}, key=key[-64:]
            )
        except (OSError, HTTPException):
            return
        if status == 201:
            acknowledged[json.loads(body)["match_id"]] = key[-64:]


def _check(home: Path, url: str | None, acknowledged: dict[str, str], found: Killed) -> None:
    store = Store.open(url or f"sqlite:///{home / 'peipao.db'}", SystemClock())
    with store.reading() as tx:
        held = {m.id: m for m in tx.matches.of_kind("mentor") if m.state in HOLDING}
        found.acknowledged += len(acknowledged)
        found.lost += sum(key not in held for key in acknowledged)
        # An offer, its kept reply, its notices and its need's state are one write.
        found.partial += abs(len(held) - tx.replies.count())
        found.partial += sum(not tx.notices.about(f"match:{key}") for key in acknowledged)
        found.broken += bool(tx.providers.miscounted())
        try:
            tx.ledger.verify()
        except Exception:  # noqa: BLE001  whatever is wrong with it
            found.broken += 1
    store.close()


def _row(name: str, values: Sequence[str], wanted: str) -> tuple[str, str, str, str]:
    return name, values[0], values[1], wanted


def _seconds(found: Sequence[Killed], of: object) -> list[str]:
    return [f"{of(one.starts):.1f}" for one in found]  # type: ignore[operator]
