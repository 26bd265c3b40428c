"""The best change of one empty place and at most one other, over all pairs at once.

Either the need takes a place that is free (or none) and one other place changes independently; or
it takes a place that another need holds, which then goes to a free place or is left empty. Which
of these is best is a maximum of sums of two numbers, so nothing is searched.

A value is compared as one integer: gain first, then fewer changes, then the lots of the round.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from matching.network import LongArray
from matching.problem import AssignmentProblem
from matching.ties import WORD_BYTES, lottery_weights
from peipao.tables.profiles import BoolArray

_GAIN, _CHANGE, _LOT_BITS = 1 << 24, 1 << 22, 20
"""Weights of a unit of gain and of one more change; lots of two places stay below the latter."""

_NONE = -(2**61)


@dataclass(frozen=True, slots=True)
class Move:
    """One place that changes hands: the pair row that goes and the one that comes, or None."""

    out: int | None
    new: int | None


@dataclass(frozen=True, slots=True, order=True)
class _Plan:
    """A value, and what is done for it: rows, -1 for nobody."""

    value: int
    own: int
    out: int = -1
    new: int = -1

    def moves(self) -> list[Move]:
        """Return the changes, that of the need itself first."""
        rows = [None if row < 0 else row for row in (self.own, self.out, self.new)]
        other = [] if self.out < 0 and self.new < 0 else [Move(rows[1], rows[2])]
        return [Move(None, rows[0]), *other]


class Desk:
    """All that can be done about one empty place."""

    def __init__(
        self,
        problem: AssignmentProblem,
        may: BoolArray,
        loose: BoolArray,
        places: tuple[LongArray, LongArray],
        need: int,
    ) -> None:
        """Take the plan as it stands.

        Args:
            problem: the gains are its.
            may: bool (n_pairs,), pairs that may be made and are not.
            loose: bool (n_pairs,), pairs that are made and may go.
            places: int64, places of providers that nobody holds, and empty places of needs.
            need: row of the need.
        """
        self.problem, self.need, self.left = problem, need, places[0]
        self.extra = places[1] - (np.arange(len(places[1])) == need)
        self.loose = np.flatnonzero(loose)
        self.mine = np.flatnonzero(may & (problem.need == need))
        self.free = np.flatnonzero(may & (places[0] > 0)[problem.provider])
        self.gain = problem.gain()

    def best(self, others: int) -> list[Move]:
        """Return the best changes with at most so many (0 or 1) beside that of the need itself."""
        value = self.gain * _GAIN
        found = max(self._plans(value, others))
        near = self._near(value, found.value, others)
        value[near] += self._lots(near)
        return max(self._plans(value, others)).moves()

    def _near(self, value: LongArray, best: int, others: int) -> LongArray:
        """Return the pairs that a plan as good as the best may contain, and some more."""
        if not others:
            return self.mine[value[self.mine] >= best]
        own = max(int(value[self.mine].max(initial=0)), 0)
        spare = self._least_loss(value)[0]
        reach = own + value[self.free] - spare[self.problem.need[self.free]]
        needs = np.zeros(len(self.extra), dtype=np.bool_)
        needs[self.problem.need[self.free[reach >= best - _CHANGE]]] = True
        total, holders, _ = self._holders(value)
        needs[self.problem.need[holders[total >= best]]] = True
        parts = [rows[needs[self.problem.need[rows]]] for rows in (self.loose, self.free)]
        return np.unique(np.concatenate((self.mine, *parts)))

    def _lots(self, rows: LongArray) -> LongArray:
        lots = lottery_weights(self.problem.seed, *self.problem.lots_of(rows))
        return lots >> (8 * WORD_BYTES - _LOT_BITS)

    def _plans(self, value: LongArray, others: int) -> Iterator[_Plan]:
        """Yield plans of which the best is the best of all."""
        own = self.mine[self.left[self.problem.provider[self.mine]] > 0]
        yield _Plan(0, -1)
        yield from (_Plan(int(value[row]), row) for row in own.tolist())
        if others:
            yield from self._beside(value, [-1, *own.tolist()])
            yield from self._displacing(value)

    def _beside(self, value: LongArray, own: Iterable[int]) -> Iterator[_Plan]:
        """Yield the best independent change beside each choice of the need itself."""
        provider = self.problem.provider
        loss, out = self._least_loss(value)
        worth = value[self.free] - loss[self.problem.need[self.free]] - _CHANGE
        best = self._best_of_providers(worth)
        drop = self._best_drop(value)
        for row in own:
            base = 0 if row < 0 else int(value[row])
            if drop is not None:
                yield _Plan(base + drop.value, row, drop.out)
            taken = -1 if row < 0 else int(provider[row])
            for at in best:
                new = int(self.free[at])
                same = provider[new] == taken
                if new == row or (same and self.left[taken] < 2):
                    continue
                gone = int(out[self.problem.need[new]])
                yield _Plan(base + int(worth[at]), row, gone, new)

    def _best_of_providers(self, worth: LongArray) -> list[int]:
        """Return positions in `free`: enough of the best that one of them suits every choice.

        A choice of the need excludes one provider, or one pair of its own.
        """
        found: list[int] = []
        providers = self.problem.provider[self.free]
        own = self.problem.need[self.free] == self.need
        for part in (~own, own):
            left = np.where(part, worth, _NONE)
            for _ in "12":
                at = int(np.argmax(left)) if len(left) else -1
                if at < 0 or left[at] <= _NONE // 2:
                    break
                found.append(at)
                left[providers == providers[at]] = _NONE
        return found

    def _best_drop(self, value: LongArray) -> _Plan | None:
        """Return the best match to be dropped for nothing."""
        if not self.loose.size:
            return None
        row = int(self.loose[np.argmin(value[self.loose])])
        return _Plan(-int(value[row]) - _CHANGE, -1, row)

    def _least_loss(self, value: LongArray) -> tuple[LongArray, LongArray]:
        """Return of each need what a place of it that changes loses, and the pair that goes."""
        n = len(self.extra)
        loss = np.where(self.extra > 0, 0, -_NONE).astype(np.int64)
        out = np.full(n, -1, dtype=np.int64)
        order = self.loose[np.argsort(-value[self.loose], kind="stable")]
        better = order[value[order] < loss[self.problem.need[order]]]
        # The last one written is the least.
        loss[self.problem.need[better]] = value[better]
        out[self.problem.need[better]] = better
        return loss, out

    def _holders(self, value: LongArray) -> tuple[LongArray, LongArray, LongArray]:
        """Return matches in the way of the need: value of displacing each, rows, own pairs."""
        problem = self.problem
        row_of = np.full(len(problem.capacity), -1, dtype=np.int64)
        row_of[problem.provider[self.mine]] = self.mine
        rows = self.loose[problem.need[self.loose] != self.need]
        rows = rows[row_of[problem.provider[rows]] >= 0]
        own, again = row_of[problem.provider[rows]], self._best_free(value)[problem.need[rows]]
        return value[own] - value[rows] + np.maximum(again, 0) - _CHANGE, rows, own

    def _best_free(self, value: LongArray) -> LongArray:
        """Return int64 (n_needs,), the best free pair of each need, or less than nothing."""
        best = np.full(len(self.problem.wanted), _NONE, dtype=np.int64)
        needs = self.problem.need[self.free]
        starts = np.flatnonzero(np.diff(needs, prepend=-1))
        if starts.size:
            best[needs[starts]] = np.maximum.reduceat(value[self.free], starts)
        return best

    def _displacing(self, value: LongArray) -> Iterator[_Plan]:
        """Yield the best way to take a place that another need holds."""
        total, rows, own = self._holders(value)
        if not total.size:
            return
        at = int(np.argmax(total))
        out = int(rows[at])
        again = self.free[self.problem.need[self.free] == self.problem.need[out]]
        new = int(again[np.argmax(value[again])]) if again.size else -1
        if new >= 0 and value[new] <= 0:
            new = -1
        yield _Plan(int(total[at]), int(own[at]), out, new)
