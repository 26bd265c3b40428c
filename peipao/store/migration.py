"""Migrations: run from inside the installed package, by one process at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from peipao.errors import DatabaseNotReadyError
from peipao.store.engine import WRITES
from peipao.store.failures import MIGRATE
from peipao.store.schema import UtcTime, metadata

_SCRIPTS = Path(__file__).parent / "migrations"
_LOCK = sa.text("SELECT pg_advisory_xact_lock(7230175)")


def _plain_type(kind: str, item: object, _context: object) -> str | Literal[False]:
    # A revision must not depend on a class that may change after it.
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcTime) else False


CONTEXT: dict[str, Any] = {
    "render_item": _plain_type,
    "compare_type": True,
    "render_as_batch": True,
    "target_metadata": metadata,
}
"""How migrations compare and write; `migrations/env.py` uses the same."""


def upgrade(
    engine: sa.Engine,
    revision: str = "head",
    *,
    finish: Callable[[sa.Connection], None] | None = None,
) -> None:
    """Apply all missing migrations in one transaction; makes the folder of a SQLite file.

    Args:
        engine: of the database.
        revision: the one to reach.
        finish: what records of before need besides, done in the same transaction: whoever finds
            the new revision finds that done too.
    """
    if engine.dialect.name == "sqlite" and engine.url.database:
        _make_folder(Path(engine.url.database).parent)
    with _alone(engine) as connection:
        command.upgrade(config(connection), revision)
        if finish is not None:
            finish(connection)


def downgrade(engine: sa.Engine, revision: str) -> None:
    """Undo migrations down to a revision, in one transaction."""
    with _alone(engine) as connection:
        command.downgrade(config(connection), revision)


def differences(engine: sa.Engine) -> list[object]:
    """Return what differs between the database and the tables of the code; empty if nothing."""
    with engine.connect() as connection:
        return list(
            compare_metadata(MigrationContext.configure(connection, opts=CONTEXT), metadata)
        )


def head() -> str:
    """Return the newest revision there is."""
    return str(ScriptDirectory(str(_SCRIPTS)).get_current_head())


def require_head(engine: sa.Engine) -> None:
    """Make sure that the database is of the newest revision.

    Raises:
        DatabaseNotReadyError: it is missing, empty, older or newer than the code.
    """
    path = engine.url.database
    # Connecting would leave an empty file behind.
    if engine.dialect.name == "sqlite" and path and path != ":memory:" and not Path(path).exists():
        raise DatabaseNotReadyError(f"数据库文件 {Path(path).name} 不存在;{MIGRATE}")
    with engine.connect() as connection:
        now = MigrationContext.configure(connection).get_current_revision()
    if now != head():
        raise DatabaseNotReadyError(f"数据库版本为 {now or '空库'},程序需要 {head()};{MIGRATE}")


def config(connection: sa.Connection) -> Config:
    """Return an Alembic configuration that works on an open connection."""
    made = Config()
    made.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    made.attributes["connection"] = connection
    return made


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DatabaseNotReadyError(f"无法建立数据库所在目录 {folder.name}") from error


@contextmanager
def _alone(engine: sa.Engine) -> Iterator[sa.Connection]:
    with engine.connect() as connection:
        connection.execution_options(**{WRITES: True})
        if engine.dialect.name != "sqlite":
            with connection.begin():
                connection.execute(_LOCK)
                yield connection
            return
        # Rebuilding a table drops the old one, which must not touch the rows that refer to it;
        # SQLite ignores this switch inside a transaction.
        with _without_foreign_keys(connection), connection.begin():
            yield connection
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
            if broken is not None:
                raise DatabaseNotReadyError(f"迁移后表 {broken[0]} 的引用不完整,已全部撤回")


@contextmanager
def _without_foreign_keys(connection: sa.Connection) -> Iterator[None]:
    raw = connection.connection.driver_connection
    if raw is None:
        raise DatabaseNotReadyError("数据库连接已断开")
    raw.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        raw.execute("PRAGMA foreign_keys=ON")
