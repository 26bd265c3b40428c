"""How long a search may take, who is told of its progress and who may stop it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from dataclasses import dataclass, replace
from typing import TypeVar

FIRST_SLICE_S = 1.0
DEFAULT_LIMIT_S = 60.0
LOOK_S = 0.1
"""Seconds after which a search that is under way is asked whether to go on."""

_Found = TypeVar("_Found")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a search has come.

    Attributes:
        spent_s: seconds searched so far.
        best: integer units, objective of the best choice found; None before the first.
        bound: integer units; no choice has a greater objective.
    """

    spent_s: float
    best: int | None
    bound: int


@dataclass(frozen=True, slots=True)
class Budget:
    """What a search by branch and bound may use. Searches that are flows need none.

    The solver cannot be interrupted, so it is run in slices of which each may be twice as long as
    the one before; between two of them the caller is told. He may stop it at any time: a slice
    that is under way is then left to itself (`while_wanted`).

    Attributes:
        limit_s: seconds of search in all.
        told: is told how far the search has come.
        cancelled: is asked whether to stop with the best so far.
        now: seconds on any clock that only goes forward.
    """

    limit_s: float = DEFAULT_LIMIT_S
    told: Callable[[Progress], None] = lambda _: None
    cancelled: Callable[[], bool] = lambda: False
    now: Callable[[], float] = time.monotonic

    def shifted(self, by: int) -> Budget:
        """Return the same budget, with that many units added to what is told."""

        def told(one: Progress) -> None:
            best = None if one.best is None else one.best + by
            self.told(replace(one, best=best, bound=one.bound + by))

        return replace(self, told=told)

    def silent(self) -> Budget:
        """Return the same budget that tells nobody: what is searched for has another measure."""
        return replace(self, told=lambda _: None)

    def slices(self) -> Iterator[tuple[float, float]]:
        """Yield (seconds spent so far, length of the next slice) while there is time.

        The first is always yielded: whoever stops a search at once still wants an answer.
        """
        begin, length, first = self.now(), FIRST_SLICE_S, True
        while (spent := self.now() - begin) < self.limit_s and (first or not self.cancelled()):
            left, first = self.limit_s - spent, False
            yield spent, (left if left < 2 * length else length)
            length = 2 * length

    def while_wanted(self, work: Callable[[], _Found]) -> _Found | None:
        """Return what the work returns; None as soon as the caller wants to stop.

        The work runs in a thread of its own and must end by itself: once nobody wants it any
        more, it goes on unseen until its time is up.
        """
        found = Future[_Found]()

        def run() -> None:
            try:
                found.set_result(work())
            except BaseException as failed:  # noqa: BLE001  raised again by whoever waits
                found.set_exception(failed)

        threading.Thread(target=run, daemon=True).start()
        while not found.done():
            if self.cancelled():
                return None
            wait([found], LOOK_S)
        return found.result()
