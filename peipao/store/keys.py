"""API keys: only their hashes are stored."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from peipao.store.adding import Shelf
from peipao.store.codec import texts_from, texts_text
from peipao.store.schema import keys
from peipao.store.work import Work


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key that opens the API.

    Attributes:
        id: public part, safe to log.
        hash: SHA-256 of the secret in hexadecimal.
        scopes: what it may do, sorted.
        label: what it is for, in words of staff.
        expires_at, revoked_at: aware, UTC; None is never.
    """

    id: str
    hash: str
    scopes: tuple[str, ...]
    label: str
    created_at: dt.datetime
    expires_at: dt.datetime | None = None
    revoked_at: dt.datetime | None = None

    def is_valid(self, at: dt.datetime) -> bool:
        """Tell whether the key opens anything at that time."""
        return self.revoked_at is None and (self.expires_at is None or at < self.expires_at)


def _row(key: ApiKey) -> dict[str, Any]:
    return {
        "id": key.id,
        "hash": key.hash,
        "scopes": texts_text(key.scopes),
        "label": key.label,
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "revoked_at": key.revoked_at,
    }


def _key(row: sa.Row[Any]) -> ApiKey:
    return ApiKey(
        id=row.id,
        hash=row.hash,
        scopes=texts_from(row.scopes),
        label=row.label,
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
    )


_SHELF = Shelf(keys, "key", _row, _key)


@dataclass(frozen=True, slots=True)
class Keys:
    """The API keys within one transaction."""

    work: Work

    def add(self, key: ApiKey) -> ApiKey:
        """Store a key.

        Raises:
            AlreadyExistsError: the id or the hash is taken.
        """
        _SHELF.add(self.work, [key])
        return key

    def get(self, key_id: str) -> ApiKey:
        """Return one key, revoked ones too.

        Raises:
            NotFoundError: nothing of that id is stored.
        """
        return _SHELF.get(self.work, key_id)

    def by_hash(self, digest: str) -> ApiKey | None:
        """Return the key of that hash, revoked or expired ones too, or None."""
        found = _SHELF.equal(self.work, hash=digest)
        return found[0] if found else None

    def list(self) -> list[ApiKey]:
        """Return all keys, by id."""
        return _SHELF.equal(self.work)

    def any_valid(self) -> bool:
        """Tell whether any key opens anything now."""
        now = self.work.clock.now()
        return any(key.is_valid(now) for key in self.list())

    def revoke(self, key_id: str) -> ApiKey:
        """Make a key useless from now on; revoking it again keeps the first time.

        Raises:
            NotFoundError: nothing of that id is stored.
        """
        change = (
            sa.update(keys)
            .where(keys.c.id == sa.bindparam("key"), keys.c.revoked_at.is_(None))
            .values(revoked_at=sa.bindparam("at"))
        )
        if self.work.write(change, [{"key": key_id, "at": self.work.clock.now()}]):
            self.work.note("key.revoke", "key", [key_id])
        return self.get(key_id)
