"""How long a search may take, who is told of its progress and who may stop it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

FIRST_SLICE_S = 1.0
DEFAULT_LIMIT_S = 60.0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a search has come.

    Attributes:
        spent_s: seconds granted so far.
        best: integer units, total gain of the best choice found; None before the first.
        bound: integer units; no choice gains more.
    """

    spent_s: float
    best: int | None
    bound: int


@dataclass(frozen=True, slots=True)
class Budget:
    """What a search by branch and bound may use. Searches that are flows need none.

    The solver cannot be interrupted, so it is run in slices of which each is twice as long as the
    one before; between two of them the caller is told and asked. At most half of the time is lost.

    Attributes:
        limit_s: seconds of search in all.
        told: is told how far the search has come.
        cancelled: is asked whether to stop with the best so far.
    """

    limit_s: float = DEFAULT_LIMIT_S
    told: Callable[[Progress], None] = lambda _: None
    cancelled: Callable[[], bool] = lambda: False

    def slices(self) -> Iterator[float]:
        """Yield the lengths of the slices in seconds, their sum being the limit."""
        left, length = self.limit_s, FIRST_SLICE_S
        while left > 0 and not self.cancelled():
            length = left if left < 2 * length else length
            yield length
            left, length = left - length, 2 * length
