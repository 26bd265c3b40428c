"""The HTTP service at scale S, in a process of its own, called over loopback.

One client asks over one keep-alive connection, one request after the other; the time is that from
sending a request to holding the whole body. Every ranked list is for another project.
"""

from __future__ import annotations

import json
import sqlite3
import time
import uuid
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import psutil  # type: ignore[import-untyped]

from benchmarks.processes import ROOT, serving_process
from benchmarks.report import Grid, Section, met
from benchmarks.service import Client, started, wait
from benchmarks.workshop import Workshop
from peipao.domain.states import RANKED

KINDS = ("mentor", "service_officer", "investor", "space")
MOST_P95_MS, MOST_START_S, MOST_ADDED_MS = 30.0, 6.0, 1000.0
ADDED, HELLOS, LEAST_PROJECTS = 50, 1000, 500


_LISTS = """\
`GET /v1/projects/{{id}}/matches?kind=…` with reasons, 20 places, for {projects} different projects
once each, so that no kept answer helps; the very first request is counted. Median of {lives} lives
of the process, each on a fresh copy of the city."""
_ADDED = """\
An added project is posted with its stage's needs and asked for at once; the time is that from
sending the POST to holding the first ranked list, with no training in between ({added} projects a
life). The bare service is FastAPI with one route that returns a constant, in the same kind of
process with the same server."""


@dataclass(slots=True)
class Session:
    """What one life of the service gave; times in ms unless the name says otherwise."""

    start_s: float
    ready_mb: float
    start_cpu_s: float
    list_cpu: float = 0.0
    lists: dict[str, list[float]] = field(default_factory=dict)
    unchanged: list[float] = field(default_factory=list)
    added: list[float] = field(default_factory=list)
    worked_mb: float = 0.0
    peak_mb: float = 0.0


def run(shop: Workshop) -> Section:
    """Measure and return the section."""
    sessions = [_session(shop.copy("city-serving")) for _ in range(shop.runs)]
    hello = [_hello() for _ in range(shop.runs)]
    return Section(
        title="Ranked lists over HTTP at scale S",
        notes=(
            _LISTS.format(projects=len(sessions[0].lists[KINDS[0]]), lives=len(sessions)),
            _ADDED.format(added=ADDED),
        ),
        grids=(_latencies(sessions, hello), _process(sessions, hello)),
    )


def _session(home: Path) -> Session:
    projects = _projects(home)
    with started(home) as (server, client, start_s):
        process = psutil.Process(server.process.pid)
        found = Session(start_s, _mb(process), processor_s(process))
        for kind in KINDS:
            before = processor_s(process)
            tags = []
            for project in projects:
                path = f"/v1/projects/{project}/matches?kind={kind}"
                spent, status, content, tag = client.timed("GET", path)
                assert status == 200, content.decode()
                assert all(one["reasons"] for one in json.loads(content)["matches"][:1])
                found.lists.setdefault(kind, []).append(spent)
                tags.append((path, tag))
            if kind == KINDS[0]:
                found.list_cpu = (processor_s(process) - before) / len(projects) * 1000
                found.unchanged = [_unchanged(client, path, tag) for path, tag in tags]
        found.added = [_added(client) for _ in range(ADDED)]
        found.worked_mb = _mb(process)
    found.peak_mb = server.peak_mb or 0.0
    return found


def _projects(home: Path) -> list[str]:
    with closing(sqlite3.connect(home / "peipao.db")) as connection:
        query = "SELECT project_id, state FROM needs WHERE kind = ?"
        rows = connection.execute(query, [KINDS[0]]).fetchall()
    found = {str(project) for project, state in rows if state in RANKED}
    if len(found) < LEAST_PROJECTS:
        raise RuntimeError(
            f"{len(found)} projects of this home wait for a {KINDS[0]}, at least {LEAST_PROJECTS} "
            "should: rounds have paired the others; measure on a fresh home, or without --home"
        )
    return sorted(found, key=lambda project: project[::-1])


def _unchanged(client: Client, path: str, tag: str) -> float:
    """Return how long it takes to hear that a list is the one that is held already.

    A tick of the service writes to the ledger what has become overdue, and from then on every list
    rests on later data: it is asked for anew.
    """
    spent, status, _, newer = client.timed("GET", path, If_None_Match=tag)
    if status == 200:
        spent, status, _, _ = client.timed("GET", path, If_None_Match=newer)
    assert status == 304, f"{path} has changed twice in a moment"
    return spent


