"""Back up everything that is stored, and restore it into an empty place."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from peipao.clock import Clock
from peipao.errors import BackupError
from peipao.store import Store, Transaction, parse_head
from serving.usecases.backup_files import (
    FORMAT,
    Manifest,
    Part,
    add_file,
    add_manifest,
    checked_archive,
    content_hash,
    kept_files,
    lines_in,
    new_archive,
    put_file,
    table_entry,
    table_part,
)


@dataclass(frozen=True, slots=True)
class BackedUp:
    """What a backup holds, or what was restored from one.

    Attributes:
        sequence: of the last ledger line: the content is the state at that line.
        head: that line as `peipao ledger head` prints it.
        content: SHA-256 of all rows, the same on SQLite and PostgreSQL.
        rows: of all tables; files: model packages and frozen rounds.
    """

    sequence: int
    head: str
    content: str
    rows: int
    files: int


@dataclass(frozen=True, slots=True)
class BackUp:
    """Writes one snapshot of the database, the model packages and the frozen rounds to a file.

    The service may go on writing meanwhile. Sensitive facts stay sealed; no key goes along.
    """

    store: Store
    home: Path

    def __call__(self, path: Path) -> BackedUp:
        """Write the backup, whole or not at all.

        Raises:
            InvalidInputError: the file exists.
        """
        with new_archive(path) as archive, self.store.reading() as tx:
            head = tx.ledger.head()
            tables = [_add_table(archive, tx, name) for name in tx.content.tables()]
            # Rounds and packages are written before the rows that name them, and never changed.
            files = [add_file(archive, self.home, name) for name in kept_files(self.home)]
            manifest = Manifest(
                format=FORMAT,
                revision=self.store.revision(),
                sequence=head.sequence,
                head=str(head),
                tables=tuple(tables),
                files=tuple(files),
            )
            add_manifest(archive, manifest)
        return _told(manifest)


@dataclass(frozen=True, slots=True)
class Restore:
    """Brings a backup back into an empty database and home, all or nothing."""

    store: Store
    home: Path

    def __call__(self, path: Path) -> BackedUp:
        """Restore and prove it: every row hashed again, the ledger's chain walked.

        Raises:
            BackupError: the backup is damaged or of another revision, or the place is not empty.
            LedgerBrokenError: the ledger within is not whole.
        """
        self.store.migrate()
        with checked_archive(path) as (archive, manifest):
            self._require_place(manifest)
            writing = self.store.transaction(who="restore", why="从备份恢复")
            with _files_of(archive, manifest, self.home), writing as tx:
                for name in tx.content.tables():
                    tx.content.load(name, lines_in(archive, name))
                tables = [table_part(name, tx.content.lines(name)) for name in tx.content.tables()]
                if content_hash(tables) != manifest.content:
                    raise BackupError("恢复后的内容与备份不一致,已全部撤回")
                tx.ledger.verify([parse_head(manifest.head)] if manifest.sequence else [])
        return _told(manifest)

    def _require_place(self, manifest: Manifest) -> None:
        if manifest.revision != self.store.revision():
            raise BackupError(
                f"备份的数据库版本为 {manifest.revision},程序需要 {self.store.revision()};"
                "请用当时版本的程序恢复,再升级"
            )
        with self.store.reading() as tx:
            filled = tx.content.first_filled()
            if {part.name for part in manifest.tables} != set(tx.content.tables()):
                raise BackupError("备份中的表与程序的不同")
        if filled is not None:
            raise BackupError(f"数据库不是空的(表 {filled} 已有记录);只能恢复到空库")
        if kept_files(self.home):
            raise BackupError("数据目录中已有模型包或轮次文件;只能恢复到空目录")


@dataclass(frozen=True, slots=True)
class DrillRestore:
    """Restores a backup into a place of its own that is thrown away: the drill."""

    clock: Clock

    def __call__(self, path: Path) -> BackedUp:
        """Return what the backup holds, once it was restored and proved.

        Raises:
            BackupError, LedgerBrokenError: as in `Restore`.
        """
        with tempfile.TemporaryDirectory() as scratch:
            home = Path(scratch)
            store = Store.open(f"sqlite:///{home / 'drill.db'}", self.clock)
            try:
                return Restore(store, home)(path)
            finally:
                store.close()


def _add_table(archive: zipfile.ZipFile, tx: Transaction, name: str) -> Part:
    with archive.open(table_entry(name), "w", force_zip64=True) as out:
        return table_part(name, tx.content.lines(name), out)


@contextmanager
def _files_of(archive: zipfile.ZipFile, manifest: Manifest, home: Path) -> Iterator[None]:
    """Put the files of a backup in place; they go again if the block fails."""
    try:
        for part in manifest.files:
            put_file(archive, part.name, home)
        yield
    except BaseException:
        for part in manifest.files:
            (home / part.name).unlink(missing_ok=True)
        raise


def _told(manifest: Manifest) -> BackedUp:
    return BackedUp(
        sequence=manifest.sequence,
        head=manifest.head,
        content=manifest.content,
        rows=sum(part.size for part in manifest.tables),
        files=len(manifest.files),
    )
