"""The last place under 32 accepts at once, and the same call sent five times, over HTTP.

Every attempt asks for a place with a named mentor, in the founder's name. For each last place 32
clients ask at the same moment: 16 needs, each by two clients, so that every attempt to go over
capacity is one to make a pair twice as well. 100 mentors get one more place each, turn by turn: one
turn, or ten with `--large`, which makes 32,000 attempts.
"""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from benchmarks.postgresql import postgresql
from benchmarks.processes import run_child
from benchmarks.report import Grid, Section
from benchmarks.service import Client, started
from benchmarks.workshop import Workshop
from peipao.clock import SystemClock
from peipao.domain.states import HOLDING
from peipao.store import Store

CLIENTS, MENTORS, SENDS = 32, 100, 5
TURNS, KEYS = {False: 1, True: 10}, {False: 200, True: 2000}
ALLOWED = frozenset({200, 201, 409, 422, 429, 503})
_PATIENCE_S = 300.0

_RACE = """\
`POST /v1/offers` with the founder's consent, one free place a mentor and turn, 32 clients that ask
for the same place at the same moment, by 16 needs with two clients each; {attempts} attempts
({full}). Counted afterwards in the database:
matches that hold a place by mentor and by pair, `used` against matches, and the whole ledger."""
_KEYS = """\
Keys: each of the calls is sent twice at the same moment, twice more, and once after the service
was restarted; then once with another body."""


def run(shop: Workshop) -> Section:
    """Measure on SQLite and on PostgreSQL."""
    turns, keys = TURNS[shop.large], KEYS[shop.large]
    rows = [_measured(shop.folder / "race-sqlite", None, turns, keys)]
    with postgresql() as new_database:
        rows.append(_measured(shop.folder / "race-pg", new_database(), turns, keys))
    names, _, wanted = zip(*rows[0], strict=True)
    values = [[value for _, value, _ in one] for one in rows]
    grid = Grid(
        "Exactly one taker",
        ("what", "SQLite", "PostgreSQL", "wanted"),
        list(zip(names, *values, wanted, strict=True)),
    )
    full = "the full number" if shop.large else "a tenth of the full number, which `--large` makes"
    race = _RACE.format(attempts=CLIENTS * MENTORS * turns, full=full)
    return Section("Offers under 32 clients", (race, _KEYS), (grid,))


