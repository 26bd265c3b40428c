"""The same city gives the same round: any order of rows, either database, any hash seed."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import PostgresqlServer

PROGRAM = """
import json, sys
from pathlib import Path
from random import Random
from trained_city import CITY, NOW, SEED
from peipao.clock import FixedClock
from peipao.config import Settings, StoreSettings
from peipao.sample.city import generate_city
from serving.wiring import wire

home, url, order = Path(sys.argv[1]), sys.argv[2], Random(int(sys.argv[3]))
peipao = wire(Settings(home=home, store=StoreSettings(url=url)), FixedClock(NOW))
city = generate_city(CITY, SEED, peipao.reference, peipao.catalogue, NOW.date())

def shuffled(records):
    return order.sample(records, len(records))

with peipao.store.transaction(who="tests", why="示例") as tx:
    tx.providers.add_many(shuffled(city.providers))
    tx.projects.add_many(shuffled(city.projects))
    tx.requests.add_many(shuffled(city.requests))
    tx.needs.add_many(shuffled(city.needs))
    tx.feedback.add_many(shuffled(city.feedback))
peipao.train_model("mentor", by="tests", track=False)
found = peipao.show_rounds.one(peipao.run_round("mentor", by="tests"))
ranking = peipao.rank.project("p0001", "mentor", 5)
print(json.dumps([found.digest, found.seed, found.certificate["inputs"],
                  [[one.provider_id, one.margin] for one in ranking.matches]]))
peipao.close()
"""


def _round(home: Path, url: str, order: int, hash_seed: int) -> object:
    """Store the city in some order, train and draft a round, in a process of its own."""
    tests = Path(__file__).parent.parent
    python = ["env", f"PYTHONHASHSEED={hash_seed}", f"PYTHONPATH={tests}", sys.executable]
    ran = subprocess.run(
        [*python, "-W", "error", "-c", PROGRAM, str(home), url, str(order)],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    return json.loads(ran.stdout)


@pytest.fixture
def urls(
    tmp_path: Path,
    migrated_sqlite: Path,
    postgresql_server: PostgresqlServer,
    migrated_postgresql: str,
) -> Iterator[list[str]]:
    """URLs of two migrated, empty databases on SQLite and two on PostgreSQL."""
    copies = [tmp_path / "one.db", tmp_path / "other.db"]
    for copy in copies:
        shutil.copyfile(migrated_sqlite, copy)
    with (
        postgresql_server.database(migrated_postgresql) as one,
        postgresql_server.database(migrated_postgresql) as other,
    ):
        yield [*(f"sqlite:///{copy}" for copy in copies), one, other]


def test_one_digest_whatever_the_database_the_order_of_the_rows_and_the_hash_seed(
    tmp_path: Path, urls: list[str]
) -> None:
    first, *others = [
        _round(tmp_path / f"home-{number}", url, order=10 + number, hash_seed=number % 2)
        for number, url in enumerate(urls)
    ]
    assert others == [first, first, first]
