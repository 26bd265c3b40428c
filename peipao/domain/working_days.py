"""Chinese working days: weekends, public holidays and the weekend days worked in their place."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache

import chinese_calendar

SHANGHAI = dt.timezone(dt.timedelta(hours=8))
"""China has had one time and no summer time since 1992; what is older than that has no clock."""

_LAST_MOMENT = dt.time(23, 59, 59, 999_999, SHANGHAI)


@dataclass(frozen=True, slots=True)
class Deadline:
    """The last moment that is still in time.

    Attributes:
        at: aware, UTC; the end of a working day in Shanghai.
        assumed: a day on the way lies in a year whose holidays the calendar does not know yet;
            Monday to Friday were taken for its working days.
    """

    at: dt.datetime
    assumed: bool = False


def deadline_after(start: dt.datetime, working_days: int) -> Deadline:
    """Return the end of the n-th working day after the day of `start`.

    The day on which a term begins does not count (民法典 第二百零一条), and a term never ends on a
    day off, as only working days are counted.

    Args:
        start: aware.
        working_days: >= 1.
    """
    return _deadline(day_of(start), working_days)


def day_of(moment: dt.datetime) -> dt.date:
    """Return the date of a moment in Shanghai."""
    return moment.astimezone(SHANGHAI).date()


def minute_of(moment: dt.datetime) -> str:
    """Return a moment in Shanghai to the minute, for people, such as `2026-03-01 09:30`."""
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def month_of(moment: dt.datetime) -> str:
    """Return the month of a moment in Shanghai, such as `2026-03`."""
    return f"{day_of(moment):%Y-%m}"


def is_working_day(day: dt.date) -> bool:
    """Tell whether people work on a day; Monday to Friday in a year that is not known."""
    return _looked_up(day)[0]


def is_known(day: dt.date) -> bool:
    """Tell whether the calendar knows the holidays of the year of a day."""
    return _looked_up(day)[1]


@lru_cache(maxsize=8192)
def _looked_up(day: dt.date) -> tuple[bool, bool]:
    try:
        return bool(chinese_calendar.is_workday(day)), True
    except NotImplementedError:  # the State Council has not said yet, or the package not heard
        return day.weekday() < 5, False


@lru_cache(maxsize=8192)
def _deadline(day: dt.date, left: int) -> Deadline:
    assumed = False
    while left > 0:
        day += dt.timedelta(days=1)
        works, known = _looked_up(day)
        left -= works
        assumed |= not known
    return Deadline(dt.datetime.combine(day, _LAST_MOMENT).astimezone(dt.UTC), assumed)
