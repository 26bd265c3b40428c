"""How long a search may take, who is told of its progress and who may stop it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

FIRST_SLICE_S = 1.0
DEFAULT_LIMIT_S = 60.0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a search has come.

    Attributes:
        spent_s: seconds searched so far.
        best: integer units, total gain of the best choice found; None before the first.
        bound: integer units; no choice gains more.
    """

    spent_s: float
    best: int | None
    bound: int


@dataclass(frozen=True, slots=True)
class Budget:
    """What a search by branch and bound may use. Searches that are flows need none.

    The solver cannot be interrupted, so it is run in slices of which each may be twice as long as
    the one before; between two of them the caller is told and asked.

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

    def slices(self) -> Iterator[tuple[float, float]]:
        """Yield (seconds spent so far, length of the next slice) while there is time."""
        begin, length = self.now(), FIRST_SLICE_S
        while (spent := self.now() - begin) < self.limit_s and not self.cancelled():
            left = self.limit_s - spent
            yield spent, (left if left < 2 * length else length)
            length = 2 * length
