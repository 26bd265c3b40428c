"""PostgreSQL itself is killed while clients write; the service stays up and goes on by itself.

All processes of the server get SIGKILL at a random moment and it is started again. The service is
not restarted: it answers 503 meanwhile, and each client sends its call again under its key until it
is answered. Then every acknowledged offer must be there, made once.
"""

from __future__ import annotations

import time
from pathlib import Path
from random import Random
from statistics import median

from benchmarks.kill_rounds import rows_of
from benchmarks.kill_writers import LONGEST_S, Killed, Writers, look, pairs_of_city
from benchmarks.postgresql import Postgresql, postgresql
from benchmarks.report import Grid, Section, met
from benchmarks.service import started
from benchmarks.workshop import Workshop

ROUNDS = {False: 4, True: 40}
KNOWN = frozenset({201, 409, 503})
_DOWN_S, _RESUMED_S, _PATIENCE_S = 0.3, 5.0, 120.0
_NOTE = """\
{rounds} rounds ({full}), one life of the service for all of them. Every process of the PostgreSQL
server gets SIGKILL while four clients write; 0.3 s later it is started again and recovers. A call
that got 503 is sent again under its key until it is answered, so that a write that was made but not
acknowledged must not be made twice."""


def run(shop: Workshop) -> Section:
    """Measure."""
    rounds = ROUNDS[shop.large]
    with postgresql() as database:
        found = _killed(shop.folder / "kill-server", database, rounds)
    strange = sum(number for status, number in found.statuses.items() if status not in KNOWN)
    rows = [
        *rows_of(found, rounds),
        ("replies outside 201, 409, 503, or none", f"{strange}", "0", met(strange, 0)),
        ("recovery of the server, median s", f"{median(found.starts):.1f}", "", ""),
        (
            "recovered server to next write, longest s",
            f"{max(found.resumed):.1f}",
            f"{_RESUMED_S:.0f}",
            met(max(found.resumed), _RESUMED_S),
        ),
    ]
    full = "the full number" if shop.large else "a tenth of the full number, which `--large` makes"
    return Section(
        "Acknowledged writes and a killed database server",
        (_NOTE.format(rounds=rounds, full=full),),
        (Grid("PostgreSQL killed (P3, P7)", ("what", "found", "at most", "met"), rows),),
    )


def _killed(home: Path, database: Postgresql, rounds: int) -> Killed:
    draw, found, url = Random(8), Killed(), database()  # noqa: S311  no secret
    pairs = pairs_of_city(home, url, draw)
    with started(home, url) as (server, _, _):
        for number in range(rounds):
            writers = Writers(server.port or 0, pairs, number, patient=True)
            writers.begin()
            time.sleep(draw.uniform(0.2, LONGEST_S))
            database.kill()
            time.sleep(_DOWN_S)
            began = time.perf_counter()
            database.start()
            found.starts.append(time.perf_counter() - began)
            found.resumed.append(_seconds_to_next(writers))
            writers.end()
            look(home, url, writers, found)
    return found


def _seconds_to_next(writers: Writers) -> float:
    """Return how many seconds pass until one more write is acknowledged."""
    before, began = len(writers.acknowledged), time.perf_counter()
    while len(writers.acknowledged) == before:
        if time.perf_counter() - began > _PATIENCE_S:
            raise RuntimeError("no write is acknowledged after the server has recovered")
        time.sleep(0.01)
    return time.perf_counter() - began
