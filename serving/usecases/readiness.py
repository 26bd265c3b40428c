"""Tell whether requests can be served, and what is missing if not."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from peipao.errors import DatabaseNotReadyError, ModelPackageError, PeipaoError
from peipao.store import Store, Transaction
from serving.usecases.active_models import ActiveModels
from serving.usecases.provider_boards import ProviderBoards


@dataclass(frozen=True, slots=True)
class Readiness:
    """What the service can do now.

    Attributes:
        missing: Chinese sentences; empty means that everything is there.
        models: kind -> version of its verified model package.
    """

    ready: bool
    missing: tuple[str, ...] = ()
    models: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TellReadiness:
    """Ready means: the database is migrated and at least one model package is verified."""

    store: Store
    models: ActiveModels
    boards: ProviderBoards

    def __call__(self) -> Readiness:
        """Return the state; what is loaded on the way stays loaded."""
        try:
            self.store.check_ready()
            with self.store.reading() as tx:
                return self._with_models(tx)
        except DatabaseNotReadyError as error:
            return Readiness(ready=False, missing=(str(error),))

    def warm(self) -> Readiness:
        """Return the state after encoding the providers of every kind that has a model."""
        state = self()
        if state.models:
            with self.store.reading() as tx:
                for kind in state.models:
                    # Whoever asks for that kind is told why; the others are served.
                    with contextlib.suppress(PeipaoError):
                        self.boards.of_kind(tx, self.models.of_kind(tx, kind))
        return state

    def _with_models(self, tx: Transaction) -> Readiness:
        verified: dict[str, str] = {}
        missing: list[str] = []
        for record in tx.models.list():
            if not record.active:
                continue
            try:
                verified[record.kind] = self.models.load(record).version
            except ModelPackageError as error:
                missing.append(str(error))
        if not verified:
            missing.append("没有已校验的模型包;请先运行 peipao train")
        return Readiness(ready=bool(verified), missing=tuple(missing), models=verified)
