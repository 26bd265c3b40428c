"""One unit of work: the connection of a transaction and the ledger lines it owes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from peipao.canonical import sha256_text
from peipao.clock import Clock
from peipao.domain.records import LedgerEntry
from peipao.domain.steps import Deadlines
from peipao.errors import NotFoundError
from peipao.store.failures import Violation, violation

Parameters = Mapping[str, Any]
_CHUNK = 5_000
_INSERTS: Mapping[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


class UniqueViolation(Exception):  # noqa: N818  never leaves the package
    """A row collides with one that is stored, or with another of the same call."""


@dataclass(frozen=True, slots=True)
class Line:
    """A ledger line that is due when the transaction ends."""

    verb: str
    subject: str
    payload: Mapping[str, object]


@dataclass(slots=True)
class Work:
    """What the repositories of one transaction share.

    Attributes:
        who: the account that acts; why: its reason; versions: on what it rests.
        writable: False inside `store.reading()`.
        deadlines: how long each step of a need may take.
        due: lines written in one go at the end, so that the lock on the chain is held briefly.
        written: those lines as they stand in the ledger, once the transaction has ended.
    """

    connection: sa.Connection
    clock: Clock
    who: str
    why: str
    versions: Mapping[str, str]
    writable: bool
    deadlines: Deadlines
    due: list[Line] = field(default_factory=list)
    written: tuple[LedgerEntry, ...] = ()

    def rows(
        self, query: sa.Select[Any], parameters: Parameters | None = None
    ) -> Sequence[sa.Row[Any]]:
        """Return all rows of a query.

        Args:
            query: what is asked often is made once, with places for its parameters: making it
                takes longer than asking it.
            parameters: for these places.
        """
        return self.connection.execute(query, parameters).all()

    def count(self, table: sa.Table) -> int:
        """Return how many rows a table has."""
        return int(self.rows(sa.select(sa.func.count()).select_from(table))[0][0])

    def write(
        self, statement: sa.Insert | sa.Update | sa.Delete, rows: Sequence[Parameters]
    ) -> int:
        """Run a statement once for each row of parameters and return how many rows it touched."""
        self.require_writable()
        if not rows:
            return 0
        options = {"preserve_rowcount": True}
        return self.connection.execute(statement, list(rows), execution_options=options).rowcount

    def write_all(self, statement: sa.Update, rows: Sequence[Parameters]) -> bool:
        """Run a statement that should touch one row for each row of parameters.

        Returns:
            False if it touched fewer; then nothing is changed at all.
        """
        with self.all_or_nothing() as savepoint:
            done = self.write(statement, rows) == len(rows)
            if not done:
                savepoint.rollback()
        return done

    def all_or_nothing(self) -> sa.NestedTransaction:
        """Return a block that an exception undoes, while the transaction may go on."""
        self.require_writable()
        return self.connection.begin_nested()

    def insert(self, table: sa.Table, rows: Sequence[Parameters]) -> None:
        """Insert rows, all or none; a refusal leaves the transaction usable.

        Raises:
            UniqueViolation: a key is taken.
            NotFoundError: a row refers to a record that is not stored.
        """
        insert = _INSERTS[self.connection.dialect.name](table).on_conflict_do_nothing()
        try:
            with self.all_or_nothing() as savepoint:
                taken = self.write(insert, rows) < len(rows)
                if taken:
                    savepoint.rollback()
        except IntegrityError as error:
            if violation(error) is Violation.FOREIGN:
                raise self._dangling(table, rows) from error
            raise
        if taken:
            raise UniqueViolation

    def note(self, verb: str, noun: str, ids: Sequence[str], **payload: object) -> None:
        """Owe the ledger one line about one record, or about many with a digest of their ids."""
        self.require_writable()
        if len(ids) == 1:
            self.due.append(Line(verb, f"{noun}:{ids[0]}", payload))
        elif ids:
            digest = {"count": len(ids), "ids_sha256": sha256_text("\n".join(sorted(ids)))}
            self.due.append(Line(verb, f"{noun}:*", digest | payload))

    def require_writable(self) -> None:
        """Refuse to write in a transaction that was opened for reading.

        Raises:
            RuntimeError: a defect of the caller, never of the input.
        """
        if not self.writable:
            raise RuntimeError("this transaction was opened by store.reading()")

    def _dangling(self, table: sa.Table, rows: Sequence[Parameters]) -> NotFoundError:
        for key in table.foreign_keys:
            column, target = key.parent.name, key.column
            wanted = {row[column] for row in rows if row[column] is not None}
            missing = wanted - set(self.present(target, wanted))
            if missing:
                return NotFoundError(NOUNS[target.table.name], min(missing))
        return NotFoundError("引用的记录", table.name)

    def present(self, column: sa.Column[Any], keys: Iterable[str]) -> Iterator[str]:
        """Yield those of the keys that a column holds."""
        for chunk in chunks(keys):
            yield from self.connection.scalars(sa.select(column).where(column.in_(chunk)))


NOUNS = {
    "projects": "项目",
    "needs": "需求",
    "providers": "资源方",
    "rounds": "撮合轮次",
    "matches": "对接",
    "feedback": "反馈",
    "keys": "密钥",
    "model_packages": "模型包",
    "vetoes": "否决",
    "monthly_facts": "月度情况",
    "sensitive_facts": "敏感信息",
    "preflight_findings": "预检发现",
    "seed_commitments": "摇号承诺",
    "notices": "通知",
    "requests": "诉求",
    "comments": "留言",
    "need_steps": "需求环节",
    "statements": "月报",
    "answers": "答复",
    "links": "链接",
    "vacancies": "空缺",
    "replies": "答复存根",
    "calls": "榜单",
    "bids": "揭榜意向",
    "marks": "评分",
}
"""Table -> the Chinese noun of its records, for errors."""


def chunks(keys: Iterable[str]) -> Iterator[list[str]]:
    """Yield sorted keys in portions that a statement can carry."""
    ordered = sorted(keys)
    for start in range(0, len(ordered), _CHUNK):
        yield ordered[start : start + _CHUNK]
