"""Optimistic locking: a write says which version it saw, and fails if there is a newer one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import sqlalchemy as sa

from peipao.errors import StaleWriteError
from peipao.store.work import NOUNS, Work, chunks


class Versioned(Protocol):
    """A record with an id and a version."""

    @property
    def id(self) -> str:
        """Return the id."""
        ...

    @property
    def version(self) -> int:
        """Return the version."""
        ...


def require_version(noun: str, key: str, stored: int, seen: int | None) -> None:
    """Refuse a version other than the stored one; None accepts any.

    Raises:
        StaleWriteError: somebody else wrote in the meantime.
    """
    if seen is not None and seen != stored:
        raise StaleWriteError(noun, key)


def write_versioned(
    work: Work,
    table: sa.Table,
    changes: Sequence[Mapping[str, Any]],
    records: Sequence[Versioned],
) -> None:
    """Write one change for each record and let its version grow by one; all or none.

    Args:
        work: of the transaction.
        table: has the columns `id` and `version`.
        changes: column values, the same columns for each record.
        records: as they were read, in the order of `changes`.

    Raises:
        StaleWriteError: names the first record whose version is another by now.
    """
    statement = (
        sa.update(table)
        .where(table.c.id == sa.bindparam("key"), table.c.version == sa.bindparam("seen"))
        .values(version=table.c.version + 1)
    )
    rows = [
        {**change, "key": record.id, "seen": record.version}
        for change, record in zip(changes, records, strict=True)
    ]
    if rows:
        statement = statement.values({name: sa.bindparam(name) for name in changes[0]})
    # In the order of the ids, so that two transactions never wait for each other.
    if not work.write_all(statement, sorted(rows, key=lambda row: str(row["key"]))):
        raise StaleWriteError(NOUNS[table.name], _first_stale(work, table, records))


def _first_stale(work: Work, table: sa.Table, records: Sequence[Versioned]) -> str:
    now: dict[str, int] = {}
    for chunk in chunks(record.id for record in records):
        query = sa.select(table.c.id, table.c.version).where(table.c.id.in_(chunk))
        now.update({row.id: row.version for row in work.rows(query)})
    stale = [one.id for one in records if now.get(one.id) != one.version]
    return min(stale or [record.id for record in records])
