"""The providers of a kind, encoded once for as long as neither they nor the model change."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from features.builder import encode_providers
from features.facts import ProviderFacts, provider_facts
from features.indicators import indicators
from features.pairs import ProviderSide, provider_side
from models.grid_tables import MarginTables, margin_tables
from models.latent import PreparedProviders
from peipao.domain.records import Provider
from peipao.store import Transaction
from peipao.tables.profiles import ProfileTable
from serving.usecases.active_models import LoadedModel, told_to_retrain


@dataclass(frozen=True, slots=True)
class Board:
    """All providers of one kind as tables; rows of all parts are in the same order.

    Attributes:
        key: model version and version of the providers that it was made from.
        side: the providers ready to be compared.
        prepared: the providers as the model sees them.
        tables: their side of whole lists.
        names: Chinese name of each provider.
    """

    key: tuple[str, str]
    profiles: ProfileTable
    side: ProviderSide
    prepared: PreparedProviders
    tables: MarginTables
    facts: ProviderFacts
    names: tuple[str, ...]


@dataclass(slots=True)
class ProviderBoards:
    """Keeps one board a kind; safe to share between threads."""

    _held: Mapping[str, Board] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def of_kind(self, tx: Transaction, model: LoadedModel) -> Board:
        """Return the board for a model, made anew if a provider was added or changed."""
        key = (model.version, tx.providers.version(model.kind))
        held = self._held.get(model.kind)
        if held is not None and held.key == key:
            return held
        with self._lock:
            held = self._held.get(model.kind)
            if held is not None and held.key == key:
                return held
            made = _board(tx, model, key)
            self._held = {**self._held, model.kind: made}
            return made


def _board(tx: Transaction, model: LoadedModel, key: tuple[str, str]) -> Board:
    return board_of(model, tx.providers.of_kind(model.kind), key)


def board_of(model: LoadedModel, providers: Iterable[Provider], key: tuple[str, str]) -> Board:
    """Return providers as tables of a model.

    Args:
        model: encodes and sees them.
        providers: of its kind, in any order.
        key: as in `Board`.

    Raises:
        ModelPackageError: the kind file has changed since the model was trained.
    """
    listed = list(providers)
    with told_to_retrain(model):
        profiles = encode_providers(model.schema, listed)
    names = {provider.id: provider.name for provider in listed}
    side = provider_side(model.schema, profiles)
    prepared = model.package.prepared(indicators(model.schema, profiles))
    return Board(
        key=key,
        profiles=profiles,
        side=side,
        prepared=prepared,
        tables=margin_tables(model.package.margin_model, prepared, side.factors()),
        # Both are sorted; as one array they need not be compared again and again.
        facts=replace(provider_facts(listed), ids=profiles.ids),
        names=tuple(names[provider] for provider in profiles.ids.tolist()),
    )