def _added(client: Client) -> float:
    # Of a name that nobody has taken, whoever has added projects to this home before.
    project = f"bench-{uuid.uuid4().hex}"
    body = {
        "id": project,
        "name": "新登记项目",
        "stage": "startup",
        "attributes": {
            "industries": ["artificial-intelligence"],
            "place": {"district": "laoshan"},
            "intro": "面向海洋牧场的水质在线监测设备与算法",
        },
        "open_stage_needs": True,
    }
    sent = json.dumps(body).encode()
    started = time.perf_counter()
    _, status, content, _ = client.timed(
        "POST", "/v1/projects", sent, content_type="application/json"
    )
    assert status == 201, content.decode()
    _, status, content, _ = client.timed("GET", f"/v1/projects/{project}/matches?kind={KINDS[0]}")
    spent = (time.perf_counter() - started) * 1000
    answer = json.loads(content)
    assert status == 200
    assert answer["need_id"]
    assert answer["matches"]
    return spent


def _hello() -> tuple[list[float], float]:
    with serving_process(("-m", "benchmarks.hello"), ROOT) as server:
        client = Client(server.wait_for_address())
        wait(client, "/hello")
        spent = []
        for _ in range(HELLOS):
            ms, status, _, _ = client.timed("GET", "/hello")
            assert status == 200
            spent.append(ms)
    return spent, server.peak_mb or 0.0


def _mb(process: psutil.Process) -> float:
    return float(process.memory_info().rss) / 2**20


def processor_s(process: psutil.Process) -> float:
    """Return the processor time that a process has used, whoever else is busy."""
    times = process.cpu_times()
    return float(times.user + times.system)


def _latencies(sessions: list[Session], hello: list[tuple[list[float], float]]) -> Grid:
    bare = median(percentile(times, 50) for times, _ in hello)
    rows = [
        _row(f"ranked {kind}", [one.lists[kind] for one in sessions], bare, MOST_P95_MS)
        for kind in KINDS
    ]
    rows += [
        _row("the same list again, 304", [one.unchanged for one in sessions], bare, None),
        _row("POST to first ranked list", [one.added for one in sessions], bare, MOST_ADDED_MS),
        _row("bare FastAPI", [times for times, _ in hello], bare, None),
    ]
    heads = ("what", "requests", "p50", "p95", "p99", "p95 at most", "met", "p50 / bare")
    return Grid("Milliseconds on one connection", heads, rows)


def _row(what: str, lives: list[list[float]], bare: float, most: float | None) -> list[str]:
    p50, p95, p99 = (median(percentile(times, k) for times in lives) for k in (50, 95, 99))
    limit = ("", "") if most is None else (f"{most:.0f} ms", met(p95, most))
    times = [f"{value:.1f} ms" for value in (p50, p95, p99)]
    return [what, str(len(lives[0])), *times, *limit, f"{p50 / bare:.1f}"]


def _process(sessions: list[Session], hello: list[tuple[list[float], float]]) -> Grid:
    start = median(one.start_s for one in sessions)
    return Grid(
        "The process",
        ("what", "measured", "at most", "met"),
        [
            ("start to ready", f"{start:.2f} s", f"{MOST_START_S:.0f} s", met(start, MOST_START_S)),
            (
                "processor time of that",
                f"{median(one.start_cpu_s for one in sessions):.2f} s",
                "",
                "",
            ),
            (
                f"processor time of one {KINDS[0]} list",
                f"{median(one.list_cpu for one in sessions):.1f} ms",
                "",
                "",
            ),
            ("memory when ready", f"{median(one.ready_mb for one in sessions):.0f} MB", "", ""),
            (
                "memory after all requests",
                f"{median(one.worked_mb for one in sessions):.0f} MB",
                "",
                "",
            ),
            ("peak memory", f"{median(one.peak_mb for one in sessions):.0f} MB", "", ""),
            ("bare FastAPI, peak memory", f"{median(mb for _, mb in hello):.0f} MB", "", ""),
        ],
    )


def percentile(times: list[float], k: int) -> float:
    """Return the smallest of the times that at least k % of them do not exceed."""
    ordered = sorted(times)
    return ordered[max(-(-len(ordered) * k // 100) - 1, 0)]
