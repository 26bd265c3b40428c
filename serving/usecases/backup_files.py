"""The backup archive: canonical lines, kept files, and a manifest that hashes them all."""

from __future__ import annotations

import errno
import hashlib
import os
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from peipao.canonical import canonical_json, sha256_json
from peipao.errors import BackupError, InvalidInputError

FORMAT = "peipao-backup-1"
KEPT_FOLDERS = ("packages", "rounds")
"""Folders of the home that go along; keys never do."""

_MANIFEST = "manifest.json"
_MANIFEST_LIMIT = 16 * 1_048_576
_BLOCK = 1_048_576


class Part(BaseModel):
    """One table or file.

    Attributes:
        name: of the table, or the path below the home with `/`.
        size: rows of a table, bytes of a file.
        sha256: over the lines, each with its line feed, or over the bytes.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str = Field(max_length=300)
    size: int = Field(ge=0)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class Manifest(BaseModel):
    """What a backup holds.

    Attributes:
        revision: of the database.
        sequence: of the last ledger line; the content is the state at that line.
        head: that line as `peipao ledger head` prints it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    format: str
    revision: str
    sequence: int = Field(ge=0)
    head: str
    tables: tuple[Part, ...]
    files: tuple[Part, ...]

    @property
    def content(self) -> str:
        """Return the SHA-256 of everything stored, equal for equal rows on either database."""
        return content_hash(self.tables)


def content_hash(tables: Iterable[Part]) -> str:
    """Return the SHA-256 over the hashes of all tables, whatever their order."""
    return sha256_json(sorted([part.name, part.size, part.sha256] for part in tables))


def table_part(name: str, lines: Iterable[str], out: IO[bytes] | None = None) -> Part:
    """Hash the lines of a table, and write them where `out` is given."""
    digest, count = hashlib.sha256(), 0
    for line in lines:
        data = line.encode("utf-8") + b"\n"
        digest.update(data)
        count += 1
        if out is not None:
            out.write(data)
    return Part(name=name, size=count, sha256=digest.hexdigest())


def kept_files(home: Path) -> Sequence[Path]:
    """Return the files that go along, by name, relative to the home."""
    found = (path for name in KEPT_FOLDERS for path in (home / name).rglob("*") if path.is_file())
    return sorted(path.relative_to(home) for path in found)


@contextmanager
def new_archive(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open an archive that stands under its name only when it is whole and on the disk.

    Raises:
        FileNotFoundError: there is no such folder.
        InvalidInputError: the file exists; a backup is never overwritten.
    """
    if not path.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path.parent))
    if path.exists():
        raise InvalidInputError(path.name, "文件已存在,备份从不覆盖", "一个新文件名")
    draft = path.with_name(f".{path.name}.part")
    try:
        with draft.open("wb") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
                yield archive
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def add_file(archive: zipfile.ZipFile, home: Path, name: Path) -> Part:
    """Add a file of the home."""
    key = name.as_posix()
    with (home / name).open("rb") as file, archive.open(_file_entry(key), "w") as out:
        return _copied(key, file, out)


def add_manifest(archive: zipfile.ZipFile, manifest: Manifest) -> None:
    """Add the manifest, last of all."""
    archive.writestr(_MANIFEST, canonical_json(manifest.model_dump(mode="json")))


def table_entry(name: str) -> str:
    """Return the archive's name of a table."""
    return f"tables/{name}.jsonl"


def put_file(archive: zipfile.ZipFile, name: str, home: Path) -> None:
    """Write a file of the archive to its place below the home, where none may be yet."""
    to = home / name
    to.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(_file_entry(name)) as file, to.open("xb") as out:
        _copied(name, file, out)


def _file_entry(name: str) -> str:
    return f"files/{name}"


def _copied(name: str, file: IO[bytes], out: IO[bytes] | None = None) -> Part:
    digest, size = hashlib.sha256(), 0
    while block := file.read(_BLOCK):
        digest.update(block)
        size += len(block)
        if out is not None:
            out.write(block)
    return Part(name=name, size=size, sha256=digest.hexdigest())


def lines_in(archive: zipfile.ZipFile, name: str) -> Iterator[str]:
    """Yield the lines of a table of the archive."""
    with archive.open(table_entry(name)) as file:
        for line in file:
            yield line.decode("utf-8").removesuffix("\n")


@contextmanager
def checked_archive(path: Path) -> Iterator[tuple[zipfile.ZipFile, Manifest]]:
    """Open an archive of which every byte is what its manifest says.

    Raises:
        BackupError: it is no backup, or a part of it is missing, damaged or too much.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            manifest = _manifest(archive)
            _check(archive, manifest)
            yield archive, manifest
    except (zipfile.BadZipFile, EOFError, NotImplementedError, KeyError, UnicodeError) as error:
        raise BackupError(f"{path.name} 不是完整的备份文件") from error


def _manifest(archive: zipfile.ZipFile) -> Manifest:
    if archive.getinfo(_MANIFEST).file_size > _MANIFEST_LIMIT:
        raise BackupError("备份清单过大")
    try:
        manifest = Manifest.model_validate_json(archive.read(_MANIFEST))
    except ValidationError as error:
        raise BackupError("备份清单无法读取") from error
    if manifest.format != FORMAT:
        raise BackupError(f"备份格式为 {manifest.format[:40]!r},程序需要 {FORMAT}")
    return manifest


def _check(archive: zipfile.ZipFile, manifest: Manifest) -> None:
    tables = [table_entry(part.name) for part in manifest.tables]
    files = [_file_entry(part.name) for part in manifest.files]
    if sorted(archive.namelist()) != sorted([_MANIFEST, *tables, *files]):
        raise BackupError("备份的内容与清单不符")
    for part in manifest.tables:
        if table_part(part.name, lines_in(archive, part.name)) != part:
            raise BackupError(f"备份中的表 {part.name} 已损坏")
    for part in manifest.files:
        with archive.open(_file_entry(part.name)) as file:
            if not _is_kept(part.name) or _copied(part.name, file) != part:
                raise BackupError(f"备份中的文件 {part.name} 已损坏")


def _is_kept(name: str) -> bool:
    steps = name.split("/")
    return steps[0] in KEPT_FOLDERS and len(steps) > 1 and not {"", ".", ".."} & set(steps)
