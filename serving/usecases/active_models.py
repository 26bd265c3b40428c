"""The model packages in use: each is verified once, then held until another takes its place."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from features.schema import FeatureSchema
from features.wording import Wording
from models.package import ModelPackage, read_package
from peipao.canonical import sha256_text
from peipao.errors import InvalidInputError, ModelPackageError
from peipao.store import ModelRecord, Transaction

KEPT = 2
"""Versions of one kind held at a time: the active one and the one before, for rolling back."""

MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A verified package with its feature schema ready to encode, and to word what it encoded."""

    version: str
    kind: str
    package: ModelPackage
    schema: FeatureSchema
    wording: Wording


@dataclass(slots=True)
class ActiveModels:
    """Loads packages by version; safe to share between threads.

    Attributes:
        folder: of all packages.
        key: what they must be signed with.
    """

    folder: Path
    key: bytes
    _held: Mapping[str, tuple[LoadedModel, ...]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def of_kind(self, tx: Transaction, kind: str) -> LoadedModel:
        """Return the active model of a kind.

        Raises:
            NoActiveModelError: there is none.
            ModelPackageError: it is broken; says what is wrong.
        """
        return self.load(tx.models.active(kind))

    def load(self, record: ModelRecord) -> LoadedModel:
        """Return the model of a record, from memory if it was loaded before.

        Raises:
            ModelPackageError: the package is missing, changed, unsigned or broken.
        """
        found = self._find(record)
        if found is not None:
            return found
        with self._lock:
            return self._find(record) or self._swap_in(self._read(record))

    def _find(self, record: ModelRecord) -> LoadedModel | None:
        held = self._held.get(record.kind, ())
        return next((model for model in held if model.version == record.version), None)

    def _swap_in(self, model: LoadedModel) -> LoadedModel:
        others = self._held.get(model.kind, ())
        # One reference assignment: readers see the old mapping or the new one, never a mixture.
        self._held = {**self._held, model.kind: (model, *others)[:KEPT]}
        return model

    def _read(self, record: ModelRecord) -> LoadedModel:
        folder = self.folder / record.folder
        if manifest_sha256(folder) != record.manifest_sha256:
            raise ModelPackageError(record.version, "清单与登记时不同,模型包可能已被改动")
        package = read_package(folder, self.key)
        if (package.version, package.kind) != (record.version, record.kind):
            raise ModelPackageError(record.version, f"包内自称 {package.version},与登记不符")
        schema = _schema(package)
        return LoadedModel(record.version, record.kind, package, schema, Wording(schema))


@contextmanager
def told_to_retrain(model: LoadedModel) -> Iterator[None]:
    """Say what it means when records that passed their kind file do not fit the model.

    Raises:
        ModelPackageError: the kind file has changed since the model was trained.
    """
    try:
        yield
    except InvalidInputError as error:
        raise ModelPackageError(
            model.version, f"与现行类别文件或登记信息不符({error});请重新运行 peipao train"
        ) from error


def manifest_sha256(folder: Path) -> str:
    """Return the SHA-256 of a package's manifest.

    Raises:
        ModelPackageError: it cannot be read.
    """
    try:
        return sha256_text((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        raise ModelPackageError(folder.name, "缺少清单或清单无法读取") from None


def _schema(package: ModelPackage) -> FeatureSchema:
    try:
        schema = FeatureSchema.from_json(package.schema_json)
    except InvalidInputError as error:
        raise ModelPackageError(package.version, str(error)) from error
    package.check_schema(schema.hash)
    return schema
