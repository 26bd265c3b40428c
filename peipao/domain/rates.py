"""响应率: how many needs were due, and how many of them were answered in time.

A need is due in the month in Shanghai in which the deadline of its first response lies, once that
deadline has passed. It is answered in time if that step was done by then: an offer was made, or it
was referred to a named officer. A need that the founder withdrew, or that repeats another, before
the deadline is not due; one that staff closed without an answer is due and not answered.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from peipao.canonical import sha256_json


@dataclass(frozen=True, slots=True, order=True)
class RateRow:
    """The figures of one cell.

    Attributes:
        month: such as `2026-03`.
        kind: of the needs.
        channel: of the request; empty if not known.
        district: of the project when the need came in; empty if not known.
        due: needs due.
        responded: those answered within the deadline.
        late: those answered after it.
    """

    month: str
    kind: str
    channel: str
    district: str
    due: int
    responded: int
    late: int

    @property
    def silent(self) -> int:
        """Return how many were never answered, up to the time of the figures."""
        return self.due - self.responded - self.late


@dataclass(frozen=True, slots=True)
class Rate:
    """Figures of one group.

    Attributes:
        group: the value that its needs have in common.
        rate: in [0, 1]; None if nothing was due.
    """

    group: str
    due: int
    responded: int
    late: int

    @property
    def rate(self) -> float | None:
        """Return the share that was answered in time; None if nothing was due."""
        return self.responded / self.due if self.due else None

    @property
    def silent(self) -> int:
        """Return how many were never answered."""
        return self.due - self.responded - self.late


@dataclass(frozen=True, slots=True)
class Statement:
    """月报: the figures of a month as somebody closed or restated them.

    Attributes:
        month: such as `2026-03`.
        number: 0 is the closing; 1, 2, … are restatements, the last of which holds.
        by: account; why: reason, in words of staff.
        rows: the figures, sorted.
    """

    month: str
    number: int
    at: dt.datetime
    by: str
    why: str
    rows: tuple[RateRow, ...]

    @property
    def digest(self) -> str:
        """Return the SHA-256 of month, number and figures."""
        return sha256_json([self.month, self.number, [_cells(row) for row in self.rows]])


def summed(rows: Iterable[RateRow], key: Callable[[RateRow], str]) -> list[Rate]:
    """Return the figures of each group, sorted by group.

    Args:
        rows: cells, each counted once.
        key: cell -> its group.
    """
    due, responded, late = Counter[str](), Counter[str](), Counter[str]()
    for row in rows:
        group = key(row)
        due[group] += row.due
        responded[group] += row.responded
        late[group] += row.late
    return [Rate(group, due[group], responded[group], late[group]) for group in sorted(due)]


def differing(old: Sequence[RateRow], new: Sequence[RateRow]) -> list[tuple[RateRow, RateRow]]:
    """Return cells that differ, as (old, new); a cell that one side lacks counts nothing there."""
    before, after = ({_place(row): row for row in rows} for rows in (old, new))
    places = sorted(before.keys() | after.keys())
    pairs = (
        (before.get(place, _nothing(place)), after.get(place, _nothing(place))) for place in places
    )
    return [(one, other) for one, other in pairs if one != other]


def _place(row: RateRow) -> tuple[str, str, str, str]:
    return row.month, row.kind, row.channel, row.district


def _nothing(place: tuple[str, str, str, str]) -> RateRow:
    return RateRow(*place, 0, 0, 0)


def _cells(row: RateRow) -> list[str | int]:
    return [*_place(row), row.due, row.responded, row.late]
