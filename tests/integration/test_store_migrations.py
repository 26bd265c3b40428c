"""Migrations up and down on both databases, and what the store says when it cannot work."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from store_records import a_project, a_provider, with_people

import peipao.store
from peipao.clock import FixedClock
from peipao.errors import (
    DatabaseNotReadyError,
    InvalidInputError,
    SettingsError,
    StaleWriteError,
)
from peipao.store import Store, Transaction
from peipao.store.engine import open_engine, sqlite_module
from peipao.store.migration import differences
from peipao.store.schema import metadata


def tables_of(store: Store) -> set[str]:
    """Return the names of all tables that are there."""
    with store.engine.connect() as connection:
        return set(sa.inspect(connection).get_table_names())


def reads(store: Store) -> None:
    """Read anything."""
    with store.reading() as tx:
        tx.projects.count()


def test_migrations_go_up_and_down_and_up_again_and_match_the_tables_of_the_code(
    bare_store: Store,
) -> None:
    bare_store.migrate()
    assert differences(bare_store.engine) == []
    assert tables_of(bare_store) == set(metadata.tables) | {"alembic_version"}
    with_people(bare_store)
    bare_store.downgrade()
    assert tables_of(bare_store) == {"alembic_version"}
    bare_store.migrate()
    assert differences(bare_store.engine) == []
    bare_store.check_ready()
    with bare_store.reading() as tx:
        assert (tx.projects.count(), tx.data_version()) == (0, "0")


def test_migrating_twice_changes_nothing(store: Store) -> None:
    with_people(store)
    store.migrate()
    with store.reading() as tx:
        assert tx.projects.list() == [a_project()]


def test_several_who_migrate_at_once_migrate_once(bare_url: str, clock: FixedClock) -> None:
    stores = [Store.open(bare_url, clock) for _ in range(4)]
    start = threading.Barrier(len(stores))

    def migrate(store: Store) -> None:
        start.wait()
        store.migrate()
        store.check_ready()
        store.close()

    with ThreadPoolExecutor(len(stores)) as pool:
        assert list(pool.map(migrate, stores)) == [None] * len(stores)


def test_several_who_open_a_new_file_at_once_all_get_in(tmp_path: Path, clock: FixedClock) -> None:
    # SQLite refuses one of two that switch a new file to WAL together about once in 600 tries.
    def opens(path: Path, start: threading.Barrier) -> str:
        store = Store.open(f"sqlite:///{path}", clock)
        start.wait()
        with store.engine.connect() as connection:
            mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar_one()
        store.close()
        return str(mode)

    several = 6
    with ThreadPoolExecutor(several) as pool:
        for turn in range(200):
            path, start = tmp_path / f"{turn}.db", threading.Barrier(several)
            assert set(pool.map(opens, [path] * several, [start] * several)) == {"wal"}


@pytest.mark.parametrize(
    "use",
    [Store.check_ready, with_people, reads],
    ids=["check", "write", "read"],
)
def test_a_database_without_tables_says_what_to_run(
    bare_store: Store, use: Callable[[Store], None]
) -> None:
    bare_store.migrate()
    bare_store.downgrade()
    with pytest.raises(DatabaseNotReadyError, match="peipao db migrate"):
        use(bare_store)


def test_a_missing_file_is_named_and_not_created(tmp_path: Path, clock: FixedClock) -> None:
    path = tmp_path / "city.db"
    store = Store.open(f"sqlite:///{path}", clock)
    with pytest.raises(DatabaseNotReadyError, match=r"city\.db 不存在.*peipao db migrate"):
        store.check_ready()
    assert not path.exists()
    store.close()


def test_a_database_newer_than_the_code_is_not_ready(store: Store) -> None:
    with store.engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseNotReadyError, match="9999"):
        store.check_ready()


def test_a_server_that_does_not_answer_is_not_ready_and_its_password_stays_secret(
    tmp_path: Path, clock: FixedClock
) -> None:
    store = Store.open(f"postgresql://u:geheim@/x?host={tmp_path}", clock)
    with pytest.raises(DatabaseNotReadyError, match="无法连接") as raised:
        store.check_ready()
    assert "geheim" not in str(raised.value)
    store.close()


def test_a_connection_that_broke_while_idle_is_replaced(
    postgresql_url: str, clock: FixedClock
) -> None:
    store, other = Store.open(postgresql_url, clock), Store.open(postgresql_url, clock)
    with_people(store)
    with other.engine.begin() as connection:
        connection.execute(
            sa.text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    other.close()
    with store.reading() as tx:
        assert tx.projects.count() == 1
    store.close()


def test_a_connection_that_breaks_inside_a_transaction_is_not_ready(
    postgresql_url: str, clock: FixedClock
) -> None:
    store = Store.open(postgresql_url, clock)
    with pytest.raises(DatabaseNotReadyError):
        _killed_midway(store)
    with store.reading() as tx:
        assert tx.projects.count() == 0
    store.close()


def _killed_midway(store: Store) -> None:
    with store.transaction(who="clerk", why="登记") as tx:
        tx.projects.add(a_project())
        tx.projects.work.connection.execute(
            sa.text("SELECT pg_terminate_backend(pg_backend_pid())")
        )


def test_two_transactions_that_wait_for_each_other_end_with_a_stale_write(
    postgresql_url: str, clock: FixedClock
) -> None:
    store = Store.open(postgresql_url, clock)
    with_people(store, providers=2)
    both_hold_one = threading.Barrier(2)

    def lock(first: str, second: str) -> str:
        try:
            with store.transaction(who="x", why="试") as tx:
                _touch(tx.projects.work.connection, first)
                both_hold_one.wait()
                _touch(tx.projects.work.connection, second)
        except StaleWriteError as error:
            return error.code
        return "ok"

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(lock, ["m1", "m2"], ["m2", "m1"]))
    assert answers == ["ok", "stale-write"]
    store.close()


def _touch(connection: sa.Connection, provider_id: str) -> None:
    connection.execute(sa.text("UPDATE providers SET used = 0 WHERE id = :id"), {"id": provider_id})


@pytest.mark.parametrize(
    "add",
    [
        lambda tx: tx.projects.add(a_project(name="\ud800")),
        lambda tx: tx.providers.add(a_provider(capacity=2**80)),
        lambda tx: tx.vetoes.add("n1", "m1", "\udfff"),
    ],
    ids=["half-a-character", "number-too-large", "half-a-character-in-a-reason"],
)
def test_what_no_database_can_hold_is_the_callers_mistake(
    store: Store, add: Callable[[Transaction], object]
) -> None:
    with (
        pytest.raises(InvalidInputError, match="无法存储"),
        store.transaction(who="clerk", why="登记") as tx,
    ):
        add(tx)


def test_postgresql_cannot_hold_the_character_nul(postgresql_url: str, clock: FixedClock) -> None:
    store = Store.open(postgresql_url, clock)
    with (
        pytest.raises(InvalidInputError, match="NUL"),
        store.transaction(who="clerk", why="登记") as tx,
    ):
        tx.projects.add(a_project(name="a\x00b"))
    store.close()


def test_a_file_that_is_no_database_is_not_ready(tmp_path: Path, clock: FixedClock) -> None:
    path = tmp_path / "roster.db"
    path.write_text("姓名,电话\n" * 200, encoding="utf-8")
    store = Store.open(f"sqlite:///{path}", clock)
    with pytest.raises(DatabaseNotReadyError):
        store.check_ready()
    store.close()


def test_a_folder_that_cannot_be_made_is_not_ready(tmp_path: Path, clock: FixedClock) -> None:
    (tmp_path / "data").write_text("no folder", encoding="utf-8")
    store = Store.open(f"sqlite:///{tmp_path / 'data' / 'city.db'}", clock)
    with pytest.raises(DatabaseNotReadyError, match="目录 data"):
        store.migrate()
    store.close()


def test_a_full_disk_refuses_writes_goes_on_reading_and_needs_no_restart(
    sqlite_store: Store,
) -> None:
    with_people(sqlite_store)
    with _as_if_full(sqlite_store), pytest.raises(DatabaseNotReadyError, match="磁盘已满"):
        _import_much(sqlite_store)
    with sqlite_store.reading() as tx:
        assert tx.projects.list() == [a_project()]
    _import_much(sqlite_store)
    with sqlite_store.reading() as tx:
        assert tx.projects.count() == 2001


def _import_much(store: Store) -> None:
    with store.transaction(who="clerk", why="导入") as tx:
        tx.projects.add_many([a_project(f"q{number}", name="甲" * 99) for number in range(2000)])


@contextmanager
def _as_if_full(store: Store) -> Iterator[None]:
    # The database may not grow beyond its size of now: what SQLite then says is what it says when
    # the disk is full. The limit belongs to the one connection that the pool hands out.
    with store.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1")
    yield
    with store.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1000000")


@pytest.mark.parametrize("url", ["mysql://u:geheim@h/x", "not a url: geheim", ""])
def test_a_url_that_cannot_be_used_is_a_setting_and_never_echoed(url: str) -> None:
    with pytest.raises(SettingsError, match="sqlite:///") as raised:
        open_engine(url)
    assert "geheim" not in str(raised.value)


def test_sqlite_files_are_opened_to_survive_power_loss(sqlite_store: Store) -> None:
    pragmas = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
    with sqlite_store.engine.connect() as connection:
        found = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in pragmas]
    assert found == ["wal", 2, 1, 10_000]


def test_the_version_of_the_engine_is_told(store: Store) -> None:
    name, version = store.database_version().split(" ", 1)
    assert name in {"SQLite", "PostgreSQL"}
    assert int(version.split(".")[0]) >= 3


def test_the_newer_sqlite_is_used_where_it_is_installed() -> None:
    pytest.importorskip("pysqlite3")
    assert sqlite_module().sqlite_version_info >= (3, 51, 3)


def test_an_acknowledged_write_is_there_for_another_process(
    sqlite_url: str, clock: FixedClock
) -> None:
    writer, reader = Store.open(sqlite_url, clock), Store.open(sqlite_url, clock)
    with_people(writer)
    with reader.reading() as tx:
        assert tx.projects.list() == [a_project()]
    writer.close()
    reader.close()


def test_a_second_process_that_writes_waits_for_the_first(
    sqlite_url: str, clock: FixedClock
) -> None:
    # Two stores have two gates, as two processes do; only the lock of the file is between them.
    stores = [Store.open(sqlite_url, clock) for _ in range(2)]
    start = threading.Barrier(2)

    def write(store: Store, prefix: str) -> None:
        start.wait()
        for number in range(20):
            with store.transaction(who=prefix, why="登记") as tx:
                tx.projects.add(a_project(f"{prefix}{number}"))

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(write, stores, ["a", "b"]))
    with stores[0].reading() as tx:
        assert (tx.projects.count(), tx.ledger.verify().sequence) == (40, 40)
    for store in stores:
        store.close()


_MIGRATES = """
import sys
from peipao.clock import SystemClock
from peipao.store import Store
store = Store.open(sys.argv[1], SystemClock())
print("ready", flush=True)
store.migrate()
"""


@pytest.mark.parametrize("after_s", [0.0, 0.05])
def test_a_migration_that_is_killed_is_done_or_was_never_begun(
    sqlite_url: str, clock: FixedClock, after_s: float
) -> None:
    store = Store.open(sqlite_url, clock)
    with_people(store)
    old = _revision_before_head()
    store.downgrade(old)
    process = subprocess.Popen(
        [sys.executable, "-c", _MIGRATES, sqlite_url], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    with suppress(subprocess.TimeoutExpired):
        process.wait(after_s)
    process.kill()
    process.communicate()
    with store.engine.connect() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    differs = len(differences(store.engine))
    assert (found == old, differs == 0) in {(True, False), (False, True)}
    store.migrate()
    assert differences(store.engine) == []
    with store.reading() as tx:
        assert tx.projects.list() == [a_project()]
    store.close()


_DIES_WITH_THE_FIRST_CLOCK = """
import os, signal, sys
import sqlalchemy as sa
from peipao.clock import SystemClock
from peipao.store import Store
store = Store.open(sys.argv[1], SystemClock())

@sa.event.listens_for(store.engine, "after_cursor_execute")
def die(connection, cursor, statement, *_):
    if statement.startswith("INSERT INTO need_steps"):
        os.kill(os.getpid(), signal.SIGKILL)

store.migrate()
"""


def test_an_upgrade_that_is_killed_never_leaves_needs_without_a_clock(
    bare_url: str, clock: FixedClock
) -> None:
    store = Store.open(bare_url, clock)
    store.migrate()
    with_people(store, needs=3)
    before_clocks = "0003"
    store.downgrade(before_clocks)
    died = subprocess.run([sys.executable, "-c", _DIES_WITH_THE_FIRST_CLOCK, bare_url], check=False)
    assert died.returncode == -signal.SIGKILL
    with store.engine.connect() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    assert found == before_clocks
    store.migrate()
    with store.reading() as tx:
        assert tx.steps.without_steps() == []
        assert tx.ledger.list()[-1].verb == "need.clock"
    store.close()


def _revision_before_head() -> str:
    scripts = ScriptDirectory(str(Path(str(peipao.store.__file__)).parent / "migrations"))
    head = scripts.get_revision(scripts.get_current_head() or "")
    return str(head.down_revision)
