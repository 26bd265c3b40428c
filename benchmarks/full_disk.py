"""A full disk: writes are refused by name, reads go on, and space is enough to go on writing."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections import Counter
from pathlib import Path

from benchmarks.processes import run_child
from benchmarks.report import Grid, Section, met
from benchmarks.service import Client, started
from benchmarks.workshop import Workshop
from peipao.clock import SystemClock
from peipao.domain.states import HOLDING
from peipao.store import Store

READS, WRITES, MOST_S = 50, 20, 5.0
_SIZE_MB = 200
_NOTE = """\
The database on a file system of its own in memory, filled to the last byte. A write then gets 503
with a code, or 507; offers and ranked lists can be read all the time; after space is freed the same
process writes again. Half of the ranked lists are of projects that were not asked for before.
Then the file is read without the service. Needs the right to mount; without it the section is left
out."""


def run(shop: Workshop) -> Section | None:
    """Measure; without the right to mount there is nothing to say."""
    disk = shop.folder / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={_SIZE_MB}m", "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False).returncode != 0:  # noqa: S603
        return None
    try:
        return _measured(shop, disk)
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=False)  # noqa: S603, S607


def _measured(shop: Workshop, disk: Path) -> Section:
    made = shop.folder / "full-city"
    ids = run_child("benchmarks.offer_city", str(made), "20", "100")
    home = disk / "home"
    shutil.copytree(made, home)
    with started(home) as (_, client, _):
        assert _offer(client, ids, 0)[0] == 201
        lists = _lists(client, ids)
        seen = [client.timed("GET", path)[1] for path in lists[: READS // 2]]
        assert set(seen) == {200}, seen
        ballast = _fill(disk)
        refused = [_offer(client, ids, k) for k in range(1, WRITES + 1)]
        reads = Counter(client.timed("GET", "/v1/offers?limit=5")[1] for _ in range(READS))
        ranked = Counter(client.timed("GET", path)[1] for path in lists)
        ballast.unlink()
        freed = time.perf_counter()
        k = WRITES + 1
        while _offer(client, ids, k)[0] != 201 and time.perf_counter() - freed < 60:
            k += 1
        again_s = time.perf_counter() - freed
    kept = 2 + sum(status == 201 for status, _ in refused)
    held, sound = _left(home)
    statuses = Counter(status for status, _ in refused)
    codes = Counter(json.loads(body).get("code", "-") for status, body in refused if status >= 400)
    rows = [
        ("replies to writes on the full disk", _listed(statuses), "503 or 507"),
        ("their codes", _listed(codes), "a code"),
        ("offers read, answered 200", f"{reads[200]} of {READS}", f"{READS} of {READS}"),
        ("ranked lists, answered 200", f"{ranked[200]} of {READS}", f"{READS} of {READS}"),
        ("offers acknowledged, kept", f"{kept}, {held}", "the same"),
        ("the file and its ledger afterwards", sound, "ok"),
        ("seconds from space to the next write", f"{again_s:.1f}", f"<= {MOST_S:.0f}"),
        ("met", met(again_s, MOST_S), "yes"),
    ]
    return Section("A full disk", (_NOTE,), (Grid("SQLite", ("what", "found", "wanted"), rows),))


def _offer(client: Client, ids: dict[str, list[str]], k: int) -> tuple[int, bytes]:
    pair = {"need_id": ids["needs"][k % 80], "provider_id": ids["mentors"][k % 20]}
    return client.post("/v1/offers", pair)


def _lists(client: Client, ids: dict[str, list[str]]) -> list[str]:
    """Return the paths of ranked lists of as many projects as are read."""
    found = []
    for need in ids["needs"][:READS]:
        _, status, body, _ = client.timed("GET", f"/v1/needs/{need}")
        assert status == 200, body
        found.append(f"/v1/projects/{json.loads(body)['project_id']}/matches?kind=mentor")
    return found


def _left(home: Path) -> tuple[int, str]:
    """Return how many offers hold a place, and `ok` or what is wrong with the file."""
    store = Store.open(f"sqlite:///{home / 'peipao.db'}", SystemClock())
    try:
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


def _listed(counts: Counter[int] | Counter[str]) -> str:
    return ", ".join(f"{key}: {number}" for key, number in sorted(counts.items(), key=str))
