"""Time comes in through the door: whoever needs it is given a clock."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Protocol


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> dt.datetime:
        """Return the time, aware, in UTC."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> dt.datetime:
        """Return the time, aware, in UTC."""
        return dt.datetime.now(dt.UTC)  # noqa: TID251  the only reader of the machine's clock


@dataclass(frozen=True, slots=True)
class FixedClock:
    """A clock that stands still; for tests, replays and the sample city."""

    at: dt.datetime

    def now(self) -> dt.datetime:
        """Return the fixed time."""
        return self.at
