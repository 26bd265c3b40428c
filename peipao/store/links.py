"""链接: short-lived ways to answer; only their hashes are stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from peipao.domain.offers import Link, Side
from peipao.store.adding import Shelf
from peipao.store.schema import links
from peipao.store.work import Work


def _row(link: Link) -> dict[str, Any]:
    return {
        "id": link.id,
        "hash": link.hash,
        "side": link.side.value,
        "match_id": link.match_id,
        "provider_id": link.provider_id,
        "created_at": link.created_at,
        "expires_at": link.expires_at,
        "used_at": link.used_at,
        "revoked_at": link.revoked_at,
    }


def _link(row: sa.Row[Any]) -> Link:
    return Link(
        id=row.id,
        hash=row.hash,
        side=Side(row.side),
        created_at=row.created_at,
        expires_at=row.expires_at,
        match_id=row.match_id,
        provider_id=row.provider_id,
        used_at=row.used_at,
        revoked_at=row.revoked_at,
    )


_SHELF = Shelf(links, "link", _row, _link)


@dataclass(frozen=True, slots=True)
class Links:
    """The links within one transaction."""

    work: Work

    def add(self, link: Link) -> Link:
        """Store a link.

        Raises:
            AlreadyExistsError: the id or the hash is taken.
            NotFoundError: its match or provider is not stored.
        """
        _SHELF.add(self.work, [link])
        return link

    def get(self, key: str) -> Link:
        """Return one link, ended ones too.

        Raises:
            NotFoundError: nothing of that id is stored.
        """
        return _SHELF.get(self.work, key)

    def by_hash(self, digest: str) -> Link | None:
        """Return the link of that hash, ended ones too, or None."""
        found = _SHELF.equal(self.work, hash=digest)
        return found[0] if found else None

    def of_match(self, match_id: str) -> list[Link]:
        """Return the links to one match, by id."""
        return _SHELF.select(self.work, links.c.match_id == match_id)

    def note_use(self, key: str) -> bool:
        """Note the time of the first call by a link; return whether this was it."""
        first = self._first(key, links.c.used_at)
        if first:
            self.work.note("link.use", "link", [key])
        return first

    def revoke(self, key: str) -> Link:
        """Make a link useless from now on; revoking it again keeps the first time.

        Raises:
            NotFoundError: nothing of that id is stored.
        """
        if self._first(key, links.c.revoked_at):
            self.work.note("link.revoke", "link", [key])
        return self.get(key)

    def _first(self, key: str, column: sa.Column[Any]) -> bool:
        change = (
            sa.update(links)
            .where(links.c.id == sa.bindparam("key"), column.is_(None))
            .values({column.name: sa.bindparam("moment")})
        )
        return bool(self.work.write(change, [{"key": key, "moment": self.work.clock.now()}]))
