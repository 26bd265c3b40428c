"""Model packages: which versions there are, and which one of a kind is active."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa

from peipao.canonical import canonical_json
from peipao.domain.ids import checked_id
from peipao.errors import AlreadyExistsError, NoActiveModelError, NotFoundError
from peipao.store.schema import model_packages as packages
from peipao.store.work import NOUNS, UniqueViolation, Work


@dataclass(frozen=True, slots=True)
class ModelRecord:
    """What the database knows of a model package; the package itself lies in a folder.

    Attributes:
        version: such as `mentor-0003`.
        folder: path below the folder of model packages.
        manifest_sha256: of `manifest.json`, in hexadecimal; loading compares it.
        figures: JSON values of its evaluation.
    """

    version: str
    kind: str
    folder: str
    manifest_sha256: str
    created_at: dt.datetime
    figures: Mapping[str, object] = field(default_factory=dict)
    active: bool = False


_ACTIVE = sa.select(packages).where(packages.c.kind == sa.bindparam("kind"), packages.c.active)


def _record(row: sa.Row[Any]) -> ModelRecord:
    return ModelRecord(
        version=row.version,
        kind=row.kind,
        folder=row.folder,
        manifest_sha256=row.manifest_sha256,
        created_at=row.created_at,
        figures=json.loads(row.figures),
        active=row.active,
    )


@dataclass(frozen=True, slots=True)
class Models:
    """The model packages within one transaction."""

    work: Work

    def add(self, record: ModelRecord) -> ModelRecord:
        """Register a package, not yet active.

        Raises:
            AlreadyExistsError: the version is registered already.
        """
        row = {
            "version": checked_id(record.version, "model.version"),
            "kind": record.kind,
            "folder": record.folder,
            "manifest_sha256": record.manifest_sha256,
            "created_at": record.created_at,
            "figures": canonical_json(dict(record.figures)),
            "active": False,
        }
        try:
            self.work.insert(packages, [row])
        except UniqueViolation as error:
            raise AlreadyExistsError(NOUNS["model_packages"], record.version) from error
        manifest = record.manifest_sha256
        self.work.note("model.add", "model", [record.version], manifest_sha256=manifest)
        return replace(record, active=False)

    def activate(self, version: str) -> ModelRecord:
        """Make a version the active one of its kind; the one before stays for rolling back.

        Raises:
            NotFoundError: the version is not registered.
        """
        record = self.get(version)
        before = self.find_active(record.kind)
        if before is not None and before.version == version:
            return before
        switch = (
            sa.update(packages)
            .where(packages.c.version == sa.bindparam("key"))
            .values(active=sa.bindparam("on"))
        )
        if before is not None:
            self.work.write(switch, [{"key": before.version, "on": False}])
        self.work.write(switch, [{"key": version, "on": True}])
        replaced = None if before is None else before.version
        self.work.note("model.activate", "model", [version], replaced=replaced)
        return replace(record, active=True)

    def get(self, version: str) -> ModelRecord:
        """Return one package.

        Raises:
            NotFoundError: the version is not registered.
        """
        found = self.work.rows(sa.select(packages).where(packages.c.version == version))
        if not found:
            raise NotFoundError(NOUNS["model_packages"], version)
        return _record(found[0])

    def active(self, kind: str) -> ModelRecord:
        """Return the active package of a kind.

        Raises:
            NoActiveModelError: there is none.
        """
        found = self.find_active(kind)
        if found is None:
            raise NoActiveModelError(kind)
        return found

    def find_active(self, kind: str) -> ModelRecord | None:
        """Return the active package of a kind, or None."""
        found = self.work.rows(_ACTIVE, {"kind": kind})
        return _record(found[0]) if found else None

    def list(self, kind: str | None = None) -> list[ModelRecord]:
        """Return all packages, or those of one kind, by kind and then version."""
        query = sa.select(packages).order_by(packages.c.kind, packages.c.version)
        if kind is not None:
            query = query.where(packages.c.kind == kind)
        return [_record(row) for row in self.work.rows(query)]

    def next_version(self, kind: str) -> str:
        """Return the version the next package of a kind should bear, such as `mentor-0003`."""
        query = sa.select(sa.func.count()).where(packages.c.kind == kind)
        return f"{kind}-{self.work.rows(query)[0][0] + 1:04d}"
