"""The same call sent five times under one key has one effect, over HTTP.

Each of the calls is sent twice at the same moment, twice more, and once after the service was
restarted; then once with another body.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.offer_state import set_places, state_of
from benchmarks.offers_race import PATIENCE_S, listed
from benchmarks.postgresql import postgresql
from benchmarks.processes import run_child
from benchmarks.report import Grid, Section
from benchmarks.service import Client, started
from benchmarks.workshop import Workshop

CLIENTS, MENTORS, SENDS = 32, 100, 5
BUSY = 503
KEYS = {False: 200, True: 2000}
_NOTE = """\
{keys} offers ({full}), each under a key of its own. Each is sent twice at the same moment, twice
more, and once after the service was restarted; then once with another body under the old key. Who
is told that the database is busy (503) sends the same again, as the API asks; such replies are
counted."""


def run(shop: Workshop) -> Section:
    """Measure on SQLite and on PostgreSQL."""
    keys = KEYS[shop.large]
    lite = _measured(shop.folder / "keys-sqlite", None, keys)
    with postgresql() as new_database:
        large = _measured(shop.folder / "keys-pg", new_database(), keys)
    rows = [
        (name, one, two, wanted)
        for (name, one, wanted), (_, two, _) in zip(lite, large, strict=True)
    ]
    full = "the full number" if shop.large else "a tenth of the full number, which `--large` makes"
    return Section(
        "One effect a key",
        (_NOTE.format(keys=keys, full=full),),
        (Grid("Exactly once (P2)", ("what", "SQLite", "PostgreSQL", "wanted"), rows),),
    )


def _measured(home: Path, url: str | None, n_keys: int) -> list[tuple[str, str, str]]:
    places = 2 * n_keys // MENTORS
    more = [] if url is None else [url]
    ids = run_child("benchmarks.offer_city", str(home), str(MENTORS), "1", *more)
    needs, mentors = ids["needs"], ids["mentors"]
    set_places(home, url, places)
    with started(home, url) as (server, _, _):
        first, busy = _sent(server.port or 0, needs, mentors, n_keys)
    with started(home, url) as (server, _, _):
        again = _sent_again(server.port or 0, needs, mentors, n_keys)
        refused = _changed(server.port or 0, needs, mentors, n_keys)
    found = state_of(home, url)
    same = sum(len({*first[k], again[k]}) == 1 for k in range(n_keys))
    return [
        ("keys x sends", f"{n_keys} x {SENDS}", ""),
        ("effects", f"{found['held']}", f"{n_keys}"),
        ("keys with five identical bodies of 201", f"{same}", f"{n_keys}"),
        ("replies other than 201, by status and code", listed(_others(first)) or "-", "-"),
        ("replies of a busy database, sent again", f"{busy}", ""),
        ("same key, other body: refused as key-reused", f"{refused}", f"{n_keys}"),
        ("places miscounted", f"{found['miscounted']}", "0"),
        ("ledger lines, chain verified", f"{found['lines']}", ""),
    ]


def _others(first: Sequence[set[bytes]]) -> Counter[str]:
    """Count the replies that are none of 201, which `_sent` puts the status before."""
    odd = (body for bodies in first for body in bodies if not body.startswith(b"{"))
    return Counter(f"{body[:3].decode()} {json.loads(body[3:])['code']}" for body in odd)


def _offer(k: int, needs: Sequence[str], mentors: Sequence[str]) -> dict[str, str]:
    # Another need for every full round of mentors, so that no pair comes twice.
    shift = k // len(mentors)
    return {"need_id": needs[16 + (k + shift) % 64], "provider_id": mentors[k % len(mentors)]}


def _sent(
    port: int, needs: Sequence[str], mentors: Sequence[str], n_keys: int
) -> tuple[list[set[bytes]], int]:
    """Send every key four times, the first two at the same moment; count the replies of 503."""
    pairs = CLIENTS // 2
    start = [threading.Barrier(2) for _ in range(pairs)]
    bodies: list[list[bytes]] = [[] for _ in range(n_keys)]
    busy: list[int] = []

    def client(number: int) -> None:
        pair = number // 2
        for k in range(pair, n_keys, pairs):
            start[pair].wait(timeout=PATIENCE_S)
            # A connection of its own: one that waited for the other may have been closed.
            connection = Client(port)
            for _ in range(2):
                offer = _offer(k, needs, mentors)
                status, body = connection.post("/v1/offers", offer, key=f"race-{k}")
                while status == BUSY:
                    busy.append(k)
                    status, body = connection.post("/v1/offers", offer, key=f"race-{k}")
                bodies[k].append(body if status == 201 else f"{status}".encode() + body)

    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(client, range(CLIENTS)))
    return [set(one) for one in bodies], len(busy)


def _sent_again(
    port: int, needs: Sequence[str], mentors: Sequence[str], n_keys: int
) -> list[bytes]:
    connection = Client(port)
    return [
        connection.post("/v1/offers", _offer(k, needs, mentors), key=f"race-{k}")[1]
        for k in range(n_keys)
    ]


def _changed(port: int, needs: Sequence[str], mentors: Sequence[str], n_keys: int) -> int:
    connection, refused = Client(port), 0
    for k in range(n_keys):
        other = {**_offer(k, needs, mentors), "agreed": "founder"}
        status, body = connection.post("/v1/offers", other, key=f"race-{k}")
        refused += status == 422 and json.loads(body)["code"] == "key-reused"
    return refused
