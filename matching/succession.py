"""Who comes next when an offer of a solved round fell through, with at most one other change.

First come those who are free, whatever an exchange might gain: nobody who was offered somebody is
disturbed without need. Only where nobody is free, one other offer that nobody has answered yet is
exchanged, so that its provider can take the need; its own need always gets somebody instead.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from matching.network import LongArray
from matching.standing import Standing
from matching.ties import lottery_weights
from peipao.errors import NotFoundError


@dataclass(frozen=True, slots=True)
class Step:
    """A way to fill the place.

    Attributes:
        row: the pair that takes it.
        gives_up: the pair whose offer is exchanged, of the same provider; None if none is.
        instead: the pair that its need gets for it; None if none is exchanged.
        gain: integer units; what the objective gains by it.
    """

    row: int
    gives_up: int | None
    instead: int | None
    gain: int


def successions(now: Standing, need_id: str) -> Iterator[Step]:
    """Yield the ways to fill a place of a need: the free first, each sort by falling gain.

    Equals follow the round's lottery. Minimums and quotas of the round are kept.

    Raises:
        NotFoundError: the need is not in the round.
    """
    at = np.flatnonzero(now.problem.need_ids == need_id)
    if not at.size:
        raise NotFoundError("本轮需求", need_id)
    desk = _Desk(now)
    yield from desk.direct(int(at[0]))
    yield from desk.exchanges(int(at[0]))


class _Desk:
    def __init__(self, now: Standing) -> None:
        self.problem, self.may, self.free = now.problem, now.open(), now.places_left()
        self.gain = now.problem.gain()
        self.start = np.searchsorted(now.problem.need, np.arange(len(now.problem.need_ids) + 1))
        self.movable = np.flatnonzero(now.held & ~now.fixed)
        self.made = [int(now.held[group.rows].sum()) for group in now.problem.groups]
        held = now.problem.provider[now.held]
        self.loads = np.bincount(held, minlength=len(now.problem.provider_ids))

    def direct(self, need: int) -> Iterator[Step]:
        """Yield the ways without another change."""
        rows = self._open(need)
        rows = rows[self.free[self.problem.provider[rows]] > 0]
        for row in self._ranked(rows):
            if self._allowed([row], []):
                yield Step(row, None, None, int(self.gain[row]))

    def exchanges(self, need: int) -> Iterator[Step]:
        """Yield the ways with one other change."""
        provider = self.problem.provider
        takes = {int(provider[row]): int(row) for row in self._open(need)}
        found = [step for out in self.movable.tolist() for step in self._exchange(takes, out)]
        lots = self._lots([step.row for step in found])
        order = sorted(
            range(len(found)), key=lambda k: (-found[k].gain, -lots[k], found[k].gives_up or 0)
        )
        yield from (found[k] for k in order)

    def _exchange(self, takes: Mapping[int, int], out: int) -> Iterator[Step]:
        """Yield the best way in which one offer is given up so that its provider takes the need."""
        at = int(self.problem.provider[out])
        row = takes.get(at)
        if row is None or self.free[at] > 0:
            return
        instead = self._instead(out, row)
        if instead is not None:
            gain = int(self.gain[row] - self.gain[out] + self.gain[instead])
            yield Step(row, out, instead, gain)

    def _instead(self, out: int, row: int) -> int | None:
        """Return the best pair for a need whose offer is given up, with a provider who is free."""
        need = int(self.problem.need[out])
        rows = self._open(need)
        rows = rows[self.free[self.problem.provider[rows]] > 0]
        return next((to for to in self._ranked(rows) if self._allowed([row, to], [out])), None)

    def _open(self, need: int) -> LongArray:
        rows = np.arange(self.start[need], self.start[need + 1])
        return rows[self.may[rows]]

    def _ranked(self, rows: LongArray) -> list[int]:
        order = np.lexsort((-self._lots(rows.tolist()), -self.gain[rows]))
        return [int(row) for row in rows[order]]

    def _lots(self, rows: list[int]) -> LongArray:
        at = np.array(rows, dtype=np.int64)
        return lottery_weights(self.problem.seed, *self.problem.lots_of(at))

    def _allowed(self, makes: list[int], gives_up: list[int]) -> bool:
        """Tell whether minimums and quotas hold as well as before."""
        provider = self.problem.provider
        for out in gives_up:
            after = self.loads[provider[out]] - 1 + sum(provider[out] == provider[m] for m in makes)
            if after < self.problem.provider_min()[provider[out]]:
                return False
        for group, made in zip(self.problem.groups, self.made, strict=True):
            change = _inside(group.rows, makes) - _inside(group.rows, gives_up)
            after = made + change
            if (change > 0 and after > group.most) or (change < 0 and after < group.least):
                return False
        return True


def _inside(rows: LongArray, some: list[int]) -> int:
    return int(np.isin(some, rows).sum())