def _measured(home: Path, url: str | None, turns: int, n_keys: int) -> list[tuple[str, str, str]]:
    ids = run_child(
        "benchmarks.offer_city", str(home), str(MENTORS), "1", *([] if url is None else [url])
    )
    needs, mentors = ids["needs"], ids["mentors"]
    statuses: Counter[int] = Counter()
    codes: Counter[str] = Counter()
    began = time.perf_counter()
    with started(home, url) as (server, _, _):
        for turn in range(1, turns + 1):
            _set_places(home, url, turn)
            seen, said = _race(server.port or 0, needs[:16], mentors)
            statuses, codes = statuses + seen, codes + said
    spent = time.perf_counter() - began
    raced = _state(home, url)
    _set_places(home, url, turns + 2 * n_keys // MENTORS)
    with started(home, url) as (server, _, _):
        first = _sent(server.port or 0, needs, mentors, n_keys)
    with started(home, url) as (server, _, _):
        again = _sent_again(server.port or 0, needs, mentors, n_keys)
        refused = _changed(server.port or 0, needs, mentors, n_keys)
    kept = _state(home, url)
    same = sum(len({*first[k], again[k]}) == 1 for k in range(n_keys))
    return [
        ("attempts", str(statuses.total()), str(CLIENTS * MENTORS * turns)),
        ("replies 201", str(statuses[201]), str(MENTORS * turns)),
        ("matches that hold a place", str(raced["held"]), "= replies 201"),
        ("mentors over capacity", str(raced["over"]), "0"),
        ("pairs made twice", str(raced["twice"]), "0"),
        ("places miscounted", str(raced["miscounted"]), "0"),
        ("replies outside 200 201 409 422 429 503", str(_strange(statuses)), "0"),
        ("replies by status", _listed(statuses), ""),
        ("refusals by code", _listed(codes), ""),
        ("attempts a second", f"{statuses.total() / spent:.0f}", ""),
        ("keys x sends", f"{n_keys} x {SENDS}", ""),
        ("effects of the keys", str(kept["held"] - raced["held"]), str(n_keys)),
        ("keys with five identical bodies", str(same), str(n_keys)),
        ("same key, other body: refused", str(refused), str(n_keys)),
        ("ledger lines, chain verified", str(kept["lines"]), ""),
    ]


def _race(
    port: int, needs: Sequence[str], mentors: Sequence[str]
) -> tuple[Counter[int], Counter[str]]:
    start = threading.Barrier(CLIENTS)

    def client(number: int) -> list[tuple[int, bytes]]:
        found = []
        for mentor in mentors:
            body = {"need_id": needs[number // 2], "provider_id": mentor, "agreed": "founder"}
            start.wait(timeout=_PATIENCE_S)
            # A connection of its own: one that waited for the others may have been closed.
            found.append(Client(port).post("/v1/offers", body))
        return found

    with ThreadPoolExecutor(CLIENTS) as pool:
        replies = list(itertools.chain.from_iterable(pool.map(client, range(CLIENTS))))
    refusals = (json.loads(body)["code"] for status, body in replies if status >= 400)
    return Counter(status for status, _ in replies), Counter(refusals)


def _offer(k: int, needs: Sequence[str], mentors: Sequence[str]) -> dict[str, str]:
    # Another need for every full round of mentors, so that no pair comes twice.
    shift = k // len(mentors)
    return {"need_id": needs[16 + (k + shift) % 64], "provider_id": mentors[k % len(mentors)]}


def _sent(port: int, needs: Sequence[str], mentors: Sequence[str], n_keys: int) -> list[set[bytes]]:
    """Send every key four times, the first two at the same moment."""
    pairs = CLIENTS // 2
    start = [threading.Barrier(2) for _ in range(pairs)]
    bodies: list[list[bytes]] = [[] for _ in range(n_keys)]

    def client(number: int) -> None:
        connection, pair = Client(port), number // 2
        for k in range(pair, n_keys, pairs):
            start[pair].wait()
            for _ in range(2):
                offer = _offer(k, needs, mentors)
                status, body = connection.post("/v1/offers", offer, key=f"race-{k}")
                bodies[k].append(body if status == 201 else f"{status}".encode() + body)

    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(client, range(CLIENTS)))
    return [set(one) for one in bodies]


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


def _set_places(home: Path, url: str | None, capacity: int) -> None:
    with _store(home, url).transaction(who="benchmarks", why="one more place each") as tx:
        for mentor in tx.providers.of_kind("mentor"):
            tx.providers.update(replace(mentor, capacity=capacity))


def _state(home: Path, url: str | None) -> dict[str, int]:
    with _store(home, url).reading() as tx:
        held = [m for m in tx.matches.of_kind("mentor") if m.state in HOLDING]
        capacity = {one.id: one.capacity for one in tx.providers.of_kind("mentor")}
        loads = Counter(match.provider_id for match in held)
        pairs = Counter((match.need_id, match.provider_id) for match in held)
        return {
            "held": len(held),
            "over": sum(load > capacity[key] for key, load in loads.items()),
            "twice": sum(number > 1 for number in pairs.values()),
            "miscounted": len(tx.providers.miscounted()),
            "lines": tx.ledger.verify().sequence,
        }


def _store(home: Path, url: str | None) -> Store:
    return Store.open(url or f"sqlite:///{home / 'peipao.db'}", SystemClock())


def _strange(statuses: Counter[int]) -> int:
    return sum(number for status, number in statuses.items() if status not in ALLOWED)


def _listed(counts: Counter[int] | Counter[str]) -> str:
    return ", ".join(f"{key}: {number}" for key, number in sorted(counts.items(), key=str))
