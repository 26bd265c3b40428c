"""Backups are whole, come back on either database, and say so when they are not."""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from store_records import a_match, a_project, an_event, with_draft, with_people

from peipao.clock import FixedClock
from peipao.domain.records import SensitiveFact
from peipao.errors import BackupError, InvalidInputError
from peipao.store import Store
from peipao.store.schema import metadata
from serving.usecases.back_up import BackUp, DrillRestore, Restore

PACKAGE = "packages/mentor-0001/arrays.npz"


def filled(store: Store, home: Path) -> Store:
    """Return the store with a round, feedback and a sealed fact, and its home with a package."""
    with_people(store, needs=3, providers=2, capacity=2)
    with_draft(store, a_match("k1", need_id="n1"), a_match("k2", need_id="n2", provider_id="m2"))
    fact = SensitiveFact("p1", "disability", "true", dt.date(2026, 1, 2), "本人")
    with store.transaction(who="clerk", why="登记") as tx:
        tx.feedback.add(an_event("f1"))
        tx.sensitive.add_many([fact])
    path = home / PACKAGE
    path.parent.mkdir(parents=True)
    path.write_bytes(b"\x00arrays")
    return store


@pytest.fixture
def full(store: Store, tmp_path: Path) -> tuple[Store, Path]:
    """A filled store on either database, and its home."""
    home = tmp_path / "home"
    return filled(store, home), home


def rows_of(store: Store) -> dict[str, list[tuple[object, ...]]]:
    """Return all rows as the database's own driver gives them, sealed values as they lie."""
    with store.engine.connect() as connection:
        return {
            table.name: sorted(map(tuple, connection.execute(sa.select(table))), key=repr)
            for table in metadata.sorted_tables
        }


def test_a_backup_comes_back_on_either_database_with_every_row_and_file(
    full: tuple[Store, Path], bare_store: Store, tmp_path: Path
) -> None:
    store, home = full
    told = BackUp(store, home)(tmp_path / "city.zip")
    assert Restore(bare_store, tmp_path / "new")(tmp_path / "city.zip") == told
    assert rows_of(bare_store) == rows_of(store)
    assert (tmp_path / "new" / PACKAGE).read_bytes() == b"\x00arrays"
    with store.reading() as was, bare_store.reading() as now:
        assert told.sequence == int(was.data_version())
        assert now.ledger.verify([was.ledger.head()]) == was.ledger.head()
        assert [one.value for one in now.sensitive.of_project("p1")] == ["true"]
    assert BackUp(bare_store, tmp_path / "new")(tmp_path / "second.zip") == told


def test_a_snapshot_is_of_one_moment_while_others_write(full: tuple[Store, Path]) -> None:
    store, _ = full
    before = rows_of(store)
    with store.reading() as tx:
        list(tx.content.lines("projects"))
        with store.transaction(who="clerk", why="登记") as other:
            other.projects.add(a_project("later"))
        lines = {name: len(list(tx.content.lines(name))) for name in tx.content.tables()}
    assert lines == {name: len(rows) for name, rows in before.items()}


def test_the_drill_restores_proves_and_leaves_nothing(
    full: tuple[Store, Path], tmp_path: Path, clock: FixedClock
) -> None:
    told = BackUp(*full)(tmp_path / "city.zip")
    assert DrillRestore(clock)(tmp_path / "city.zip") == told


def test_a_backup_is_never_overwritten(full: tuple[Store, Path], tmp_path: Path) -> None:
    store, home = full
    (tmp_path / "city.zip").write_text("mine")
    with pytest.raises(InvalidInputError, match="已存在"):
        BackUp(store, home)(tmp_path / "city.zip")
    assert [path.name for path in tmp_path.glob("*.zip*")] == ["city.zip"]
    assert (tmp_path / "city.zip").read_text() == "mine"


def test_only_an_empty_database_and_home_are_restored_into(
    full: tuple[Store, Path], bare_store: Store, tmp_path: Path
) -> None:
    store, home = full
    BackUp(store, home)(tmp_path / "city.zip")
    with pytest.raises(BackupError, match="已有记录"):
        Restore(store, tmp_path / "new")(tmp_path / "city.zip")
    with pytest.raises(BackupError, match="空目录"):
        Restore(bare_store, home)(tmp_path / "city.zip")
    with bare_store.reading() as tx:
        assert tx.content.first_filled() is None


def rewritten(path: Path, change: Callable[[str, bytes], bytes]) -> Path:
    """Write the archive anew with changed members."""
    spoilt = path.with_name("spoilt.zip")
    with zipfile.ZipFile(path) as was, zipfile.ZipFile(spoilt, "w") as now:
        for name in was.namelist():
            now.writestr(name, change(name, was.read(name)))
    return spoilt


@pytest.mark.parametrize(
    ("part", "change", "said"),
    [
        ("tables/projects.jsonl", ("青禾科技", "青苗科技"), "表 projects 已损坏"),
        ("files/" + PACKAGE, ("arrays", "arraya"), PACKAGE),
        ("manifest.json", ("peipao-backup-1", "peipao-backup-9"), "格式"),
        ("manifest.json", ('"revision":"', '"revision":"9'), "数据库版本"),
        ("manifest.json", ('"tables"', '"tabels"'), "清单无法读取"),
        ("manifest.json", ("packages/mentor", "../etc/mentor"), "清单"),
    ],
)
def test_a_damaged_or_foreign_backup_is_refused_and_nothing_is_restored(
    sqlite_store: Store, tmp_path: Path, part: str, change: tuple[str, str], said: str
) -> None:
    home = tmp_path / "home"
    BackUp(filled(sqlite_store, home), home)(tmp_path / "city.zip")

    old, new = (text.encode() for text in change)

    def spoil(name: str, data: bytes) -> bytes:
        return data.replace(old, new) if name == part else data

    spoilt = rewritten(tmp_path / "city.zip", spoil)
    empty = Store.open(f"sqlite:///{tmp_path / 'empty.db'}", sqlite_store.clock)
    with pytest.raises(BackupError, match=said):
        Restore(empty, tmp_path / "new")(spoilt)
    with empty.reading() as tx:
        assert tx.content.first_filled() is None
    assert not (tmp_path / "new").exists()
    empty.close()


def test_a_file_that_is_no_archive_is_named(sqlite_store: Store, tmp_path: Path) -> None:
    (tmp_path / "city.zip").write_bytes(b"PK\x03\x04 cut off")
    with pytest.raises(BackupError, match=r"city\.zip 不是完整的备份文件"):
        Restore(sqlite_store, tmp_path / "new")(tmp_path / "city.zip")
