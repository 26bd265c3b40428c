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
        needs = np.unique(self.problem.need[self.free[reach >= best - _CHANGE]])
        holders = self._holders(value)
        needs = np.union1d(needs, self.problem.need[holders[1][holders[0] >= best]])
        touched = np.union1d(self.loose, self.free)
        return np.union1d(self.mine, touched[np.isin(self.problem.need[touched], needs)])

    def _lots(self, rows: LongArray) -> LongArray:
        needs = self.problem.need_ids[self.problem.need[rows]].tolist()
        providers = self.problem.provider_ids[self.problem.provider[rows]].tolist()
        lots = lottery_weights(self.problem.seed, needs, providers)
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
        order = np.argsort(-worth, kind="stable")
        order = order[worth[order] > _NONE // 2]
        strange = order[self.problem.need[self.free[order]] != self.need]
        found: list[int] = []
        providers = self.problem.provider[self.free]
        for part in (strange, order[self.problem.need[self.free[order]] == self.need]):
            if part.size:
                first = int(part[0])
                rest = part[providers[part] != providers[first]]
                found += [first, *rest[:1].tolist()]
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

    def _holders(self, value: LongArray) -> tuple[LongArray, LongArray, LongArray, LongArray]:
        """Return matches in the way of the need: value of displacing each, rows, own, new."""
        problem = self.problem
        row_of = np.full(len(problem.capacity), -1, dtype=np.int64)
        row_of[problem.provider[self.mine]] = self.mine
        rows = self.loose[problem.need[self.loose] != self.need]
        rows = rows[row_of[problem.provider[rows]] >= 0]
        order = self.free[np.argsort(value[self.free], kind="stable")]
        new = np.full(len(problem.wanted), -1, dtype=np.int64)
        new[problem.need[order]] = order
        best = np.full(len(problem.wanted), _NONE, dtype=np.int64)
        best[problem.need[order]] = value[order]
        own, goes = row_of[problem.provider[rows]], problem.need[rows]
        again = np.where(best[goes] > 0, new[goes], -1)
        total = value[own] - value[rows] + np.maximum(best[goes], 0) - _CHANGE
        return total, rows, own, again

    def _displacing(self, value: LongArray) -> Iterator[_Plan]:
        """Yield the best way to take a place that another need holds."""
        total, rows, own, again = self._holders(value)
        if total.size:
            at = int(np.argmax(total))
            yield _Plan(int(total[at]), int(own[at]), int(rows[at]), int(again[at]))
