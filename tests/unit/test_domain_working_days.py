"""Deadlines in Chinese working days, held against days written down by hand."""

from __future__ import annotations

import datetime as dt

import pytest

from peipao.domain.working_days import (
    SHANGHAI,
    deadline_after,
    is_known,
    is_working_day,
    month_of,
)


def shanghai(text: str) -> dt.datetime:
    """Return a time in Shanghai, such as `2026-02-13 17:30`."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def day_due(start: str, days: int) -> str:
    """Return the day in Shanghai whose end is the deadline."""
    due = deadline_after(shanghai(start), days).at.astimezone(SHANGHAI)
    assert due.timetz() == dt.time(23, 59, 59, 999_999, SHANGHAI)
    return f"{due:%Y-%m-%d}"


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        ("2026-03-02 09:00", 1, "2026-03-03"),  # Monday
        ("2026-03-06 23:59", 1, "2026-03-09"),  # Friday, before the last minute
        ("2026-03-07 10:00", 1, "2026-03-09"),  # a day off begins no sooner
        ("2026-03-02 09:00", 5, "2026-03-09"),
        ("2026-02-13 17:30", 1, "2026-02-14"),  # a Saturday that is worked
        ("2026-02-14 09:00", 1, "2026-02-24"),  # Spring Festival, 15 to 23 February
        ("2026-02-14 09:00", 5, "2026-02-28"),  # 24 to 27 and Saturday the 28th
        ("2025-12-31 09:00", 1, "2026-01-04"),  # year end: 1 to 3 January off, Sunday worked
        ("2025-12-31 09:00", 5, "2026-01-08"),
        ("2024-02-28 09:00", 1, "2024-02-29"),  # a leap day
        ("2024-02-29 09:00", 1, "2024-03-01"),
        ("2026-09-30 09:00", 1, "2026-10-08"),  # National Day
        ("2026-10-08 09:00", 2, "2026-10-10"),  # Saturday the 10th is worked
    ],
)
def test_a_deadline_is_the_end_of_the_last_working_day(start: str, days: int, due: str) -> None:
    assert day_due(start, days) == due
    assert not deadline_after(shanghai(start), days).assumed


def test_the_day_begins_at_midnight_in_shanghai_and_not_in_utc() -> None:
    late_monday, early_tuesday = shanghai("2026-03-02 23:59"), shanghai("2026-03-03 00:01")
    assert deadline_after(late_monday, 1).at.astimezone(SHANGHAI).day == 3
    assert deadline_after(early_tuesday, 1).at.astimezone(SHANGHAI).day == 4
    assert deadline_after(late_monday.astimezone(dt.UTC), 1) == deadline_after(late_monday, 1)


def test_a_deadline_across_a_year_that_nobody_knows_says_that_it_is_assumed() -> None:
    found = deadline_after(shanghai("2026-12-31 09:00"), 1)
    assert found.assumed
    assert f"{found.at.astimezone(SHANGHAI):%Y-%m-%d}" == "2027-01-01"  # a Friday
    assert not is_known(dt.date(2027, 1, 1))
    assert [is_working_day(dt.date(2027, 1, day)) for day in (1, 2, 3)] == [True, False, False]


def test_the_last_moment_of_a_month_belongs_to_it() -> None:
    due = deadline_after(shanghai("2026-03-30 09:00"), 1).at
    assert month_of(due) == "2026-03"
    assert month_of(due + dt.timedelta(microseconds=1)) == "2026-04"


def test_a_later_start_never_has_an_earlier_deadline() -> None:
    starts = [shanghai("2025-01-01 12:00") + dt.timedelta(days=n) for n in range(730)]
    due = [deadline_after(one, 3).at for one in starts]
    assert due == sorted(due)
    assert all(is_working_day(one.astimezone(SHANGHAI).date()) for one in due)
