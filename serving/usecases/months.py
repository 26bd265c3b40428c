"""Months as spans of time."""

from __future__ import annotations

import datetime as dt

from peipao.domain.working_days import SHANGHAI


def bounds(month: str) -> tuple[dt.datetime, dt.datetime]:
    """Return the first and the last moment of a month in Shanghai, aware, UTC."""
    year, number = int(month[:4]), int(month[5:])
    start = dt.datetime(year, number, 1, tzinfo=SHANGHAI)
    after = dt.datetime(year + number // 12, number % 12 + 1, 1, tzinfo=SHANGHAI)
    return start.astimezone(dt.UTC), after.astimezone(dt.UTC) - dt.timedelta(microseconds=1)
