"""A full disk: writes are refused by name, reads go on, and space is enough to go on writing."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.offers_race import listed
from benchmarks.postgresql import postgresql
from benchmarks.processes import run_child
from benchmarks.report import Grid, Section, met
from benchmarks.service import Client, started
from benchmarks.workshop import Workshop
from peipao.clock import SystemClock
from peipao.domain.states import HOLDING
from peipao.store import Store

READS, MOST_S = 50, 5.0
REFUSALS, MOST_WRITES = 20, 1500
_SIZE_MB = {"SQLite": 200, "PostgreSQL": 400}
_NEEDS, _MENTORS = 80, 20
_NOTE = """\
The database on a file system of its own in memory, filled to the last byte: the file of SQLite with
all else of the service, the data folder of the PostgreSQL server. Offers are made until 20 were
refused (PostgreSQL goes on writing while what it has set aside lasts): a refusal is 503 with a
code, or 507. Offers and ranked lists can be read all the time, half of the lists of projects that
were not asked for before; after space is freed the same process writes again. Then the database is
read without the service. Needs the right to mount; without it the section is left out."""

Row = tuple[str, str, str]


def run(shop: Workshop) -> Section | None:
    """Measure both databases; without the right to mount there is nothing to say."""
    grids = []
    for database in ("SQLite", "PostgreSQL"):
        with _small_disk(shop.folder / f"disk-{database}", _SIZE_MB[database]) as disk:
            if disk is None:
                return None
            rows = _on_sqlite(shop, disk) if database == "SQLite" else _on_postgresql(shop, disk)
            grids.append(Grid(database, ("what", "found", "wanted"), rows))
    return Section("A full disk", (_NOTE,), grids)


@contextmanager
def _small_disk(disk: Path, size_mb: int) -> Iterator[Path | None]:
    """Yield a file system in memory, or None without the right to mount."""
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size_mb}m", "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False).returncode != 0:  # noqa: S603
        yield None
        return
    try:
        yield disk
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=False)  # noqa: S603, S607


def _on_sqlite(shop: Workshop, disk: Path) -> list[Row]:
    made = shop.folder / "full-city"
    ids = run_child("benchmarks.offer_city", str(made), f"{_MENTORS}", "100")
    home = disk / "home"
    shutil.copytree(made, home)
    return _measured(home, None, disk, ids)


def _on_postgresql(shop: Workshop, disk: Path) -> list[Row]:
    home = shop.folder / "full-city-postgresql"
    with postgresql(disk) as new_database:
        url = new_database()
        ids = run_child("benchmarks.offer_city", str(home), f"{_MENTORS}", "100", url)
        return _measured(home, url, disk, ids)


def _measured(home: Path, url: str | None, disk: Path, ids: dict[str, list[str]]) -> list[Row]:
    with started(home, url) as (_, client, _):
        assert _offer(client, ids, 0)[0] == 201
        lists = _lists(client, ids)
        seen = [client.timed("GET", path)[1] for path in lists[: READS // 2]]
        assert set(seen) == {200}, seen
        ballast = _fill(disk)
        tried = _until_refused(client, ids)
        reads = Counter(client.timed("GET", "/v1/offers?limit=5")[1] for _ in range(READS))
        ranked = Counter(client.timed("GET", path)[1] for path in lists)
        ballast.unlink()
        freed = time.perf_counter()
        k = len(tried) + 1
        while _offer(client, ids, k)[0] != 201 and time.perf_counter() - freed < 60:
            k += 1
        again_s = time.perf_counter() - freed
    kept = 2 + sum(status == 201 for status, _ in tried)
    held, sound = _left(home, url)
    statuses = Counter(status for status, _ in tried)
    codes = Counter(json.loads(body).get("code", "-") for status, body in tried if status >= 400)
    return [
        ("replies to writes on the full disk", listed(statuses), "201, 503 or 507"),
        ("codes of the refusals", listed(codes), "a code"),
        ("offers read, answered 200", f"{reads[200]} of {READS}", f"{READS} of {READS}"),
        ("ranked lists, answered 200", f"{ranked[200]} of {READS}", f"{READS} of {READS}"),
        ("offers acknowledged, kept", f"{kept}, {held}", "the same"),
        ("the database and its ledger afterwards", sound, "ok"),
        ("seconds from space to the next write", f"{again_s:.1f}", f"<= {MOST_S:.0f}"),
        ("met", met(again_s, MOST_S), "yes"),
    ]


def _until_refused(client: Client, ids: dict[str, list[str]]) -> list[tuple[int, bytes]]:
    """Return the replies to offers, each of another pair, up to the twentieth refusal."""
    tried: list[tuple[int, bytes]] = []
    while sum(status >= 400 for status, _ in tried) < REFUSALS and len(tried) < MOST_WRITES:
        tried.append(_offer(client, ids, len(tried) + 1))
    return tried


def _offer(client: Client, ids: dict[str, list[str]], k: int) -> tuple[int, bytes]:
    turn, need = divmod(k, _NEEDS)
    pair = {
        "need_id": ids["needs"][need],
        "provider_id": ids["mentors"][(need + turn) % _MENTORS],
    }
    return client.post("/v1/offers", pair)


def _lists(client: Client, ids: dict[str, list[str]]) -> list[str]:
    """Return the paths of ranked lists of as many projects as are read."""
    found = []
    for need in ids["needs"][:READS]:
        _, status, body, _ = client.timed("GET", f"/v1/needs/{need}")
        assert status == 200, body
        found.append(f"/v1/projects/{json.loads(body)['project_id']}/matches?kind=mentor")
    return found


def _left(home: Path, url: str | None) -> tuple[int, str]:
    """Return how many offers hold a place, and `ok` or what is wrong with the database."""
    store = Store.open(url or f"sqlite:///{home / 'peipao.db'}", SystemClock())
    said = "ok"
    try:
        if url is None:
            with store.engine.connect() as connection:
                said = str(connection.exec_driver_sql("PRAGMA integrity_check").scalar_one())
        with store.reading() as tx:
            tx.ledger.verify()
            return sum(m.state in HOLDING for m in tx.matches.of_kind("mentor")), said
    finally:
        store.close()


def _fill(disk: Path) -> Path:
    """Write until nothing more fits."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while file.write(b"\0" * size):
                    pass
            except OSError:
                continue
    return ballast
