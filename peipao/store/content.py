"""Everything that is stored, as canonical lines and back: one form for both databases."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from typing import Any

import sqlalchemy as sa

from peipao.canonical import canonical_json
from peipao.errors import BackupError
from peipao.store.schema import UtcTime, metadata
from peipao.store.work import Work

_PAGE = 2_000


@dataclass(frozen=True, slots=True)
class Content:
    """All rows within one transaction, table by table.

    A line is the canonical JSON of one row by column names: times in UTC, sensitive facts sealed as
    they lie. Lines come by primary key, compared byte by byte, so that equal content has equal
    lines, whichever database holds it.
    """

    work: Work

    def tables(self) -> tuple[str, ...]:
        """Return the names of all tables, each behind those that it refers to."""
        return tuple(table.name for table in metadata.sorted_tables)

    def lines(self, name: str) -> Iterator[str]:
        """Yield the lines of a table."""
        table = metadata.tables[name]
        query = sa.select(table).order_by(*(self._bytewise(one) for one in table.primary_key))
        query = query.execution_options(yield_per=_PAGE)
        with closing(self.work.connection.execute(query)) as rows:
            for row in rows:
                yield canonical_json({key: _plain(value) for key, value in row._asdict().items()})

    def first_filled(self) -> str | None:
        """Return the name of a table that has a row; None if nothing at all is stored."""
        return next((name for name in self.tables() if self._has_row(name)), None)

    def load(self, name: str, lines: Iterable[str]) -> int:
        """Insert lines into an empty table, without any word in the ledger; return how many.

        Raises:
            BackupError: a line is no row of this table.
        """
        table = metadata.tables[name]
        own = [key.parent.name for key in table.foreign_keys if key.column.table is table]
        later: list[dict[str, Any]] = []
        count = 0
        for page in _pages(lines):
            rows = [_row(table, line, count + k) for k, line in enumerate(page, 1)]
            # A row may refer to one of the same table that comes after it.
            free = [{**row, **dict.fromkeys(own)} for row in rows]
            self.work.write(sa.insert(table), free)
            later += [row for row in rows if any(row[name] is not None for name in own)]
            count += len(rows)
        self._refer(table, own, later)
        return count

    def _refer(
        self, table: sa.Table, own: Sequence[str], rows: Sequence[Mapping[str, Any]]
    ) -> None:
        keys = [column.name for column in table.primary_key]
        found = sa.and_(*(table.c[name] == sa.bindparam(f"key_{name}") for name in keys))
        change = sa.update(table).where(found).values({n: sa.bindparam(f"to_{n}") for n in own})
        values = [
            {**{f"key_{n}": row[n] for n in keys}, **{f"to_{n}": row[n] for n in own}}
            for row in rows
        ]
        if values:
            self.work.write(change, values)

    def _has_row(self, name: str) -> bool:
        query = sa.select(sa.literal(1)).select_from(metadata.tables[name]).limit(1)
        return bool(self.work.rows(query))

    def _bytewise(self, column: sa.Column[Any]) -> sa.ColumnElement[Any]:
        texts = isinstance(column.type, sa.String)
        if texts and self.work.connection.dialect.name == "postgresql":
            return sa.collate(column, "C")
        return column


def _pages(lines: Iterable[str]) -> Iterator[list[str]]:
    source = iter(lines)
    while page := list(islice(source, _PAGE)):
        yield page


def _plain(value: Any) -> Any:  # noqa: ANN401  whatever a column holds
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat(timespec="microseconds")
    return value.isoformat() if isinstance(value, dt.date) else value


def _row(table: sa.Table, line: str, number: int) -> dict[str, Any]:
    try:
        row = json.loads(line)
        if set(row) != set(table.columns.keys()):
            raise BackupError(f"表 {table.name} 第 {number} 行的列与程序的不同")
        return {name: _value(table.columns[name], value) for name, value in row.items()}
    except (ValueError, TypeError, AttributeError) as error:
        raise BackupError(f"表 {table.name} 第 {number} 行无法读取") from error


def _value(column: sa.Column[Any], value: Any) -> Any:  # noqa: ANN401  whatever a column holds
    if value is None or not isinstance(column.type, UtcTime | sa.Date):
        return value
    return (
        dt.datetime.fromisoformat(value)
        if isinstance(column.type, UtcTime)
        else dt.date.fromisoformat(value)
    )
