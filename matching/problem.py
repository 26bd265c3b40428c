"""What a solver is given and what it answers: `AssignmentProblem` and `Assignment`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from matching.columns import Amount, Whole
from matching.groups import Group, Limits, RawGroup
from matching.network import LongArray, Network
from matching.validate import CheckedProblem, Pairs, RawProblem, checked
from peipao.errors import InvalidInputError
from peipao.tables.pairs import AffinityTable
from peipao.tables.profiles import BoolArray, FloatArray, IntArray, TextArray

SEARCHED = "crossing"
"""Name of the engine of plans that branch and bound found, within a time limit."""


@dataclass(frozen=True, slots=True)
class AssignmentProblem:
    """Who may be paired with whom and what it is worth, in integers and in canonical order.

    The same entities give the same problem whatever order they came in. One integer unit is a
    millionth of a unit of affinity. Made by `problem_from_affinity`, which checks everything.

    Attributes:
        need_ids: text (n_needs,), sorted; `provider_ids` (n_providers,) likewise.
        need, provider: int32 (n_pairs,), rows into the ids; by need, then provider. A pair that
            is not listed is not eligible.
        weight: int64 (n_pairs,), affinity in integer units, in [0, 10^6].
        bonus: int64 (n_pairs,), counted in the objective but not in the total affinity.
        wanted: int64 (n_needs,), places wanted, >= 1.
        capacity: int64 (n_providers,), places, >= 0.
        unmatched_penalty: int64 (n_needs,), >= 0, for each wanted place that stays empty.
        reservation: int64 (n_needs,), a pair of lower weight is not made (unless pinned).
        pinned, vetoed: bool (n_pairs,), forced or forbidden by a person; never both.
        seed: text that decides between optima of equal value.
        limits: minimum loads and group quotas; None where nothing of the sort is asked.
        lottery_ids: text (n_needs,), under which name each need is drawn; None is its own id. A
            name that outlives the need (its project's) keeps its lot when the need is made anew.
    """

    need_ids: TextArray
    provider_ids: TextArray
    need: IntArray
    provider: IntArray
    weight: LongArray
    bonus: LongArray
    wanted: LongArray
    capacity: LongArray
    unmatched_penalty: LongArray
    reservation: LongArray
    pinned: BoolArray
    vetoed: BoolArray
    seed: str
    limits: Limits | None = None
    lottery_ids: TextArray | None = None

    @property
    def groups(self) -> tuple[Group, ...]:
        """Return the group quotas, sorted by id."""
        return self.limits.groups if self.limits else ()

    def need_min(self) -> LongArray:
        """Return int64 (n_needs,), matches that each need must have."""
        return self.limits.need_min if self.limits else np.zeros_like(self.wanted)

    def provider_min(self) -> LongArray:
        """Return int64 (n_providers,), matches that each provider must have."""
        return self.limits.provider_min if self.limits else np.zeros_like(self.capacity)

    def open_rows(self) -> LongArray:
        """Return int64 (n_open,), the pairs a solver may choose: not pinned, vetoed or too low."""
        good = self.weight >= self.reservation[self.need]
        return np.flatnonzero(good & ~self.pinned & ~self.vetoed)

    def wanted_left(self) -> LongArray:
        """Return int64 (n_needs,), places wanted that no pin has filled."""
        pins = np.bincount(self.need[self.pinned], minlength=len(self.need_ids))
        return self.wanted - pins

    def capacity_left(self) -> LongArray:
        """Return int64 (n_providers,), places that no pin has taken."""
        pins = np.bincount(self.provider[self.pinned], minlength=len(self.provider_ids))
        return self.capacity - pins

    def need_min_left(self) -> LongArray:
        """Return int64 (n_needs,), matches that each need must have beside its pins, >= 0."""
        return np.maximum(self.need_min() - (self.wanted - self.wanted_left()), 0)

    def provider_min_left(self) -> LongArray:
        """Return int64 (n_providers,), matches that each must have beside its pins, >= 0."""
        return np.maximum(self.provider_min() - (self.capacity - self.capacity_left()), 0)

    def gain(self) -> LongArray:
        """Return int64 (n_pairs,): what making the pair adds to the objective.

        A made pair also saves the penalty of the place it fills; that is all the penalty does.
        """
        return self.weight + self.bonus + self.unmatched_penalty[self.need]

    def lottery_names(self) -> TextArray:
        """Return text (n_needs,), under which name each need enters the lottery."""
        return self.need_ids if self.lottery_ids is None else self.lottery_ids

    def lots_of(self, rows: LongArray | IntArray) -> tuple[list[str], list[str]]:
        """Return the names of need and provider under which some pairs enter the lottery."""
        names = self.lottery_names()
        return names[self.need[rows]].tolist(), self.provider_ids[self.provider[rows]].tolist()

    def row_of(self, need_id: str, provider_id: str) -> int | None:
        """Return the row of a pair, or None if it is not eligible or an id is unknown."""
        need = int(np.searchsorted(self.need_ids, need_id))
        provider = int(np.searchsorted(self.provider_ids, provider_id))
        # Of the same type as the array, or numpy would convert all of it.
        ends = np.array([need, need + 1], dtype=self.need.dtype)
        start, end = np.searchsorted(self.need, ends)
        row = int(start + np.searchsorted(self.provider[start:end], provider))
        known = row < end and self.provider_ids[self.provider[row]] == provider_id
        return row if known and self.need_ids[need] == need_id else None


@dataclass(frozen=True, slots=True)
class Duals:
    """Prices that prove an assignment optimal; never shown as the value of a place (model.md).

    A price is < 0 only where a lower limit holds the node or the group down to its minimum.

    Attributes:
        need: int64 (n_needs,).
        provider: int64 (n_providers,).
        group: int64 (n_groups,).
        per_unit: the prices are counted in this fraction of an integer unit.
    """

    need: LongArray
    provider: LongArray
    group: LongArray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    per_unit: int = 1


@dataclass(frozen=True, slots=True)
class Assignment:
    """The pairs that were decided.

    Attributes:
        pairs: int32 (n_matches,), ascending rows of the problem's pairs, pins included.
        duals: prices that prove it optimal, or None where nobody derived them.
        solver: name of the engine.
        drawn: number of pairs whose fate the lottery decided; 0 if the optimum was unique.
        bound: integer units; what the engine claims that no assignment exceeds. None where the
            prices alone prove the assignment to be of the greatest objective.
    """

    pairs: IntArray
    duals: Duals | None
    solver: str
    drawn: int = 0
    bound: int | None = None

    @property
    def searched(self) -> bool:
        """Tell whether branch and bound found it, which has a time limit: quotas cross.

        Another run may then end with other pairs; every other plan follows from the problem alone.
        """
        return self.solver == SEARCHED

    def ids(self, problem: AssignmentProblem) -> list[tuple[str, str]]:
        """Return (need id, provider id) of every match, sorted."""
        needs = problem.need_ids[problem.need[self.pairs]].tolist()
        return list(
            zip(needs, problem.provider_ids[problem.provider[self.pairs]].tolist(), strict=True)
        )


def problem_from_affinity(
    table: AffinityTable,
    *,
    wanted: Whole,
    capacity: Whole,
    unmatched_penalty: Amount,
    reservation: Amount,
    pins: Pairs = (),
    vetoes: Pairs = (),
    seed: str,
    bonus: FloatArray | None = None,
    need_min: Whole = 0,
    provider_min: Whole = 0,
    groups: Sequence[RawGroup] = (),
    lottery_ids: Mapping[str, str] | None = None,
) -> AssignmentProblem:
    """Return the canonical problem of a round.

    Args:
        table: the eligible pairs and their affinity; any order.
        wanted: places a need wants; one number for all, a mapping by id, or (n_needs,) in the
            order of `table.need_ids`.
        capacity: places of a provider; likewise for providers.
        unmatched_penalty: affinity units, >= 0; likewise for needs.
        reservation: affinity, in [0, 1]; likewise for needs.
        pins: pairs (need id, provider id) that are always kept, whatever they are worth.
        vetoes: pairs that are never made.
        seed: text, decides between optima of equal value.
        bonus: float64 (n_pairs,), affinity units, added to the objective only; None is 0.
        need_min: matches a need must have; like `wanted`, and at most that.
        provider_min: matches a provider must have; like `capacity`, and at most that.
        groups: quotas on groups of needs, providers or pairs; they may cross.
        lottery_ids: need id -> name under which it is drawn, distinct; None is by its own id.

    Raises:
        InvalidInputError: naming the first pair, id or field that cannot be used.
    """
    raw = RawProblem(
        need_ids=table.need_ids,
        provider_ids=table.provider_ids,
        need=table.need,
        provider=table.provider,
        affinity=table.affinity,
        bonus=np.zeros(len(table.need)) if bonus is None else bonus,
        wanted=wanted,
        capacity=capacity,
        unmatched_penalty=unmatched_penalty,
        reservation=reservation,
        pins=pins,
        vetoes=vetoes,
        seed=seed,
        need_min=need_min,
        provider_min=provider_min,
        groups=groups,
    )
    problem = canonical_problem(checked(raw))
    return problem if lottery_ids is None else drawn_as(problem, lottery_ids)


def drawn_as(problem: AssignmentProblem, names: Mapping[str, str]) -> AssignmentProblem:
    """Return the problem with the names under which its needs enter the lottery.

    Args:
        problem: any.
        names: need id -> name, for every need; no name twice.

    Raises:
        InvalidInputError: a need has no name, or two have the same.
    """
    found = [names.get(key, "") for key in problem.need_ids.tolist()]
    if "" in found or len(set(found)) < len(found):
        raise InvalidInputError("lottery_ids", "有需求没有摇号名称或名称重复", "每个需求一个")
    return replace(problem, lottery_ids=np.array(found, dtype=np.str_))


def canonical_problem(given: CheckedProblem) -> AssignmentProblem:
    """Return the problem with ids sorted and pairs ordered by need, then provider."""
    by_need, by_provider = np.argsort(given.need_ids), np.argsort(given.provider_ids)
    need = np.argsort(by_need).astype(np.int32)[given.need]
    provider = np.argsort(by_provider).astype(np.int32)[given.provider]
    order = np.lexsort((provider, need))
    limits = given.limits and given.limits.reordered(by_need, by_provider, order)
    return AssignmentProblem(
        need_ids=given.need_ids[by_need],
        provider_ids=given.provider_ids[by_provider],
        need=need[order],
        provider=provider[order],
        weight=given.weight[order],
        bonus=given.bonus[order],
        wanted=given.wanted[by_need],
        capacity=given.capacity[by_provider],
        unmatched_penalty=given.unmatched_penalty[by_need],
        reservation=given.reservation[by_need],
        pinned=given.pinned[order],
        vetoed=given.vetoed[order],
        seed=given.seed,
        limits=limits,
    )


def open_network(problem: AssignmentProblem) -> tuple[Network, LongArray]:
    """Return what is left to decide after the pins, and the problem row of each edge.

    Pins are taken out, not rewarded: they use up places and leave the network. Nodes without a
    place left keep their number but lose their edges. Group quotas are not part of it.
    """
    wanted, capacity = problem.wanted_left(), problem.capacity_left()
    rows = problem.open_rows()
    rows = rows[(wanted[problem.need[rows]] > 0) & (capacity[problem.provider[rows]] > 0)]
    network = Network(
        need=problem.need[rows],
        provider=problem.provider[rows],
        gain=problem.gain()[rows],
        need_min=problem.need_min_left(),
        need_max=wanted,
        provider_min=problem.provider_min_left(),
        provider_max=capacity,
    )
    return network, rows
