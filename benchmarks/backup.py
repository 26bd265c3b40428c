"""A backup is taken while clients write, and comes back whole on an empty host (P21).

Two clients add projects without pause while `peipao db backup` runs. The file is then restored by
`peipao db restore` into an empty database and home, and held against the ledger of the service that
went on: what was written up to the line that the backup states is there, and nothing of later.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from typing import Any

from benchmarks.postgresql import postgresql
from benchmarks.processes import ROOT, environment, run_child
from benchmarks.report import Grid, Section, met
from benchmarks.service import Client, started
from benchmarks.workshop import Workshop
from peipao.clock import SystemClock
from peipao.domain.records import LedgerEntry
from peipao.store import LedgerHead, Store, parse_head

MOST_S, CLIENTS, RANKED = 120.0, 2, 20
_AROUND_S, _ALL, _KIND, PREFIX = 1.0, 10**9, "service_officer", "load-"
_KEYS = ("facts.key", "signing.key")
_NOTE = """\
City S with the models of all kinds and a published mentor round. {clients} clients post projects
with their needs to the running service; `peipao db backup` runs meanwhile in a process of its own,
and each restore in another, into an empty database and a home that holds the two keys alone.
*Content* is the SHA-256 of all rows, the same on both databases; the restore computes it anew from
what it stored. *Exact*: the ledger up to the stated line is the same line by line, its chain leads
to the stated head, and of the projects added meanwhile exactly those of lines up to it are there.
Ranked lists are asked of a service started on the restored home, and are those of the service
before the backup. Times are of the whole commands."""
_TOLD = re.compile(
    r"(\d+) 行、(\d+) 个文件,状态截至台账第 (\d+) 条\s+内容哈希 ([0-9a-f]{64})\s+台账末条 (\S+)"
)


@dataclass(frozen=True, slots=True)
class Told:
    """What a command said of a backup, and how long it took."""

    seconds: float
    rows: int
    files: int
    head: LedgerHead
    content: str


@dataclass(frozen=True, slots=True)
class Place:
    """A home and the URL of its database; None is the SQLite file of the home."""

    home: Path
    url: str | None

    def store(self) -> Store:
        """Open the database."""
        return Store.open(self.url or f"sqlite:///{self.home / 'peipao.db'}", SystemClock())


@dataclass(slots=True)
class Load:
    """Projects that were added: id -> when its post was acknowledged.

    Attributes:
        port: of the service; a client ends when the service does.
        prefix: of the ids.
    """

    port: int
    prefix: str = PREFIX
    acknowledged: dict[str, float] = field(default_factory=dict)
    refused: list[int] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    def write(self, client_number: int) -> None:
        """Add projects until it is told to end."""
        client, number = Client(self.port), 0
        while not self.ended.is_set():
            number += 1
            key = f"{self.prefix}{client_number}-{number:05d}"
            body = {
                "id": key,
                "name": f"新登记项目{number:05d}",
                "stage": "startup",
                "attributes": {
                    "industries": ["artificial-intelligence"],
                    "place": {"district": "laoshan"},
                    "intro": "面向海洋牧场的水质在线监测设备与算法",
                },
                "open_stage_needs": True,
            }
            try:
                status, _ = client.post("/v1/projects", body)
            except (OSError, HTTPException):
                return
            if status == 201:
                self.acknowledged[key] = time.perf_counter()
            else:
                self.refused.append(status)


def run(shop: Workshop) -> Section:
    """Measure on both databases, and from one to the other."""
    first = Place(shop.copy("backup-sqlite"), None)
    run_child("benchmarks.backup_child", str(first.home))
    with postgresql() as new_database:
        lite = _measured(
            shop,
            "sqlite",
            first,
            empty_place(shop, first, "lite-lite", None),
            empty_place(shop, first, "lite-pg", new_database()),
        )
        moved = empty_place(shop, first, "moved", new_database())
        told_by(moved, "restore", shop.folder / "sqlite.zip")
        large = _measured(
            shop,
            "postgresql",
            moved,
            empty_place(shop, first, "pg-pg", new_database()),
            empty_place(shop, first, "pg-lite", None),
        )
    rows = [
        (name, one, two, wanted)
        for (name, one, wanted), (_, two, _) in zip(lite, large, strict=True)
    ]
    return Section(
        "Backup and restore under load",
        (_NOTE.format(clients=CLIENTS),),
        (Grid("Scale S (P21)", ("what", "SQLite", "PostgreSQL", "wanted"), rows),),
    )


def empty_place(shop: Workshop, of: Place, name: str, url: str | None) -> Place:
    """Return an empty place with the keys of another."""
    home = shop.folder / name
    home.mkdir()
    for key in _KEYS:
        shutil.copy2(of.home / key, home / key)
    return Place(home, url)


def _measured(
    shop: Workshop, name: str, live: Place, same: Place, other: Place
) -> list[tuple[str, str, str]]:
    """Back a live place up under load, and restore into one of its kind and one of the other."""
    file = shop.folder / f"{name}.zip"
    with started(live.home, live.url) as (server, client, _):
        lists = _ranked(client, live)
        with _load(server.port or 0) as load:
            time.sleep(_AROUND_S)
            began = time.perf_counter()
            taken = told_by(live, "backup", file)
            time.sleep(_AROUND_S)
    back = told_by(same, "restore", file)
    crossed = told_by(other, "restore", file)
    drilled = told_by(live, "drill", file)
    before = {key for key, at in load.acknowledged.items() if at < began}
    exact = _exact(live, same, taken.head, before)
    with started(same.home, same.url) as (_, client, start_s):
        again = {path: client.timed("GET", path)[2] for path in lists}
    equal = sum(_places(lists[path]) == _places(again[path]) for path in lists)
    contents = {taken.content, back.content, crossed.content, drilled.content}
    slowest = max(back.seconds, crossed.seconds)
    written = f"{len(before)}, {len(load.acknowledged) - len(before)}"
    return [
        ("rows, files", f"{taken.rows}, {taken.files}", ""),
        ("size of the file", f"{file.stat().st_size / 1e6:.1f} MB", ""),
        ("writes acknowledged before, and since the backup began", written, ""),
        ("writes refused", f"{len(load.refused)}", "0"),
        ("backup", f"{taken.seconds:.1f} s", ""),
        ("restore, the same kind of database", f"{back.seconds:.1f} s", f"{MOST_S:.0f} s"),
        ("restore, the other kind of database", f"{crossed.seconds:.1f} s", f"{MOST_S:.0f} s"),
        ("both within the time", met(slowest, MOST_S), "yes"),
        ("drill", f"{drilled.seconds:.1f} s", ""),
        ("one content in backup, restores, drill", "yes" if len(contents) == 1 else "NO", "yes"),
        ("stated ledger line", f"{taken.head.sequence}", ""),
        ("exact at that line", exact, "yes"),
        ("restored host, start to ready", f"{start_s:.1f} s", ""),
        ("ranked lists equal", f"{equal} of {RANKED}", f"{RANKED} of {RANKED}"),
    ]


def _exact(live: Place, back: Place, head: LedgerHead, before: set[str]) -> str:
    """Return `yes`, or what the restored database has too much or too little.

    Args:
        live: the place that went on.
        back: the restored one.
        head: the line that the backup states.
        before: projects that were acknowledged before the backup began.
    """
    upto = [line for line in _lines(live, head) if line.sequence <= head.sequence]
    kept = _lines(back, head)
    store = back.store()
    with store.reading() as tx:
        ids = {one.id for one in tx.projects.list() if one.id.startswith(PREFIX)}
    store.close()
    added = {line.subject.removeprefix("project:") for line in upto if line.verb == "project.add"}
    wanted = {key for key in added if key.startswith(PREFIX)}
    if kept != upto:
        return "NO: other ledger lines"
    if ids != wanted:
        return f"NO: {len(ids - wanted)} too many, {len(wanted - ids)} missing"
    if not before <= ids:
        return f"NO: {len(before - ids)} acknowledged before the backup are missing"
    return "yes"


def _lines(place: Place, head: LedgerHead) -> list[LedgerEntry]:
    """Return all ledger lines of a place, whose chain leads through a head."""
    store = place.store()
    with store.reading() as tx:
        tx.ledger.verify([head])
        lines = tx.ledger.list(limit=_ALL)
    store.close()
    return lines


def _ranked(client: Client, place: Place) -> dict[str, bytes]:
    """Return ranked lists by path, of projects that wait for an officer."""
    store, found = place.store(), {}
    with store.reading() as tx:
        projects = sorted({need.project_id for need in tx.needs.open_of_kind(_KIND)})[:RANKED]
    store.close()
    for project in projects:
        path = f"/v1/projects/{project}/matches?kind={_KIND}"
        _, status, body, _ = client.timed("GET", path)
        assert status == 200, body
        found[path] = body
    assert len(found) == RANKED
    return found


def _places(body: bytes) -> list[tuple[Any, Any]]:
    return [(one["provider_id"], one["affinity"]) for one in json.loads(body)["matches"]]


@contextmanager
def _load(port: int) -> Iterator[Load]:
    load = Load(port)
    threads = [threading.Thread(target=load.write, args=(at,)) for at in range(CLIENTS)]
    for thread in threads:
        thread.start()
    try:
        yield load
    finally:
        load.ended.set()
        for thread in threads:
            thread.join()


def told_by(place: Place, verb: str, file: Path) -> Told:
    """Run `peipao db …` and return what it told; a failure ends the measurement."""
    more = {} if place.url is None else {"PEIPAO_STORE__URL": place.url}
    began = time.perf_counter()
    done = subprocess.run(  # noqa: S603  our own command
        [sys.executable, "-m", "serving.cli.main", "db", verb, str(file)],
        cwd=place.home.parent,
        env=environment(PYTHONPATH=str(ROOT), PEIPAO_HOME=str(place.home), COLUMNS="300", **more),
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - began
    told = _TOLD.search(done.stdout)
    if done.returncode != 0 or told is None:
        raise RuntimeError(f"db {verb}: {done.stdout}{done.stderr}")
    rows, files, _, content, head = told.groups()
    return Told(seconds, int(rows), int(files), parse_head(head), content)
