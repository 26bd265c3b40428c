"""No solution: the cheapest way out is what trying everything finds, and none of it can go."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from quota_oracle import try_all
from relax_oracle import a_planted_case, relief_as_by_trying, some_costs
from strategies import a_problem

from matching.assign import assign
from matching.conflict import clash
from matching.giving import Give, Relaxation, relaxed_problem
from matching.groups import RawGroup
from matching.problem import AssignmentProblem
from matching.relax import RelaxCosts, cheapest_relaxations
from matching.solvers.kernel import KernelSolver
from peipao.errors import InvalidInputError

PAIRS = [("n1", "p1", 0.9), ("n2", "p1", 0.8), ("n2", "p2", 0.7)]


@pytest.mark.parametrize("start", range(0, 500, 100))
def test_five_hundred_cases_cost_what_trying_everything_finds_and_nothing_can_go(
    start: int,
) -> None:
    infeasible = 0
    for number in range(start, start + 100):
        problem = a_planted_case(number)
        costs = some_costs(np.random.default_rng(number), problem)
        relief = relief_as_by_trying(problem, costs)
        if relief is None:
            continue
        assert try_all(relaxed_problem(problem, relief.units)).best() is not None
        infeasible += bool(relief.units)
        for at in range(len(relief.units)):
            fewer = [*relief.units[:at], *relief.units[at + 1 :]]
            assert try_all(relaxed_problem(problem, fewer)).best() is None
    assert infeasible > 20


def lifted(problem: AssignmentProblem, word: str) -> AssignmentProblem:
    """Return the problem without the limit of those words, read as staff would read them."""
    sort, key = word.split(" ")[:2]
    if sort in {"否决", "指定"}:
        row = problem.row_of(*word.split("(")[1].removesuffix(")").split(", "))
        here = np.arange(len(problem.weight)) == row
        return replace(problem, vetoed=problem.vetoed & ~here, pinned=problem.pinned & ~here)
    assert problem.limits is not None
    limits, up = problem.limits, "下限" not in word
    if sort == "分组":
        groups = tuple(
            group if group.id != key else replace(group, most=99) if up else replace(group, least=0)
            for group in problem.groups
        )
        return replace(problem, limits=replace(limits, groups=groups))
    if sort == "需求":
        here = problem.need_ids == key
        if up:
            return replace(problem, wanted=np.where(here, 99, problem.wanted))
        return replace(problem, limits=replace(limits, need_min=limits.need_min * ~here))
    here = problem.provider_ids == key
    if up:
        return replace(problem, capacity=np.where(here, 99, problem.capacity))
    return replace(problem, limits=replace(limits, provider_min=limits.provider_min * ~here))


def test_every_link_of_a_chain_is_needed() -> None:
    """Lifting a link alone solves the round wherever the round has no other clash."""
    seen = solved = 0
    for number in range(0, 240, 2):
        problem = a_planted_case(number)
        chain = clash(problem)
        assert (chain is None) == (try_all(problem).best() is not None)
        if chain is not None and chain.missing == 1:
            seen += len(chain.links)
            solved += sum(try_all(lifted(problem, word)).best() is not None for word in chain.links)
    assert seen > 60
    assert solved > 0.5 * seen


def test_a_chain_names_the_needs_the_place_and_the_units_missing() -> None:
    problem = a_problem([("n1", "p1", 0.9), ("n2", "p1", 0.8)], need_min=1)
    chain = clash(problem)
    assert chain is not None
    assert sorted(chain.links) == ["资源方 p1 的名额 1", "需求 n1 的下限 1", "需求 n2 的下限 1"]
    assert (chain.minimal, chain.missing) == (True, 1)
    assert chain.sentence.endswith("不能同时满足,相差 1")


def test_a_need_that_nobody_can_serve_says_why() -> None:
    problem = a_problem(PAIRS, need_min={"n1": 1, "n2": 0}, reservation=0.95)
    chain = clash(problem)
    assert chain is not None
    assert chain.unserved == {"n1": "最高匹配度 0.90 低于保留值 0.95"}


def test_the_cheapest_way_out_follows_the_costs_of_staff() -> None:
    problem = a_problem([("n1", "p1", 0.9), ("n2", "p1", 0.8)], need_min=1)
    cheap_place = RelaxCosts(need={"n1": 2.0, "n2": 2.0}, provider={"p1": 1.5})
    relief = cheapest_relaxations(problem, cheap_place)
    assert relief.units == (Relaxation(Give.PLACE, "p1", None, 1.5, "资源方 p1 增加 1 个名额"),)
    changed = relaxed_problem(problem, relief.units)
    assert len(assign(changed, KernelSolver()).pairs) == 2
    relief = cheapest_relaxations(problem, RelaxCosts(need={"n2": 2.0}, provider={"p1": 2.5}))
    assert [unit.sentence for unit in relief.units] == ["需求 n2 的下限减 1"]


def test_a_pin_against_a_quota_can_be_dropped() -> None:
    group = RawGroup("g1", "need", ["n1"], 0, 0)
    problem = a_problem(PAIRS, pins=[("n1", "p1")], groups=[group])
    relief = cheapest_relaxations(problem, RelaxCosts(need={"n1": 1.0}))
    assert relief.units == (Relaxation(Give.PIN, "n1", "p1", 1.0, "取消指定 (n1, p1)"),)


def test_a_veto_or_a_barrier_between_districts_can_give_way() -> None:
    pairs = [("n1", "p1", 0.9), ("n1", "p2", 0.8), ("n2", "p2", 0.8)]
    group = RawGroup("laoshan-shibei", "pair", [("n1", "p2"), ("n2", "p2")], 0, 0)
    least = {"n1": 1, "n2": 0}
    problem = a_problem(pairs, vetoes=[("n1", "p1")], groups=[group], need_min=least)
    chain = clash(problem)
    assert chain is not None
    assert sorted(chain.links) == [
        "分组 laoshan-shibei 的上限 0",
        "否决 (n1, p1)",
        "需求 n1 的下限 1",
    ]
    both = {"need": {"n1": 2.0}, "group": {"laoshan-shibei": 1.0}}
    relief = cheapest_relaxations(problem, RelaxCosts(**both))
    names = {"laoshan-shibei": "崂山 → 市北"}
    assert [unit.sentence for unit in relief.units] == ["放行 laoshan-shibei 1 对"]
    told = cheapest_relaxations(problem, RelaxCosts(**both), names=names).units
    assert [unit.sentence for unit in told] == ["放行 崂山 → 市北 1 对"]
    changed = relaxed_problem(problem, relief.units)
    assert assign(changed, KernelSolver()).ids(changed) == [("n1", "p2")]
    relief = cheapest_relaxations(problem, RelaxCosts(need={"n1": 0.5}))
    assert {unit.give for unit in relief.units} <= {Give.VETO, Give.NEED_MIN}
    assert relief.cost == 0.5


@pytest.mark.parametrize(
    ("costs", "named"),
    [
        (RelaxCosts(need={"n9": 1.0}), "needs[n9].relax_cost:不认识的编号"),
        (RelaxCosts(provider={"p1": -1.0}), "providers[p1].relax_cost:-1.0 不可用"),
        (RelaxCosts(provider={"p1": float("nan")}), "providers[p1].relax_cost:nan 不可用"),
    ],
)
def test_costs_that_cannot_be_used_are_refused(costs: RelaxCosts, named: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        cheapest_relaxations(a_problem(PAIRS), costs)
    assert named in str(refused.value)
