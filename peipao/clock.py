"""Time comes in through the door: whoever needs it is given a clock."""

from __future__ import annotations

import datetime as dt
import threading
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


class ForwardClock:
    """A clock that never goes back, whatever the one behind it does: what expired stays expired.

    Any number of threads may ask it.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._latest = dt.datetime.min.replace(tzinfo=dt.UTC)
        self._lock = threading.Lock()
        self.begun = False

    def begin(self, latest: dt.datetime | None) -> None:
        """Take note of the latest time that was known before this process; None is none."""
        with self._lock:
            self._latest = max(self._latest, latest or self._latest)
            self.begun = True

    def now(self) -> dt.datetime:
        """Return the latest time that was ever told, aware, in UTC."""
        with self._lock:
            self._latest = max(self._latest, self._clock.now())
            return self._latest
