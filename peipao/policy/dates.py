"""The two dates of a question, and exact months between days."""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass

from peipao.errors import InvalidInputError

_MONTHS = 12


@dataclass(frozen=True, slots=True)
class AskedDates:
    """The days a question is about.

    Attributes:
        entitlement: day on which the conditions are looked at and the policy must be in force.
        application: day on which it is applied for, not before `entitlement`.
    """

    entitlement: dt.date
    application: dt.date

    def __post_init__(self) -> None:
        if self.application < self.entitlement:
            raise InvalidInputError(
                "application_date",
                f"{self.application} 早于符合条件的日期 {self.entitlement}",
                "不早于符合条件的日期",
            )


def on_day(day: dt.date) -> AskedDates:
    """Return the dates of a project that applies on the day it is looked at."""
    return AskedDates(day, day)


def add_months(day: dt.date, months: int) -> dt.date:
    """Return the same day of another month, or that month's last day if it is shorter.

    Raises:
        InvalidInputError: the result lies outside the years 1 to 9999.
    """
    index = day.year * _MONTHS + day.month - 1 + months
    year, month = divmod(index, _MONTHS)
    if not dt.MINYEAR <= year <= dt.MAXYEAR:
        raise InvalidInputError("date", f"{day} 之后 {months} 个月超出历法范围", "1 至 9999 年")
    last = calendar.monthrange(year, month + 1)[1]
    return dt.date(year, month + 1, min(day.day, last))


def months_between(start: dt.date, end: dt.date) -> float:
    """Return months from `start` to `end`: full months plus the share of the begun one.

    Whole exactly on monthly anniversaries, so that 'at least 12 months' and 'at most 12 months'
    both hold on the anniversary and part on the day after. Negative if `end` is earlier.
    """
    if end < start:
        return -months_between(end, start)
    full = (end.year - start.year) * _MONTHS + end.month - start.month
    if add_months(start, full) > end:
        full -= 1
    last = add_months(start, full)
    if last == end:
        return float(full)
    return full + (end - last).days / (add_months(start, full + 1) - last).days


def whole_years(start: dt.date, end: dt.date) -> int:
    """Return completed years (周岁) from `start` to `end`; negative if `end` is earlier."""
    return int(months_between(start, end) // _MONTHS)
