"""What was acknowledged is there after kill -9, and the service is back within seconds.

Four clients offer places without pause, each call under an idempotency key, and note what was
acknowledged. At a random moment the service is killed. Then the database is read without it: every
acknowledged offer, with its kept reply, places that add up, and a ledger that holds.
"""

from __future__ import annotations

import time
from pathlib import Path
from random import Random
from statistics import median

from benchmarks.kill_writers import LONGEST_S, Killed, Writers, look, pairs_of_city
from benchmarks.report import Grid, Section, met
from benchmarks.service import started
from benchmarks.workshop import Workshop

ROUNDS = {False: 10, True: 100}
_READY_S = 10.0
_NOTES = """\
{rounds} rounds on {database} ({full}); each kills the service with SIGKILL while four clients write
and starts it anew. kill -9 cannot show that a write reached the disk: see the section on synced
writes. Start to ready is the time from starting the process to `readyz` answering 200."""


def run(shop: Workshop) -> Section:
    """Measure on SQLite."""
    return killed_section(shop, "SQLite", None, ROUNDS[shop.large])


def killed_section(shop: Workshop, database: str, url: str | None, rounds: int) -> Section:
    """Kill the service so many times on a database and return the section."""
    found = _killed(shop.folder / f"kill-{database}", url, rounds)
    rows = [
        *rows_of(found, rounds),
        ("start to ready, median s", f"{median(found.starts):.1f}", "", ""),
        (
            "start to ready after a kill, longest s",
            f"{max(found.starts[1:]):.1f}",
            f"{_READY_S:.0f}",
            met(max(found.starts[1:]), _READY_S),
        ),
    ]
    full = "the full number" if shop.large else "a tenth of the full number, which `--large` makes"
    return Section(
        f"Acknowledged writes and kill -9, {database}",
        (_NOTES.format(rounds=rounds, database=database, full=full),),
        (Grid("Killed while writing (P3)", ("what", "found", "at most", "met"), rows),),
    )


def rows_of(found: Killed, rounds: int) -> list[tuple[str, str, str, str]]:
    """Return the rows that all sections on kill -9 have."""
    return [
        ("rounds, with acknowledged writes", f"{rounds}, {found.rounds}", "", ""),
        ("acknowledged writes", f"{found.acknowledged}", "", ""),
        ("acknowledged and lost", f"{found.lost}", "0", met(found.lost, 0)),
        ("half done", f"{found.partial}", "0", met(found.partial, 0)),
        (
            "rounds with a broken ledger, count or file",
            f"{found.broken}",
            "0",
            met(found.broken, 0),
        ),
        ("replies by status", _listed(found), "", ""),
    ]


def _listed(found: Killed) -> str:
    return ", ".join(f"{status}: {number}" for status, number in sorted(found.statuses.items()))


def _killed(home: Path, url: str | None, rounds: int) -> Killed:
    draw, found = Random(7), Killed()  # noqa: S311  no secret
    pairs = pairs_of_city(home, url, draw)
    for number in range(rounds):
        with started(home, url) as (server, _, start_s):
            found.starts.append(start_s)
            writers = Writers(server.port or 0, pairs, number)
            writers.begin()
            time.sleep(draw.uniform(0.2, LONGEST_S))
            server.process.kill()
            writers.end()
        look(home, url, writers, found)
    return found
