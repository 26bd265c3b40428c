"""响应率: by month, district, team, channel or kind; closed months say what was stated."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from peipao.clock import Clock
from peipao.domain.rates import Rate, RateRow, Statement, differing, summed
from peipao.domain.working_days import month_of
from peipao.errors import InvalidInputError, NotFoundError, UnknownValueError
from peipao.kinds.catalogue import Catalogue
from peipao.store import Store, Transaction

_MONTH = re.compile(r"^20\d{2}-(?:0[1-9]|1[0-2])$")
DIMENSIONS = ("month", "district", "team", "channel", "kind")
"""By what the figures may be asked for."""


@dataclass(frozen=True, slots=True)
class RateReport:
    """The figures of a span of months.

    Attributes:
        by: one of `DIMENSIONS`.
        groups: figures of each group, sorted.
        total: of all groups together; its group is empty.
        as_of: time of the figures of months that are not closed.
        closed: months whose figures are those of their statement.
    """

    by: str
    first: str
    last: str
    groups: tuple[Rate, ...]
    total: Rate
    as_of: dt.datetime
    closed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Drift:
    """A cell whose stated figures are no longer what the rows say."""

    stated: RateRow
    counted: RateRow


@dataclass(frozen=True, slots=True)
class ResponseRate:
    """Answers with figures; closing and restating a month is `StateMonth`."""

    store: Store
    catalogue: Catalogue
    clock: Clock

    def __call__(
        self,
        by: str = "month",
        *,
        first: str | None = None,
        last: str | None = None,
        at: dt.datetime | None = None,
    ) -> RateReport:
        """Return the figures.

        Args:
            by: one of `DIMENSIONS`.
            first: month such as `2026-03` to begin with; None is the last one.
            last: month to end with; None is the first one, or else the current month.
            at: figures as they were at a time, without statements; None is now.

        Raises:
            UnknownValueError: `by` is none of the dimensions.
            InvalidInputError: a month is malformed, or the last is before the first.
        """
        if by not in DIMENSIONS:
            raise UnknownValueError("by", by[:40], DIMENSIONS)
        now = self.clock.now()
        until = checked_month(last or first or month_of(at or now))
        since = checked_month(first or until)
        if since > until:
            raise InvalidInputError("last", f"{until} 早于 {since}", "不早于起始月份")
        with self.store.reading() as tx:
            stated = {} if at else _stated(tx, since, until)
            rows = counted_with(tx, stated, at or now, since, until)
        key = self._key(by)
        total = summed(rows, lambda _row: "")
        return RateReport(
            by=by,
            first=since,
            last=until,
            groups=tuple(summed(rows, key)),
            total=total[0] if total else Rate("", 0, 0, 0),
            as_of=at or now,
            closed=tuple(sorted(stated)),
        )

    def drift(self, month: str) -> list[Drift]:
        """Return where the statement of a closed month differs from the rows of today.

        Raises:
            NotFoundError: the month is not closed.
        """
        with self.store.reading() as tx:
            last = last_statement(tx, checked_month(month))
            counted = tx.rates.counted(self.clock.now(), first=month, last=month)
        return [Drift(*pair) for pair in differing(last.rows, counted)]

    def statements(self, month: str) -> list[Statement]:
        """Return the closing of a month and its restatements; empty if it is not closed."""
        with self.store.reading() as tx:
            return tx.statements.of_month(checked_month(month))

    def _key(self, by: str) -> Callable[[RateRow], str]:
        if by == "team":
            return lambda row: self.catalogue[row.kind].team if row.kind in self.catalogue else ""
        keys: Mapping[str, Callable[[RateRow], str]] = {
            "month": lambda row: row.month,
            "district": lambda row: row.district,
            "channel": lambda row: row.channel,
            "kind": lambda row: row.kind,
        }
        return keys[by]


def checked_month(month: str) -> str:
    """Return the month if it is one.

    Raises:
        InvalidInputError: it is not.
    """
    if _MONTH.fullmatch(month) is None:
        raise InvalidInputError("month", f"{month[:20]!r} 不是月份", "如 2026-03")
    return month


def last_statement(tx: Transaction, month: str) -> Statement:
    """Return the statement of a month that holds.

    Raises:
        NotFoundError: the month is not closed.
    """
    found = tx.statements.of_month(month)
    if not found:
        raise NotFoundError("月报", month)
    return found[-1]


def counted_with(
    tx: Transaction, stated: Mapping[str, Statement], at: dt.datetime, first: str, last: str
) -> list[RateRow]:
    """Return the figures of a span: of closed months as stated, of the others as counted."""
    counted = tx.rates.counted(at, first=first, last=last)
    live: Sequence[RateRow] = [row for row in counted if row.month not in stated]
    return sorted([*live, *(row for one in stated.values() for row in one.rows)])


def _stated(tx: Transaction, first: str, last: str) -> dict[str, Statement]:
    months = [month for month in tx.statements.months() if first <= month <= last]
    return {month: last_statement(tx, month) for month in months}
