"""A published plan as it stands now: who can take an empty place, and what else has to move.

After a decline, an expiry or a late need, one place of one need is empty. It is filled from the
problem that was frozen with the round, changed only where the world has changed since: places
taken, pairs declined, needs gone. Matches that both sides accepted do not move at all, and at most
one other place changes hands.

Without minimums and quotas all such plans can be listed in closed form, at once for all pairs: the
need takes a free place and one other place changes independently, or it takes a place that another
need holds, and that need goes to a free place or waits. With limits, branch and bound answers the
same question.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from matching.alternates import Alternate, alternates
from matching.budget import Budget
from matching.groups import Limits, Side
from matching.network import LongArray
from matching.problem import Assignment, AssignmentProblem, canonical_problem
from matching.refilling import Desk, Move
from matching.validate import SCALE, RawProblem, checked
from peipao.errors import InvalidInputError, NotFoundError
from peipao.tables.profiles import BoolArray, IntArray, TextArray

Pairs = Sequence[tuple[str, str]]

_NO_PROVIDER = "-"
"""Stands for a provider that is gone; a place that someone had and lost."""


@dataclass(frozen=True, slots=True)
class Change:
    """One place of a need that changes hands.

    Attributes:
        was: provider id of the match that goes; None if the place was empty.
        now: provider id of the match that comes; None if the place is left empty.
    """

    need_id: str
    was: str | None
    now: str | None


@dataclass(frozen=True, slots=True)
class Refill:
    """What is done about an empty place.

    Attributes:
        changes: that of the need itself first (`now` is None if it stays empty), then the other.
        gain: affinity units, what the objective gains against leaving everything as it is.
    """

    changes: tuple[Change, ...]
    gain: float


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """A plan as it stands.

    Attributes:
        problem: the frozen one with what changed since: capacities, vetoes, needs that are gone.
        held: bool (n_pairs,), matches that hold a place now.
        fixed: bool (n_pairs,), those of them that do not move.
    """

    problem: AssignmentProblem
    held: BoolArray
    fixed: BoolArray

    @staticmethod
    def of(
        problem: AssignmentProblem,
        held: Pairs,
        *,
        fixed: Pairs = (),
        vetoes: Pairs = (),
        capacity: Mapping[str, int] | None = None,
        gone: Collection[str] = (),
    ) -> Standing:
        """Return a plan as it stands.

        Args:
            problem: as frozen.
            held: matches that hold a place now; one that was declined is not among them.
            fixed: those of them that do not move: accepted ones.
            vetoes: pairs that are never made (again); pairs that are not eligible are harmless.
            capacity: provider id -> places, held ones included, where it is not the frozen one.
            gone: needs that want nothing any more.

        Raises:
            InvalidInputError: a pair that holds a place is not eligible, or an id is unknown.
        """
        held_rows = _rows(problem, held, "held")
        keeps, stays = _marks(problem, held_rows), _marks(problem, _rows(problem, fixed, "fixed"))
        if (stays & ~keeps).any():
            raise InvalidInputError("fixed", "有未占用名额的配对", "held 中的配对")
        out = [problem.row_of(*pair) for pair in vetoes]
        vetoed = problem.vetoed | _marks(problem, [row for row in out if row is not None])
        asked = ~np.isin(problem.need_ids, sorted(gone))
        used = np.bincount(problem.provider[keeps], minlength=len(problem.capacity))
        changed = replace(
            problem,
            capacity=np.maximum(_capacities(problem, capacity or {}), used),
            vetoed=(vetoed | ~asked[problem.need]) & ~keeps,
            pinned=problem.pinned & keeps,
        )
        return Standing(changed, keeps, stays | changed.pinned)

    def assignment(self) -> Assignment:
        """Return the matches that hold a place."""
        return Assignment(np.flatnonzero(self.held).astype(np.int32), None, "standing")

    def places_left(self) -> LongArray:
        """Return int64 (n_providers,), places that nobody holds, >= 0."""
        used = np.bincount(self.problem.provider[self.held], minlength=len(self.problem.capacity))
        left: LongArray = np.maximum(self.problem.capacity - used, 0)
        return left

    def wanted_left(self) -> LongArray:
        """Return int64 (n_needs,), places wanted that are empty, >= 0."""
        has = np.bincount(self.problem.need[self.held], minlength=len(self.problem.wanted))
        left: LongArray = np.maximum(self.problem.wanted - has, 0)
        return left

    def open(self) -> BoolArray:
        """Return bool (n_pairs,), pairs that may be made and are not."""
        may = np.zeros(len(self.held), dtype=np.bool_)
        may[self.problem.open_rows()] = True
        return may & ~self.held


def alternates_now(now: Standing, need_id: str, most: int = 5) -> list[Alternate]:
    """Return who is free and eligible for an empty place of a need, the best first.

    Empty if nobody is, or if the need has no empty place.

    Raises:
        NotFoundError: the need is not in the round.
    """
    found = alternates(now.problem, now.assignment(), need_id, len(now.held))
    return [one for one in found if one.instead_of is None][:most]


def refill(now: Standing, need_id: str, *, others: int = 1, budget: Budget | None = None) -> Refill:
    """Return the best that can be done about an empty place of a need.

    Exact: no plan with so few changes has a greater objective. Equals: the fewest changes, then
    the lottery of the round.

    Args:
        now: as it stands; the match that fell through is not part of it.
        need_id: whose place is empty.
        others: 0 if no other place may change hands, 1 if one may.
        budget: time allowed where there are minimums or quotas.

    Raises:
        NotFoundError: the need is not in the round.
        InvalidInputError: it has no empty place.
        InfeasibleError: minimums and quotas cannot be met with so few changes.
    """
    found = np.flatnonzero(now.problem.need_ids == need_id)
    if not found.size:
        raise NotFoundError("本轮需求", need_id)
    need = int(found[0])
    if now.wanted_left()[need] == 0:
        raise InvalidInputError(f"需求 {need_id}", "没有空缺的名额", "有空缺名额的需求")
    if now.problem.limits is not None:
        return _refill_within_limits(now, need, others, budget)
    places = now.places_left(), now.wanted_left()
    desk = Desk(now.problem, now.open(), now.held & ~now.fixed, places, need)
    return _told(now.problem, need, desk.best(others))


def with_late_need(
    problem: AssignmentProblem,
    need_id: str,
    pairs: Sequence[tuple[str, float]],
    *,
    wanted: int = 1,
    unmatched_penalty: float = 0.0,
    reservation: float = 0.0,
    drawn_as: str | None = None,
) -> AssignmentProblem:
    """Return the problem with one more need, which came after the round was decided.

    Args:
        problem: as frozen; groups of needs and pairs do not count the new need.
        need_id: not in the round yet.
        pairs: (provider id, affinity) of everybody who is eligible for it.
        wanted: places wanted.
        unmatched_penalty: affinity units.
        reservation: affinity.
        drawn_as: its name in the lottery; None is its id.

    Raises:
        InvalidInputError: naming what cannot be used.
    """
    known = {key: row for row, key in enumerate(problem.provider_ids.tolist())}
    for provider, _ in pairs:
        if provider not in known:
            raise InvalidInputError(f"资源方 {provider!r:.80}", "不认识的编号", "本轮中的编号")
    raw = RawProblem(
        need_ids=np.array([need_id], dtype=np.str_),
        provider_ids=problem.provider_ids,
        need=np.zeros(len(pairs), dtype=np.int32),
        provider=np.array([known[key] for key, _ in pairs], dtype=np.int32),
        affinity=np.array([affinity for _, affinity in pairs], dtype=np.float64),
        bonus=np.zeros(len(pairs)),
        wanted=wanted,
        capacity=problem.capacity,
        unmatched_penalty=unmatched_penalty,
        reservation=reservation,
        pins=(),
        vetoes=(),
        seed=problem.seed,
    )
    if need_id in problem.need_ids:
        raise InvalidInputError(f"需求 {need_id}", "已在本轮中", "本轮之后提出的需求")
    late = replace(
        canonical_problem(checked(raw)),
        lottery_ids=np.array([need_id if drawn_as is None else drawn_as], dtype=np.str_),
    )
    return _joined(problem, late)


def _joined(first: AssignmentProblem, late: AssignmentProblem) -> AssignmentProblem:
    """Return one problem of the needs of both; the providers are the same."""
    need_ids = np.concatenate((first.need_ids, late.need_ids))
    order = np.argsort(need_ids)
    row_of = np.argsort(order).astype(np.int32)
    need = np.concatenate((row_of[first.need], row_of[late.need + len(first.need_ids)]))
    provider = np.concatenate((first.provider, late.provider))
    rows = np.lexsort((provider, need))

    def of_needs(name: str) -> LongArray:
        both: LongArray = np.concatenate((getattr(first, name), getattr(late, name)))
        return both[order]

    def of_pairs(name: str) -> Any:  # noqa: ANN401  int64 or bool
        return np.concatenate((getattr(first, name), getattr(late, name)))[rows]

    limits = None
    if first.limits is not None:
        none = np.zeros(1, dtype=np.int64)
        every = np.arange(len(first.provider_ids))
        wide = replace(first.limits, need_min=np.concatenate((first.limits.need_min, none)))
        limits = _counting(wide.reordered(order, every, rows), provider[rows], first.provider_ids)
    return replace(
        first,
        need_ids=need_ids[order],
        need=need[rows],
        provider=provider[rows],
        wanted=of_needs("wanted"),
        unmatched_penalty=of_needs("unmatched_penalty"),
        reservation=of_needs("reservation"),
        lottery_ids=np.concatenate((first.lottery_names(), late.lottery_names()))[order],
        weight=of_pairs("weight"),
        bonus=of_pairs("bonus"),
        pinned=of_pairs("pinned"),
        vetoed=of_pairs("vetoed"),
        limits=limits,
    )


def _counting(limits: Limits, provider: IntArray, provider_ids: TextArray) -> Limits:
    """Return the limits with groups of providers counting all pairs of their members."""
    groups = [
        replace(
            group,
            rows=np.flatnonzero(np.isin(provider_ids[provider], np.array(group.members))),
        )
        if group.side is Side.PROVIDER and group.members
        else group
        for group in limits.groups
    ]
    return replace(limits, groups=tuple(groups))


def _rows(problem: AssignmentProblem, pairs: Pairs, where: str) -> list[int]:
    """Return the row of each pair.

    Raises:
        InvalidInputError: a pair is not eligible.
    """
    found = []
    for pair in pairs:
        row = problem.row_of(*pair)
        if row is None:
            raise InvalidInputError(
                f"{where} {'/'.join(pair):.140}", "不是本轮合格的配对", "合格的配对"
            )
        found.append(row)
    return found


def _marks(problem: AssignmentProblem, rows: Sequence[int]) -> BoolArray:
    marked = np.zeros(len(problem.weight), dtype=np.bool_)
    marked[np.array(rows, dtype=np.int64)] = True
    return marked


def _capacities(problem: AssignmentProblem, given: Mapping[str, int]) -> LongArray:
    capacity = problem.capacity.copy()
    for key, places in given.items():
        at = np.flatnonzero(problem.provider_ids == key)
        if not at.size:
            raise InvalidInputError(f"capacity {key!r:.80}", "不认识的资源方编号", "本轮中的编号")
        if places < 0:
            raise InvalidInputError(f"capacity {key}", f"{places} 不可用", "不小于 0 的整数")
        capacity[at] = places
    return capacity


def _refill_within_limits(now: Standing, need: int, others: int, budget: Budget | None) -> Refill:
    """Answer by branch and bound: the need counts as having lost somebody who is gone."""
    # Whoever has no limits does not wait for scipy to load.
    from matching.changes import replan

    problem, key = now.problem, str(now.problem.need_ids[need])
    held = now.assignment().ids(problem)
    lost = (key, _NO_PROVIDER)
    pinned = replace(problem, pinned=now.fixed, vetoed=problem.vetoed & ~now.fixed)
    found = replan(pinned, [*held, lost], max_changes=1 + others, budget=budget)
    after = np.zeros(len(now.held), dtype=np.bool_)
    after[found.assignment.pairs] = True
    out, new = np.flatnonzero(now.held & ~after), np.flatnonzero(after & ~now.held)
    return _told(problem, need, _paired(problem, need, out.tolist(), new.tolist()))


def _paired(problem: AssignmentProblem, need: int, out: list[int], new: list[int]) -> list[Move]:
    """Return matches that go and matches that come as changes of places, the need's own first."""
    own = [row for row in new if problem.need[row] == need]
    moves = [Move(None, own[0] if own else None)]
    rest = [row for row in new if row not in own[:1]]
    for row in out:
        same = [one for one in rest if problem.need[one] == problem.need[row]]
        moves.append(Move(row, same[0] if same else None))
        rest = [one for one in rest if one not in same[:1]]
    return moves + [Move(None, row) for row in rest]


def _told(problem: AssignmentProblem, need: int, moves: Sequence[Move]) -> Refill:
    gain, changes = problem.gain(), []
    total = 0
    for move in moves:
        rows = [row for row in (move.out, move.new) if row is not None]
        of_need = problem.need[rows[0]] if rows else need
        was, now = (
            None if row is None else str(problem.provider_ids[problem.provider[row]])
            for row in (move.out, move.new)
        )
        changes.append(Change(str(problem.need_ids[of_need]), was, now))
        total += int(gain[move.new]) if move.new is not None else 0
        total -= int(gain[move.out]) if move.out is not None else 0
    return Refill(tuple(changes), total / SCALE)
