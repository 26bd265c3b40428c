"""The needs ledger: 200 random histories of 500 events, each held against a fold by hand."""

from __future__ import annotations

import sys
import time

from benchmarks.postgresql import postgresql
from benchmarks.processes import ROOT
from benchmarks.report import Grid, Section
from benchmarks.workshop import Workshop

HISTORIES, EVENTS = 200, 500
FEWER = 20
"""Histories on PostgreSQL, unless all are asked for."""

_NOTE = (
    "Each history submits requests in five channels, acknowledges, offers, matches, serves, "
    "refers, closes, withdraws, comments, hands over and ticks at random times of 2026, on SQLite "
    "in memory and on a PostgreSQL server ({full}). After every event the need's state, owner, "
    "open clocks and notices are compared with the fold; every hundred events, and at the end, the "
    "figures of the response rate by month, kind, channel and district and the list of overdue "
    "answers. The fold shares no code with the service and has a calendar of its own "
    "(`tests/need_histories.py`)."
)


def run(shop: Workshop) -> Section:
    """Live the histories on both databases, one after the other, and count what differs."""
    sys.path.insert(0, str(ROOT / "tests"))
    grids = [_lived(shop, "SQLite", "sqlite://", HISTORIES)]
    with postgresql() as new_database:
        many = HISTORIES if shop.large else FEWER
        grids.append(_lived(shop, "PostgreSQL", new_database(), many))
    full = "all of them" if shop.large else "a tenth of them there; `--large` lives all"
    return Section("The needs ledger", [_NOTE.format(full=full)], grids)


def _lived(shop: Workshop, database: str, url: str, histories: int) -> Grid:
    from need_histories import lived
    from needs_office import open_office

    wrong: list[str] = []
    needs = due = responded = 0
    began, spent = time.perf_counter(), time.process_time()
    with open_office(shop.folder / f"office-{database}", url) as office:
        for seed in range(histories):
            history = lived(office, seed, EVENTS)
            wrong += [f"history {seed}: {what}" for what in history.wrong]
            needs += len(history.needs)
            due += history.due
            responded += history.responded
    seconds, processor = time.perf_counter() - began, time.process_time() - spent
    silent = sum("silent" in one or "owner" in one or "told" in one for one in wrong)
    rows = [
        ("histories x events", f"{histories} x {EVENTS}", ""),
        ("needs", f"{needs}", ""),
        ("needs due, answered in time", f"{due}, {responded}", ""),
        ("figures, lists or states that differ from the fold", f"{len(wrong)}", "0"),
        ("needs without owner, clock or notice", f"{silent}", "0"),
        ("seconds, processor seconds", f"{seconds:.0f}, {processor:.0f}", ""),
    ]
    for one in wrong[:20]:
        print(one)
    return Grid(f"Random histories, {database}", ("what", "found", "target"), rows)
