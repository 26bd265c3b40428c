"""Child process: a city into a database, a model, a round; prints the SHA-256 of the round.

usage: python -m benchmarks.digest_child HOME STORE_URL PROJECTS SHUFFLE

The clock stands still. SHUFFLE 0 stores the records as they were generated; any other number
shuffles them and spreads them over several transactions.
"""

from __future__ import annotations

import datetime as dt
import json
import platform
import random
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from peipao.clock import FixedClock
from peipao.config import Settings, StoreSettings
from peipao.sample.city import City, generate_city
from peipao.sample.size import CitySize, S
from serving.usecases.score_pairs import city_date
from serving.wiring import Peipao, wire

NOW = dt.datetime(2026, 3, 2, 1, 30, tzinfo=dt.UTC)
KIND, SEED, BY = "mentor", 2026, "benchmarks"
_PARTS = 4
_Record = TypeVar("_Record")


def size_of(projects: int) -> CitySize:
    """Return scale S, or a city of so many projects with everybody else in proportion."""
    share = projects / S.projects
    return CitySize(
        projects=projects,
        earlier=round(S.earlier * share),
        mentors=round(S.mentors * share),
        officers=round(S.officers * share),
        talents=round(S.talents * share),
        service_points=round(S.service_points * share),
    )


def store_city(peipao: Peipao, city: City, shuffle: int) -> None:
    """Store the records in the order that a number stands for."""
    dice = random.Random(shuffle)  # noqa: S311  an order, no secret
    parts = _PARTS if shuffle else 1
    mixed = bool(shuffle)
    providers = list(_split(city.providers, dice, parts, mixed=mixed))
    projects = list(_split(city.projects, dice, parts, mixed=mixed))
    needs = list(_split(city.needs, dice, parts, mixed=mixed))
    feedback = list(_split(city.feedback, dice, parts, mixed=mixed))
    for number in range(parts):
        with peipao.store.transaction(who=BY, why="digest") as tx:
            tx.projects.add_many(projects[number])
            tx.providers.add_many(providers[number])
    with peipao.store.transaction(who=BY, why="digest") as tx:
        tx.requests.add_many(city.requests)
    for number in range(parts):
        with peipao.store.transaction(who=BY, why="digest") as tx:
            tx.needs.add_many(needs[number])
    for number in range(parts):
        with peipao.store.transaction(who=BY, why="digest") as tx:
            tx.feedback.add_many(feedback[number])


def _split(
    records: Sequence[_Record], dice: random.Random, parts: int, *, mixed: bool
) -> Iterator[list[_Record]]:
    rows = list(records)
    if mixed:
        dice.shuffle(rows)
    for number in range(parts):
        yield rows[number::parts]


def main() -> None:
    home, url, projects, shuffle = sys.argv[1:]
    settings = Settings(home=Path(home), store=StoreSettings(url=url or None))
    peipao = wire(settings, FixedClock(NOW))
    peipao.store.migrate()
    city = generate_city(
        size_of(int(projects)), SEED, peipao.reference, peipao.catalogue, city_date(NOW)
    )
    store_city(peipao, city, int(shuffle))
    trained = peipao.train_model(KIND, by=BY, track=False)
    shown = peipao.show_rounds.one(peipao.run_round(KIND, by=BY))
    with peipao.store.reading() as tx:
        model = tx.models.get(trained.version).manifest_sha256
    database = peipao.store.database_version()
    peipao.close()
    answer = {
        "round": shown.digest,
        "inputs": shown.certificate["inputs"],
        "model": model,
        "matches": shown.figures["matches"],
        "database": database,
        "python": platform.python_version(),
    }
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
