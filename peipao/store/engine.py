"""Opening a database by its URL: SQLite in a file or in memory, or PostgreSQL."""

from __future__ import annotations

import time
from typing import Any

from sqlalchemy import URL, Connection, Engine, StaticPool, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from peipao.errors import SettingsError

WRITES = "peipao_writes"
"""Execution option of a connection whose transaction will write."""

BUSY_TIMEOUT_MS = 10_000
_WAL_PAUSE_S = 0.01
_IN_MEMORY = {None, "", ":memory:"}
_POSTGRESQL = {"postgresql", "postgresql+psycopg"}
_SQLITE = {"sqlite", "sqlite+pysqlite"}


def open_engine(url: str) -> Engine:
    """Return an engine for `sqlite:///path`, `sqlite://` (in memory) or `postgresql://…`.

    Raises:
        SettingsError: the URL is malformed or names another database; the message never echoes
            it, as it may hold a password.
    """
    parsed = _parsed(url)
    if parsed.drivername in _SQLITE:
        return _sqlite_engine(parsed)
    if parsed.drivername in _POSTGRESQL:
        return create_engine(
            parsed.set(drivername="postgresql+psycopg"),
            hide_parameters=True,
            pool_pre_ping=True,
            pool_size=10,
            max_overflow=10,
            pool_timeout=30,
            connect_args={"connect_timeout": 5},
        )
    raise SettingsError(
        f"数据库地址的类型 {parsed.drivername!r} 不支持;应为 sqlite:///路径 或 postgresql://…"
    )


def is_in_memory(engine: Engine) -> bool:
    """Tell whether the database is SQLite held in memory, on one shared connection."""
    return engine.dialect.name == "sqlite" and engine.url.database in _IN_MEMORY


def reading_options(engine: Engine) -> dict[str, Any]:
    """Return the execution options of a connection that only reads, from one snapshot."""
    if engine.dialect.name == "postgresql":
        return {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    return {}


def wipe(engine: Engine) -> None:
    """Write the database anew, so that no page of it holds what was changed or deleted."""
    if engine.dialect.name == "postgresql":
        with engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT")
            connection.exec_driver_sql("VACUUM FULL sensitive_facts")
        return
    raw = engine.raw_connection()
    try:
        for statement in ("VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
            raw.cursor().execute(statement)
    finally:
        raw.close()


def sqlite_module() -> Any:  # noqa: ANN401  one of two modules
    """Return the SQLite driver: the bundled newer engine if it is installed, else Python's own.

    SQLite 3.7.0 to 3.51.2 can damage a WAL database when two connections write and checkpoint at
    the same time; what Python links is often inside that range.
    """
    try:
        from pysqlite3 import dbapi2
    except ImportError:
        import sqlite3 as dbapi2
    return dbapi2


def _parsed(url: str) -> URL:
    try:
        return make_url(url)
    except ArgumentError as error:
        raise SettingsError(
            "数据库地址无法解析;应为 sqlite:///路径 或 postgresql://用户:口令@主机/库名"
        ) from error


def _sqlite_engine(url: URL) -> Engine:
    pool: dict[str, Any] = {"pool_size": 10, "max_overflow": 30, "pool_timeout": 30}
    if url.database in _IN_MEMORY:
        pool = {"poolclass": StaticPool, "connect_args": {"check_same_thread": False}}
    engine = create_engine(url, module=sqlite_module(), hide_parameters=True, **pool)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401  either driver's
    # The driver would begin transactions by itself, late and deferred; `_begin_sqlite` does.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    _write_ahead(cursor)
    # NORMAL would lose acknowledged commits on power loss.
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _write_ahead(cursor: Any) -> None:  # noqa: ANN401  either driver's
    # Two connections that turn a new file into a WAL database at the same moment would deadlock:
    # SQLite refuses one of them at once, without waiting for the busy timeout.
    begun = time.monotonic()
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite_module().OperationalError as error:
            waited_ms = (time.monotonic() - begun) * 1000
            if "locked" not in str(error) or waited_ms > BUSY_TIMEOUT_MS:
                raise
            time.sleep(_WAL_PAUSE_S)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    # A deferred transaction that turns into a writer cannot wait for its turn: it fails at once.
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
