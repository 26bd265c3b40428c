"""Start to ready at scale S: fresh, and after kill -9 under load (P5)."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from statistics import median

from benchmarks.backup import Load, Place, empty_place, told_by
from benchmarks.postgresql import postgresql
from benchmarks.report import Grid, Section, met
from benchmarks.service import started
from benchmarks.workshop import Workshop

FRESH_S, KILLED_S, LIVES = 6.0, 10.0, 5
_LOAD_S = 1.5
_NOTE = """\
City S with the models of all kinds, on SQLite and, restored from a backup, on PostgreSQL. Ready
is `readyz` answering 200, which it does once the active model of every kind was read and its
signature and hashes verified; the time runs from starting the process. {lives} starts of a service
that had been stopped, and {lives} after SIGKILL while two clients were writing."""


def run(shop: Workshop) -> Section:
    """Measure on both databases."""
    home = shop.copy("restarts")
    lite = _measured(home, None)
    with postgresql() as new_database:
        file = shop.folder / "restarts.zip"
        told_by(Place(home, None), "backup", file)
        place = empty_place(shop, Place(home, None), "restarts-pg", new_database())
        told_by(place, "restore", file)
        large = _measured(place.home, place.url)
    rows = [
        (name, one, two, wanted)
        for (name, one, wanted), (_, two, _) in zip(lite, large, strict=True)
    ]
    return Section(
        "Start to ready",
        (_NOTE.format(lives=LIVES),),
        (Grid("Scale S (P5)", ("what", "SQLite", "PostgreSQL", "at most"), rows),),
    )


def _measured(home: Path, url: str | None) -> list[tuple[str, str, str]]:
    fresh = [_fresh(home, url) for _ in range(LIVES)]
    killed = [_after_kill(home, url, life) for life in range(LIVES)]
    return [
        ("stopped to ready, median s", f"{median(fresh):.1f}", ""),
        ("stopped to ready, longest s", f"{max(fresh):.1f}", f"{FRESH_S:.0f}"),
        ("killed to ready, median s", f"{median(killed):.1f}", ""),
        ("killed to ready, longest s", f"{max(killed):.1f}", f"{KILLED_S:.0f}"),
        ("both met", met(max(max(fresh) / FRESH_S, max(killed) / KILLED_S), 1.0), "yes"),
    ]


def _fresh(home: Path, url: str | None) -> float:
    with started(home, url) as (_, _, seconds):
        return seconds


def _after_kill(home: Path, url: str | None, life: int) -> float:
    """Kill the service under load and return how long the next start takes."""
    with started(home, url) as (server, _, _):
        load = Load(server.port or 0, prefix=f"life-{life}-")
        threads = [threading.Thread(target=load.write, args=(at,)) for at in range(2)]
        for thread in threads:
            thread.start()
        time.sleep(_LOAD_S)
        server.process.kill()
        for thread in threads:
            thread.join()
    assert load.acknowledged
    return _fresh(home, url)
