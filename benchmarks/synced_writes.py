"""Between a request and its acknowledgement lies a sync to disk: counted by strace (P4)."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from benchmarks.postgresql import Postgresql, postgresql
from benchmarks.processes import run_child
from benchmarks.report import Grid, Section, met
from benchmarks.service import started
from benchmarks.workshop import Workshop
from peipao.store.engine import open_engine

WRITES = 50
SETTINGS = ("fsync", "synchronous_commit", "full_page_writes", "wal_sync_method")
_CALLS = "trace=fsync,fdatasync,recvfrom,sendto,write,writev,read"
# The tracer detaches (-D), so that the service itself is the process that is stopped in the end.
_SERVICE = ("-D", "-f", "-qq", "-ttt", "-e", _CALLS, "-s", "64")
_DATABASE = ("-f", "-qq", "-ttt", "-y", "-e", "trace=fsync,fdatasync")
_SYNC = re.compile(r"(fsync|fdatasync)\(|<\.\.\. (fsync|fdatasync) resumed")
_NOTE = """\
{writes} offers, one after the other, to the service under strace; on PostgreSQL the server and all
its backends are traced as well, and only syncs of its write-ahead log count. An acknowledgement
counts as synced if such an fsync or fdatasync succeeded after its request was received and before
its reply was sent. PostgreSQL's settings are those of a fresh server, which the service does not
touch: {settings}."""


def run(shop: Workshop) -> Section | None:
    """Measure; without strace there is nothing to say."""
    strace = shutil.which("strace")
    if strace is None:
        return None
    lite = _sqlite(shop, strace)
    with postgresql() as database:
        large, settings = _postgresql(shop, strace, database)
    rows = [
        ("acknowledged writes", f"{lite[0]}", f"{large[0]}", f"{WRITES}"),
        (
            "with a sync between request and reply",
            f"{lite[1]}",
            f"{large[1]}",
            f"{WRITES}",
        ),
        ("met", *(met(2 * WRITES, sum(one)) for one in (lite, large)), "yes"),
    ]
    said = ", ".join(f"`{name} = {value}`" for name, value in settings.items())
    return Section(
        "Synced writes",
        (_NOTE.format(writes=WRITES, settings=said),),
        (Grid("strace (P4)", ("what", "SQLite", "PostgreSQL", "wanted"), rows),),
    )


def _sqlite(shop: Workshop, strace: str) -> tuple[int, int]:
    log = shop.folder / "strace-sqlite.log"
    acknowledged = _written(shop.folder / "synced-sqlite", None, (strace, *_SERVICE), log)
    return acknowledged, _synced([log], "")


def _postgresql(
    shop: Workshop, strace: str, database: Postgresql
) -> tuple[tuple[int, int], dict[str, str]]:
    url, logs = database(), [shop.folder / f"strace-{name}.log" for name in ("service", "pg")]
    engine = open_engine(url)
    with engine.connect() as connection:
        settings = {name: str(connection.scalar(sa.text(f"SHOW {name}"))) for name in SETTINGS}
    engine.dispose()
    with _traced(strace, database.server.get_pid(), logs[1]):
        home = shop.folder / "synced-pg"
        acknowledged = _written(home, url, (strace, *_SERVICE), logs[0])
    return (acknowledged, _synced(logs, "pg_wal")), settings


@contextmanager
def _traced(strace: str, pid: int, log: Path) -> Iterator[None]:
    """Trace a process and all that it starts while the block runs: every new backend."""
    command = [strace, *_DATABASE, "-o", f"{log}", "-p", f"{pid}"]
    tracer = subprocess.Popen(command)  # noqa: S603
    until = time.perf_counter() + 60
    while "TracerPid:\t0\n" in Path(f"/proc/{pid}/status").read_text():
        if tracer.poll() is not None or time.perf_counter() > until:
            raise RuntimeError("strace cannot trace PostgreSQL")
        time.sleep(0.01)
    try:
        yield
    finally:
        tracer.terminate()
        tracer.wait()


def _written(home: Path, url: str | None, tracer: tuple[str, ...], log: Path) -> int:
    """Make offers one after the other under a tracer; return how many were acknowledged."""
    more = [] if url is None else [url]
    ids = run_child("benchmarks.offer_city", str(home), "20", "100", *more)
    acknowledged = 0
    with started(home, url, before=(*tracer, "-o", str(log))) as (_, client, _):
        for k in range(WRITES):
            pair = {"need_id": ids["needs"][k % 80], "provider_id": ids["mentors"][k % 20]}
            status, body = client.post("/v1/offers", pair)
            acknowledged += status == 201 and "match_id" in json.loads(body)
    return acknowledged


def _synced(logs: list[Path], path: str) -> int:
    """Return how many replies `201` had a sync since their request.

    Args:
        logs: of strace with `-f -ttt`: process, seconds, call; the first is that of the service.
        path: a part of the name of the file that must be synced, where names are traced.
    """
    events = sorted(event for log in logs for event in _events(log, path))
    replied, asked, synced = 0, False, 0
    for _, what in events:
        if what == "asked":
            asked, synced = True, 0
        elif what == "synced":
            synced += 1
        elif asked:
            replied += synced > 0
            asked = False
    return replied


def _events(log: Path, path: str) -> Iterator[tuple[float, str]]:
    """Yield seconds and `asked`, `synced` or `replied` of the lines of a log that say so."""
    begun: dict[str, str] = {}
    for line in log.read_text(errors="replace").splitlines():
        pid, at, call = line.split(maxsplit=2)
        if "POST /v1/offers" in call:
            yield float(at), "asked"
        elif "HTTP/1.1 201" in call:
            yield float(at), "replied"
        elif _SYNC.search(call):
            # A call that others interrupt is two lines; the file is named by the first.
            whole = begun.pop(pid, "") + call
            if call.endswith("<unfinished ...>"):
                begun[pid] = call
            elif whole.endswith("= 0") and path in whole:
                yield float(at), "synced"
