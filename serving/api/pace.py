"""How often one link may call: as often as a person would, with room for a page that reloads."""

from __future__ import annotations

from collections.abc import Callable

from peipao.errors import TooManyCallsError

MOST, WINDOW_S, MAX_LINKS = 30, 60.0, 10_000


class Pace:
    """Counts calls by link within a sliding minute; bounded in memory."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._times: dict[str, list[float]] = {}

    def check(self, link: str) -> None:
        """Count one call of a link.

        Raises:
            TooManyCallsError: there were too many within the minute; says how long to wait.
        """
        now = self._monotonic()
        recent = [at for at in self._times.get(link, ()) if at > now - WINDOW_S]
        if len(recent) >= MOST:
            raise TooManyCallsError(max(1, int(recent[0] + WINDOW_S - now) + 1))
        if len(self._times) >= MAX_LINKS and link not in self._times:
            self._times.clear()
        self._times[link] = [*recent, now]
