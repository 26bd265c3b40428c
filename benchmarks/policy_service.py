"""Policies of a stored city S: over loopback for single projects, and the whole bank at once."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

import psutil

from benchmarks.http_serving import Client, percentile, processor_s
from benchmarks.processes import ROOT, serving_process
from benchmarks.report import Grid, met
from peipao.config import Settings
from peipao.sample.size import S
from serving.wiring import wire

MOST_MS, MOST_BANK_S = 100.0, 2.0
ASKED, BY = 300, "benchmarks"


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds of every request, and of the server's processor time for one on average."""

    each_ms: list[float]
    processor_ms: float


def measured(folder: Path, runs: int, seed: int) -> Grid:
    """Load the city S into a new home, ask for its policies, and return the figures."""
    home = folder / "policies-S"
    projects = _loaded(home, seed)
    with _served(home) as (client, server):
        shown = _measured(
            server, [partial(_timed, client, f"/v1/projects/{key}/policies") for key in projects]
        )
        checked = _measured(server, [partial(_checked, client, key) for key in projects])
    bank, busy = _bank(home, runs)
    return Grid(
        f"A stored city of {len(projects)} projects",
        ("what", "median", "p95", "processor time", "at most", "met"),
        [
            _row("GET /v1/projects/{id}/policies", shown),
            _row("POST /v1/policies/check, what if", checked),
            ["bank on two days, with reading and comparing", f"{bank:.2f} s", "", f"{busy:.2f} s",
             f"{MOST_BANK_S:.0f} s", met(bank, MOST_BANK_S)],
        ],
    )  # fmt: skip


@contextmanager
def _served(home: Path) -> Iterator[tuple[Client, psutil.Process]]:
    """Start the service without any model, and yield a client and its process once it answers."""
    variables = {"PEIPAO_HOME": str(home), "PYTHONPATH": str(ROOT)}
    command = ("-m", "serving.cli.main", "serve", "--port", "0")
    with serving_process(command, home.parent, **variables) as server:
        client = Client(server.wait_for_address())
        while not _listens(client):
            time.sleep(0.01)
        yield client, psutil.Process(server.process.pid)


def _measured(server: psutil.Process, asked: list[Callable[[], float]]) -> Times:
    before = processor_s(server)
    times = [one() for one in asked[:ASKED]]
    return Times(times, (processor_s(server) - before) / len(times) * 1000)


def _listens(client: Client) -> bool:
    try:
        return client.timed("GET", "/healthz")[1] == 200
    except (ConnectionError, http.client.HTTPException):
        client.connection.close()
        return False


def _loaded(home: Path, seed: int) -> list[str]:
    peipao = wire(Settings(home=home))
    peipao.store.migrate()
    peipao.load_sample(S, seed, by=BY)
    with peipao.store.reading() as tx:
        projects = [project.id for project in tx.projects.list()]
    peipao.close()
    return projects


def _timed(client: Client, path: str) -> float:
    spent, status, _, _ = client.timed("GET", path)
    assert status == 200
    return spent


def _checked(client: Client, project: str) -> float:
    body = json.dumps({"project_id": project, "facts": {"staff": 12}}).encode()
    path = "/v1/policies/check"
    spent, status, _, _ = client.timed("POST", path, body, content_type="application/json")
    assert status == 200
    return spent


def _bank(home: Path, runs: int) -> tuple[float, float]:
    """Return median seconds of the bank, and of processor time."""
    peipao, spent, busy = wire(Settings(home=home)), [], []
    for _ in range(runs):
        began, before = time.perf_counter(), time.process_time()
        peipao.check_bank(by=BY)
        spent.append(time.perf_counter() - began)
        busy.append(time.process_time() - before)
    peipao.close()
    return median(spent), median(busy)


def _row(what: str, times: Times) -> list[str]:
    p50, p95 = (percentile(times.each_ms, share) for share in (50, 95))
    figures = (f"{one:.1f} ms" for one in (p50, p95, times.processor_ms))
    return [what, *figures, f"{MOST_MS:.0f} ms", met(p95, MOST_MS)]
