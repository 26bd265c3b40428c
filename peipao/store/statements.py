"""月报: the figures of closed months; what was stated is never changed, only restated."""

from __future__ import annotations

import json
from dataclasses import astuple, dataclass
from typing import Any

import sqlalchemy as sa

from peipao.canonical import canonical_json
from peipao.domain.rates import RateRow, Statement
from peipao.errors import AlreadyExistsError, LedgerBrokenError
from peipao.store.ledger import Ledger
from peipao.store.schema import statements
from peipao.store.work import NOUNS, UniqueViolation, Work

_CLOSE, _RESTATE = "month.close", "month.restate"


def _statement(row: sa.Row[Any]) -> Statement:
    cells = tuple(RateRow(*one) for one in json.loads(row.figures))
    return Statement(row.month, row.number, row.at, row.by, row.why, cells)


@dataclass(frozen=True, slots=True)
class Statements:
    """The statements within one transaction."""

    work: Work

    def add(self, one: Statement) -> None:
        """Store a statement; the ledger gets its digest, so that it cannot be edited quietly.

        Raises:
            AlreadyExistsError: the month has a statement of that number.
        """
        row = {
            "month": one.month,
            "number": one.number,
            "at": one.at,
            "by": one.by,
            "why": one.why,
            "figures": canonical_json([astuple(cell) for cell in one.rows]),
            "digest": one.digest,
        }
        try:
            self.work.insert(statements, [row])
        except UniqueViolation as error:
            raise AlreadyExistsError(NOUNS["statements"], f"{one.month}/{one.number}") from error
        verb = _RESTATE if one.number else _CLOSE
        self.work.note(verb, "month", [one.month], number=one.number, digest=one.digest)

    def of_month(self, month: str) -> list[Statement]:
        """Return the closing of a month and its restatements, the last of which holds.

        Raises:
            LedgerBrokenError: a statement is not what the ledger says was stated.
        """
        query = sa.select(statements).where(statements.c.month == month)
        found = [_statement(row) for row in self.work.rows(query.order_by(statements.c.number))]
        self._check(month, found)
        return found

    def months(self) -> list[str]:
        """Return the closed months, the latest first."""
        query = sa.select(statements.c.month).where(statements.c.number == 0)
        return [row.month for row in self.work.rows(query.order_by(statements.c.month.desc()))]

    def _check(self, month: str, found: list[Statement]) -> None:
        lines = [
            line
            for line in Ledger(self.work).about(f"month:{month}")
            if line.verb in {_CLOSE, _RESTATE}
        ]
        stated = {line.payload["number"]: line.payload["digest"] for line in lines}
        if stated != {one.number: one.digest for one in found}:
            last = lines[-1].sequence if lines else 0
            raise LedgerBrokenError(last, f"所记 {month} 月报的摘要与现有月报不符")
