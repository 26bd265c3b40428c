"""Serve another version of a model, newer or older."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from peipao.errors import InvalidInputError
from peipao.store import ModelRecord, Store
from serving.usecases.active_models import ActiveModels

TellTracking = Callable[[str, str], None]
"""Told (kind, version) of the new champion."""


@dataclass(frozen=True, slots=True)
class ActivateModel:
    """Switches the active version; a broken package leaves the present one in place.

    Attributes:
        champion: moves the alias in the tracking store.
    """

    store: Store
    models: ActiveModels
    champion: TellTracking

    def __call__(self, version: str, *, by: str, why: str = "启用模型") -> ModelRecord:
        """Activate a registered version after verifying its package.

        Raises:
            NotFoundError: the version is not registered.
            ModelPackageError: its package is broken; nothing was changed.
        """
        with self.store.reading() as tx:
            record = tx.models.get(version)
        self.models.load(record)
        with self.store.transaction(who=by, why=why, versions={"model": version}) as tx:
            active = tx.models.activate(version)
        self.champion(record.kind, version)
        return active

    def rollback(self, kind: str, *, by: str, why: str = "回退模型") -> ModelRecord:
        """Activate the version before the active one.

        Raises:
            NoActiveModelError: the kind has no model.
            InvalidInputError: there is no earlier version.
        """
        with self.store.reading() as tx:
            now = tx.models.active(kind)
            earlier = [
                one
                for one in tx.models.list(kind)
                if (one.created_at, one.version) < (now.created_at, now.version)
            ]
        if not earlier:
            raise InvalidInputError(
                f"kind {kind}", f"{now.version} 之前没有更早的版本", "先训练新版本"
            )
        before = max(earlier, key=lambda one: (one.created_at, one.version))
        return self(before.version, by=by, why=why)

    def list(self, kind: str | None = None) -> list[ModelRecord]:
        """Return all registered versions."""
        with self.store.reading() as tx:
            return tx.models.list(kind)
