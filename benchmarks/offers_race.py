"""The last place under 32 accepts at once, over HTTP.

Every attempt asks for a place with a named mentor, in the founder's name. For each last place 32
clients ask at the same moment: 16 needs, each by two clients, so that every attempt to go over
capacity is one to make a pair twice as well. 100 mentors get one more place each, turn by turn: one
turn, or ten with `--large`, which makes 32,000 attempts.
"""

from __future__ import annotations

import itertools
import json
import threading
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil

from benchmarks.offer_state import set_places, state_of
from benchmarks.processes import run_child
from benchmarks.report import Grid, Section, met
from benchmarks.service import Client, started
from benchmarks.workshop import Workshop

CLIENTS, MENTORS = 32, 100
TURNS = {False: 1, True: 10}
ALLOWED = frozenset({200, 201, 409, 422, 429, 503})
PATIENCE_S = 600.0

_RACE = """\
`POST /v1/offers` with the founder's consent, one free place a mentor and turn, 32 clients that ask
for the same place at the same moment, by 16 needs with two clients each; {attempts} attempts
({full}). Counted afterwards in the database:
matches that hold a place by mentor and by pair, `used` against matches, and the whole ledger."""


def run(shop: Workshop) -> Section:
    """Measure on SQLite."""
    return race_section(shop, "SQLite", None)


def race_section(shop: Workshop, database: str, url: str | None) -> Section:
    """Let the clients race on a database and return the section."""
    turns = TURNS[shop.large]
    rows = _measured(shop.folder / f"race-{database}", url, turns)
    full = "the full number" if shop.large else "a tenth of the full number, which `--large` makes"
    return Section(
        f"Offers under 32 clients, {database}",
        (_RACE.format(attempts=CLIENTS * MENTORS * turns, full=full),),
        (Grid("Exactly one taker (P1)", ("what", "found", "wanted", "met"), rows),),
    )


def _measured(home: Path, url: str | None, turns: int) -> list[tuple[str, str, str, str]]:
    more = [] if url is None else [url]
    ids = run_child("benchmarks.offer_city", str(home), str(MENTORS), "1", *more)
    statuses: Counter[int] = Counter()
    codes: Counter[str] = Counter()
    with started(home, url) as (server, _, _):
        for turn in range(1, turns + 1):
            set_places(home, url, turn)
            seen, said = _race(server.port or 0, ids["needs"][:16], ids["mentors"])
            statuses, codes = statuses + seen, codes + said
        used = psutil.Process(server.process.pid).cpu_times()
    found, places = state_of(home, url), MENTORS * turns
    attempts = CLIENTS * MENTORS * turns
    return [
        _exactly("attempts", statuses.total(), attempts),
        _exactly("replies 201", statuses[201], places),
        _exactly("matches that hold a place", found["held"], statuses[201]),
        _exactly("mentors over capacity", found["over"], 0),
        _exactly("pairs made twice", found["twice"], 0),
        _exactly("places miscounted", found["miscounted"], 0),
        _exactly("replies outside 200 201 409 422 429 503", _strange(statuses), 0),
        ("replies by status", listed(statuses), "", ""),
        ("refusals by code", listed(codes), "", ""),
        ("ledger lines, chain verified", f"{found['lines']}", "", ""),
        (
            "processor time of the service, ms an attempt",
            f"{(used.user + used.system) / attempts * 1000:.1f}",
            "",
            "",
        ),
    ]


def _exactly(name: str, found: int, wanted: int) -> tuple[str, str, str, str]:
    return name, f"{found}", f"{wanted}", met(abs(found - wanted), 0)


def _race(
    port: int, needs: Sequence[str], mentors: Sequence[str]
) -> tuple[Counter[int], Counter[str]]:
    start = threading.Barrier(CLIENTS)

    def client(number: int) -> list[tuple[int, bytes]]:
        found = []
        for mentor in mentors:
            body = {"need_id": needs[number // 2], "provider_id": mentor, "agreed": "founder"}
            start.wait(timeout=PATIENCE_S)
            # A connection of its own: one that waited for the others may have been closed.
            found.append(Client(port).post("/v1/offers", body))
        return found

    with ThreadPoolExecutor(CLIENTS) as pool:
        replies = list(itertools.chain.from_iterable(pool.map(client, range(CLIENTS))))
    refusals = (json.loads(body)["code"] for status, body in replies if status >= 400)
    return Counter(status for status, _ in replies), Counter(refusals)


def _strange(statuses: Counter[int]) -> int:
    return sum(number for status, number in statuses.items() if status not in ALLOWED)


def listed(counts: Counter[int] | Counter[str]) -> str:
    """Return counts by key in one line."""
    return ", ".join(f"{key}: {number}" for key, number in sorted(counts.items(), key=str))
