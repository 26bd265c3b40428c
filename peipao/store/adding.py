"""Adding records: new ones are written, equal ones are left alone, others are refused."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

import sqlalchemy as sa

from peipao.domain.ids import checked_id
from peipao.errors import AlreadyExistsError, NotFoundError
from peipao.store.work import NOUNS, Parameters, UniqueViolation, Work, chunks


class Identified(Protocol):
    """A record with an id."""

    @property
    def id(self) -> str:
        """Return the id."""
        ...


T = TypeVar("T", bound=Identified)


@dataclass(frozen=True, slots=True)
class Shelf(Generic[T]):
    """How the records of one noun lie in their table.

    Attributes:
        noun: the English noun in ledger verbs and subjects.
        row: record -> column values; record: row -> record; each the inverse of the other.
    """

    table: sa.Table
    noun: str
    row: Callable[[T], Parameters]
    record: Callable[[sa.Row[Any]], T]

    @property
    def title(self) -> str:
        """Return the Chinese noun."""
        return NOUNS[self.table.name]

    def get(self, work: Work, key: str) -> T:
        """Return one record.

        Raises:
            NotFoundError: nothing of that id is stored.
        """
        found = work.rows(_equal(self.table, ("id",)), {"id": key})
        if not found:
            raise NotFoundError(self.title, key)
        return self.record(found[0])

    def get_many(self, work: Work, keys: Sequence[str]) -> list[T]:
        """Return the stored ones among the keys, by id."""
        column = self.table.c.id
        return [
            self.record(row)
            for chunk in chunks(set(keys))
            for row in work.rows(sa.select(self.table).where(column.in_(chunk)).order_by(column))
        ]

    def equal(self, work: Work, **values: str) -> list[T]:
        """Return the records whose columns have these values, by id."""
        return [self.record(row) for row in work.rows(_equal(self.table, tuple(values)), values)]

    def select(self, work: Work, *conditions: sa.ColumnElement[bool]) -> list[T]:
        """Return the records that meet all conditions, by id."""
        query = sa.select(self.table).where(*conditions).order_by(self.table.c.id)
        return [self.record(row) for row in work.rows(query)]

    def add(self, work: Work, records: Sequence[T]) -> int:
        """Store the records that are new, note them in one line, and return how many there were.

        Raises: as `put`.
        """
        fresh = self.put(work, records)
        work.note(f"{self.noun}.add", self.noun, [record.id for record in fresh])
        return len(fresh)

    def put(self, work: Work, records: Sequence[T]) -> Sequence[T]:
        """Store the records that are new and return them; the caller owes the ledger a line.

        Raises:
            AlreadyExistsError: a record of that id is there with other content; nothing is
                written.
            NotFoundError: a record refers to one that is not stored.
        """
        for record in records:
            checked_id(record.id, f"{self.noun}.id")
        try:
            work.insert(self.table, [self.row(record) for record in records])
        except UniqueViolation:
            fresh = self._unknown(work, records)
        else:
            return records
        try:
            work.insert(self.table, [self.row(record) for record in fresh])
        except UniqueViolation as error:  # another transaction, or a second unique key
            raise AlreadyExistsError(self.title, min(one.id for one in fresh)) from error
        return fresh

    def _unknown(self, work: Work, records: Sequence[T]) -> list[T]:
        known = {one.id: one for one in self.get_many(work, [one.id for one in records])}
        stored = set(known)
        for record in records:
            if known.setdefault(record.id, record) != record:
                raise AlreadyExistsError(self.title, record.id)
        return [one for key, one in known.items() if key not in stored]


@functools.lru_cache(maxsize=256)
def _equal(table: sa.Table, names: tuple[str, ...]) -> sa.Select[Any]:
    """Return the query for rows that have given values in these columns, by id; made once."""
    conditions = [table.c[name] == sa.bindparam(name) for name in names]
    return sa.select(table).where(*conditions).order_by(table.c.id)
