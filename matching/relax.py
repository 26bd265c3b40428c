"""No solution: the cheapest set of relaxations that makes the round feasible.

Every limit may give way by whole units at the price staff have set: one more place, one pair less
of a minimum, one more in a group, a pin or a veto dropped. A rule that may be lifted for single
pairs, such as that of the district, is a group of those pairs with the maximum 0. The set of least
total cost is found exactly; nothing can be left out of it, since the rest would be a cheaper set.
Only units that cost nothing need a second look, and they get one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import scipy.sparse as sp

from matching.budget import Budget
from matching.crossing import Crossing
from matching.demands import Demands, Sort, demands_of
from matching.giving import Give, Relaxation
from matching.groups import Side
from matching.network import LongArray
from matching.problem import AssignmentProblem
from matching.validate import SCALE
from peipao.errors import InfeasibleError, InvalidInputError
from peipao.tables.profiles import BoolArray

MAX_RELAX_COST = 1_000_000.0

Costs = Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class RelaxCosts:
    """What staff would pay for one unit; an id that is absent or None may not give way.

    Attributes:
        need: id -> cost of one less of its minimum, and of dropping one of its pins or vetoes.
        provider: id -> cost of one more place, and of one less of its minimum.
        group: id -> cost of one more of its maximum or one less of its minimum.
    """

    need: Costs = field(default_factory=dict)
    provider: Costs = field(default_factory=dict)
    group: Costs = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Relief:
    """The units that make a round feasible.

    Attributes:
        units: to be applied together; leaving out any of them makes the round infeasible again.
        cost: of all units; bound: nothing cheaper is enough. Equal where proven, which they are
            unless quotas cross and the time was short.
    """

    units: tuple[Relaxation, ...]
    cost: float
    bound: float


@dataclass(frozen=True, slots=True)
class _Unit:
    """A way in which one row may give way: its column and what a unit costs."""

    row: int
    upper: bool
    cost: int
    most: int


_GROWING = {Sort.PROVIDER, Sort.GROUP, Sort.VETO}
"""Rows of which the upper bound may give way."""


def cheapest_relaxations(
    problem: AssignmentProblem,
    costs: RelaxCosts,
    budget: Budget | None = None,
    names: Mapping[str, str] | None = None,
) -> Relief:
    """Return the cheapest units that make the problem feasible; none if it is.

    Args:
        problem: any.
        costs: what staff would pay.
        budget: time allowed where quotas cross.
        names: group id -> what people call it; ids where it is silent.

    Raises:
        InvalidInputError: a cost is not a number from 0 to a million, or of an unknown id.
        InfeasibleError: nothing that may give way is enough.
        SolverFailedError: the quotas cross and nothing was found in the time allowed.
    """
    refuse_wrong_costs(problem, costs)
    demands = demands_of(problem)
    units = _units(demands, costs)
    spent, bound = _spend(demands, units, budget or Budget())
    cost = np.array([unit.cost for unit in units], dtype=np.int64)
    proven = int(cost @ spent) == bound
    kept = _without_idle(demands, units, spent, cost == 0 if proven else cost >= 0)
    told = tuple(
        _told(demands, unit, names or {})
        for unit, count in zip(units, kept.tolist(), strict=True)
        for _ in range(count)
    )
    return Relief(told, int(cost @ kept) / SCALE, bound / SCALE)


def _spend(demands: Demands, units: Sequence[_Unit], budget: Budget) -> tuple[LongArray, int]:
    """Return int64 (n_units,), how often each row gives way, and the least total cost."""
    n = len(demands.rows)
    columns = np.arange(len(units))
    sign = np.array([-1 if unit.upper else 1 for unit in units], dtype=np.int64)
    at = np.array([unit.row for unit in units], dtype=np.int64)
    give = sp.csr_array((sign, (at, columns)), shape=(len(demands.least), len(units)))
    room = np.array([unit.most for unit in units], dtype=np.int64)
    crossing = Crossing(
        matrix=sp.hstack((demands.matrix, give), format="csr"),
        sets=(demands.least, demands.most),
        edges=(
            np.zeros(n + len(units), dtype=np.int64),
            np.concatenate((np.ones(n, dtype=np.int64), room)),
        ),
        budget=budget,
        alike=demands.alike(),
    )
    cost = np.array([unit.cost for unit in units], dtype=np.int64)
    found = crossing.best(np.concatenate((np.zeros(n, dtype=np.int64), -cost)))
    return found.chosen[n:], -found.bound


def _without_idle(
    demands: Demands, units: Sequence[_Unit], spent: LongArray, doubtful: BoolArray
) -> LongArray:
    """Return the same without the doubtful units that are not needed."""
    for at in np.flatnonzero(doubtful & (spent > 0)).tolist():
        while spent[at] > 0:
            fewer = spent.copy()
            fewer[at] -= 1
            only = [
                replace(unit, most=count, cost=0)
                for unit, count in zip(units, fewer.tolist(), strict=True)
            ]
            try:
                _spend(demands, only, Budget())
            except InfeasibleError:
                break
            spent = fewer
    return spent


def _units(demands: Demands, costs: RelaxCosts) -> list[_Unit]:
    """Return every way in which a row may give way."""
    degree = np.asarray(demands.matrix.sum(axis=1)).ravel()
    found = []
    for row in range(len(demands.least)):
        sort, number = demands.sort_of(row)
        cost = _cost(demands, costs, sort, number)
        if cost is None:
            continue
        least, most = int(demands.least[row]), int(demands.most[row])
        if least > 0:
            found.append(_Unit(row, upper=False, cost=cost, most=least))
        if sort in _GROWING and degree[row] > most:
            found.append(_Unit(row, upper=True, cost=cost, most=int(degree[row]) - most))
    return found


def _cost(demands: Demands, costs: RelaxCosts, sort: Sort, number: int) -> int | None:
    problem = demands.problem
    if sort is Sort.GROUP:
        cost = costs.group.get(problem.groups[number].id)
    elif sort is Sort.PROVIDER:
        cost = costs.provider.get(str(problem.provider_ids[number]))
    elif sort is Sort.NEED:
        cost = costs.need.get(str(problem.need_ids[number]))
    else:
        cost = costs.need.get(demands.pair(sort, number)[0])
    return None if cost is None else round(cost * SCALE)


def _told(demands: Demands, unit: _Unit, names: Mapping[str, str]) -> Relaxation:
    problem, (sort, number) = demands.problem, demands.sort_of(unit.row)
    cost = unit.cost / SCALE
    if sort in {Sort.PIN, Sort.VETO}:
        need, provider = demands.pair(sort, number)
        give, word = (Give.PIN, "取消指定") if sort is Sort.PIN else (Give.VETO, "撤销否决")
        return Relaxation(give, need, provider, cost, f"{word} ({need}, {provider})")
    if sort is Sort.NEED:
        key = str(problem.need_ids[number])
        return Relaxation(Give.NEED_MIN, key, None, cost, f"需求 {key} 的下限减 1")
    if sort is Sort.PROVIDER:
        key = str(problem.provider_ids[number])
        give, word = (
            (Give.PLACE, "增加 1 个名额") if unit.upper else (Give.PROVIDER_MIN, "的下限减 1")
        )
        return Relaxation(give, key, None, cost, f"资源方 {key} {word}")
    group = problem.groups[number]
    name = names.get(group.id, group.id)
    give, word = (Give.GROUP_MAX, "上限加 1") if unit.upper else (Give.GROUP_MIN, "下限减 1")
    if unit.upper and group.side is Side.PAIR and group.most == 0:
        return Relaxation(give, group.id, None, cost, f"放行 {name} 1 对")
    return Relaxation(give, group.id, None, cost, f"分组 {name} 的{word}")


def refuse_wrong_costs(problem: AssignmentProblem, costs: RelaxCosts) -> None:
    """Do nothing if the costs can be used.

    Raises:
        InvalidInputError: a cost is not a number from 0 to a million, or of an unknown id.
    """
    sides: tuple[tuple[str, Costs, Sequence[str]], ...] = (
        ("needs", costs.need, problem.need_ids.tolist()),
        ("providers", costs.provider, problem.provider_ids.tolist()),
        ("groups", costs.group, [group.id for group in problem.groups]),
    )
    for name, given, known in sides:
        ids = set(known)
        for key, cost in given.items():
            where = f"{name}[{key:.70}].relax_cost"
            if key not in ids:
                raise InvalidInputError(where, "不认识的编号", "本轮中的编号")
            if cost is not None and not 0 <= cost <= MAX_RELAX_COST:
                raise InvalidInputError(where, f"{cost!r:.40} 不可用", f"0 至 {MAX_RELAX_COST:g}")
