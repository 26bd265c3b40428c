"""资源方: the stored providers of every kind, in one table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from peipao.domain.records import Provider
from peipao.domain.states import HOLDING
from peipao.errors import InvalidInputError
from peipao.store.adding import Shelf
from peipao.store.codec import texts_from, texts_text, values_from, values_text
from peipao.store.schema import matches, providers
from peipao.store.versions import require_version, write_versioned
from peipao.store.work import Work


def _row(provider: Provider) -> dict[str, Any]:
    return {
        "id": provider.id,
        "kind": provider.kind,
        "name": provider.name,
        "capacity": provider.capacity,
        "attributes": values_text(provider.attributes),
        "districts_served": texts_text(provider.districts_served),
        "valid_from": provider.valid_from,
        "valid_to": provider.valid_to,
        "paused": provider.paused,
        "organisation": provider.organisation,
        "used": provider.used,
        "generated": provider.generated,
        "version": provider.version,
    }


def _provider(row: sa.Row[Any]) -> Provider:
    return Provider(
        id=row.id,
        kind=row.kind,
        name=row.name,
        capacity=row.capacity,
        attributes=values_from(row.attributes),
        districts_served=texts_from(row.districts_served),
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        paused=row.paused,
        organisation=row.organisation,
        used=row.used,
        generated=row.generated,
        version=row.version,
    )


_SHELF = Shelf(providers, "provider", _row, _provider)
_VERSION = sa.select(
    sa.func.count().label("n"),
    sa.func.coalesce(sa.func.sum(providers.c.version), 0).label("total"),
).where(providers.c.kind == sa.bindparam("kind"))
_FIXED = {"id", "kind", "used", "generated", "version"}


@dataclass(frozen=True, slots=True)
class Providers:
    """The providers within one transaction."""

    work: Work

    def add(self, provider: Provider) -> Provider:
        """Store a provider; adding the very same one again is harmless.

        Raises:
            AlreadyExistsError: the id is taken by other content.
            InvalidInputError: `used` is not 0; only matches take places.
        """
        self.add_many([provider])
        return provider

    def add_many(self, records: Sequence[Provider]) -> int:
        """Store providers, one ledger line in all, and return how many were new."""
        for provider in records:
            if provider.used:
                raise InvalidInputError(
                    f"provider {provider.id} used", "新登记的资源方不能已占名额", "0;名额由对接占用"
                )
        return _SHELF.add(self.work, records)

    def update(self, provider: Provider) -> Provider:
        """Write all but id, kind, used and generated; return it with its new version.

        Capacity may be lowered below what is held: the matches stay, nothing new is taken.

        Raises:
            StaleWriteError: `provider.version` is not the stored one any more.
        """
        stored = self.get(provider.id)
        require_version(_SHELF.title, provider.id, stored.version, provider.version)
        change = {name: part for name, part in _row(provider).items() if name not in _FIXED}
        write_versioned(self.work, providers, [change], [provider])
        version = provider.version + 1
        self.work.note("provider.update", "provider", [provider.id], version=version)
        return replace(
            provider,
            kind=stored.kind,
            used=stored.used,
            generated=stored.generated,
            version=version,
        )

    def get(self, key: str) -> Provider:
        """Return one provider.

        Raises:
            NotFoundError: nothing of that id is stored.
        """
        return _SHELF.get(self.work, key)

    def get_many(self, keys: Sequence[str]) -> list[Provider]:
        """Return the stored ones among the ids, by id."""
        return _SHELF.get_many(self.work, keys)

    def of_kind(self, kind: str) -> list[Provider]:
        """Return all providers of a kind, paused ones too, by id."""
        return _SHELF.select(self.work, providers.c.kind == kind)

    def version(self, kind: str) -> str:
        """Return a text that changes with every provider of the kind added or updated.

        Places taken or released do not change it: read them by `used`.
        """
        row = self.work.rows(_VERSION, {"kind": kind})[0]
        return f"{row.n}-{row.total}"

    def used(self, kind: str) -> dict[str, int]:
        """Return provider id -> places held now, for all providers of a kind."""
        query = sa.select(providers.c.id, providers.c.used).where(providers.c.kind == kind)
        return {row.id: row.used for row in self.work.rows(query)}

    def miscounted(self) -> list[tuple[str, int, int]]:
        """Return (id, used, matches holding a place) where the two differ; none if all is well."""
        held = (
            sa.select(matches.c.provider_id, sa.func.count().label("n"))
            .where(matches.c.state.in_([state.value for state in HOLDING]))
            .group_by(matches.c.provider_id)
            .subquery()
        )
        found = sa.func.coalesce(held.c.n, 0).label("found")
        query = (
            sa.select(providers.c.id, providers.c.used, found)
            .join(held, held.c.provider_id == providers.c.id, isouter=True)
            .where(providers.c.used != found)
            .order_by(providers.c.id)
        )
        return [(row.id, row.used, row.found) for row in self.work.rows(query)]

    def count(self) -> int:
        """Return how many providers are stored."""
        return self.work.count(providers)
