"""Minimum loads and quotas: exact against trying everything, refused or certified by name."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from quota_oracle import a_limited_problem, try_all
from strategies import a_problem

from matching.assign import assign
from matching.budget import Budget, Progress
from matching.check import check, check_matches
from matching.crossing import Crossing
from matching.digest import digest
from matching.groups import RawGroup
from matching.objective import worth
from matching.problem import AssignmentProblem
from matching.quotas import quota_sets, two_families
from matching.solvers.kernel import KernelSolver
from peipao.errors import InfeasibleError, InvalidInputError

PAIRS = [("n1", "p1", 0.9), ("n1", "p2", 0.2), ("n2", "p1", 0.8), ("n2", "p2", 0.7)]


def solved_as_by_trying(problem: AssignmentProblem, *, lottery: bool) -> bool:
    """Assert that the answer is what trying everything finds; tell whether there is one."""
    tried = try_all(problem)
    if tried.best() is None:
        with pytest.raises(InfeasibleError):
            assign(problem, KernelSolver())
        return False
    answer = assign(problem, KernelSolver())
    assert worth(problem, answer).objective == tried.best()
    assert not lottery or answer.pairs.tolist() == tried.drawn()
    certificate = check(problem, answer)
    assert certificate.problems == ()
    assert certificate.best_bound_units == tried.best()
    return True


@pytest.mark.parametrize("start", range(0, 300, 100))
def test_minimums_and_nested_groups_give_what_trying_everything_gives(start: int) -> None:
    feasible = 0
    for number in range(start, start + 100):
        problem = a_limited_problem(np.random.default_rng(number), nested=True)
        feasible += solved_as_by_trying(problem, lottery=True)
    assert 20 < feasible < 95


@pytest.mark.parametrize("start", range(0, 200, 100))
def test_minimums_alone_give_what_trying_everything_gives(start: int) -> None:
    for number in range(start, start + 100):
        problem = a_limited_problem(np.random.default_rng(number), nested=True)
        if problem.limits is not None:
            limits = replace(problem.limits, groups=()).or_none()
            solved_as_by_trying(replace(problem, limits=limits), lottery=True)


@pytest.mark.parametrize("start", range(0, 200, 100))
def test_crossing_groups_give_the_value_that_trying_everything_gives(start: int) -> None:
    crossing = 0
    for number in range(start, start + 100):
        problem = a_limited_problem(np.random.default_rng(number), nested=False)
        nests = problem.limits is None or two_families(quota_sets(problem)) is not None
        crossing += not nests
        solved_as_by_trying(problem, lottery=nests)
    assert crossing > 10


def test_prices_for_minimums_and_groups_are_found_by_the_checker_itself() -> None:
    proven = 0
    for number in range(60):
        problem = a_limited_problem(np.random.default_rng(number), nested=True)
        best = try_all(problem).best()
        if best is not None and problem.limits is not None:
            answer = replace(assign(problem), duals=None)
            assert check(problem, answer).problems == ()
            proven += 1
    assert proven > 20


def test_worse_plans_and_broken_quotas_are_found_out() -> None:
    for number in range(60):
        problem = a_limited_problem(np.random.default_rng(number), nested=True)
        tried = try_all(problem)
        if tried.best() is None or problem.limits is None:
            continue
        for plan in tried.plans[:: max(len(tried.plans) // 10, 1)]:
            pairs = replace(assign(problem), pairs=np.flatnonzero(plan).astype(np.int32))
            best = worth(problem, pairs).objective == tried.best()
            assert check(problem, pairs).valid == best
            assert check(problem, replace(pairs, duals=None)).valid == best


def test_a_bound_that_prices_alone_do_not_prove_is_told_as_a_claim() -> None:
    """All gains are multiples of one unit, which the search uses and the prices cannot know."""
    problem = a_limited_problem(np.random.default_rng(10_983), nested=False)
    assert solved_as_by_trying(problem, lottery=False)
    certificate = check(problem, assign(problem))
    assert certificate.claimed_bound_units == certificate.objective_units
    assert certificate.gap_units == 50_000


def test_broken_minimums_and_quotas_are_named() -> None:
    groups = [RawGroup("g1", "provider", ["p1"], 0, 0), RawGroup("g2", "need", ["n1", "n2"], 2)]
    problem = a_problem(PAIRS, need_min={"n1": 1, "n2": 0}, provider_min=1, groups=groups)
    found = check_matches(problem, [("n2", "p1")]).problems
    assert found == (
        "需求 n1 只有 0 个对接,低于下限 1",
        "资源方 p2 只有 0 个对接,低于下限 1",
        "分组 g1 有 1 个对接,超过上限 0",
        "分组 g2 只有 1 个对接,低于下限 2",
    )


def test_a_minimum_is_met_even_where_it_costs() -> None:
    problem = a_problem([*PAIRS, ("n3", "p1", 0.1)], need_min={"n1": 0, "n2": 0, "n3": 1})
    assert ("n3", "p1") in assign(problem).ids(problem)


def test_pins_count_towards_the_quota_of_their_group() -> None:
    group = RawGroup("g1", "provider", ["p1", "p2"], 0, 1)
    problem = a_problem(PAIRS, pins=[("n1", "p2")], groups=[group])
    assert assign(problem).ids(problem) == [("n1", "p2")]


def test_an_order_of_groups_and_rows_changes_nothing() -> None:
    groups = [
        RawGroup("g1", "pair", [["n1", "p1"], ["n2", "p2"], ["n2", "p1"]], 0, 1),
        RawGroup("g2", "need", ["n2"], 1),
        RawGroup("g3", "provider", ["p1"], 0, 1),
    ]
    straight = a_problem(PAIRS, groups=groups)
    backward = a_problem(PAIRS[::-1], groups=groups[::-1])
    answers = assign(straight), assign(backward)
    assert answers[0].ids(straight) == answers[1].ids(backward)
    assert digest(straight, answers[0]) == digest(backward, answers[1])


def test_limits_that_ask_nothing_leave_the_problem_as_it_was() -> None:
    assert a_problem(PAIRS, need_min=0, provider_min=0, groups=[]).limits is None


REFUSED = [
    ({"groups": [RawGroup("g 1", "need", ["n1"])]}, "分组编号"),
    ({"groups": [RawGroup("g1", "need", ["n1"])] * 2}, "分组 g1:编号重复"),
    ({"groups": [RawGroup("g1", "team", ["n1"])]}, "分组 g1 的 side:不认识的取值 'team'"),
    ({"groups": [RawGroup("g1", "need", [])]}, "分组 g1 的 members:没有成员"),
    ({"groups": [RawGroup("g1", "need", ["p1"])]}, "分组 g1 的成员 'p1':不认识的编号"),
    ({"groups": [RawGroup("g1", "need", ["n1", "n1"])]}, "分组 g1 的成员 n1:重复出现"),
    ({"groups": [RawGroup("g1", "pair", ["n1"])]}, "分组 g1 的成员 'n1':不是配对"),
    ({"groups": [RawGroup("g1", "pair", [["n1", "p9"]])]}, "分组 g1 的成员 'p9'"),
    ({"groups": [RawGroup("g1", "need", ["n1"], 2, 1)]}, "分组 g1:下限 2 大于上限 1"),
    ({"groups": [RawGroup("g1", "need", ["n1"], -1)]}, "分组 g1 的 min:-1 不可用"),
    ({"groups": [RawGroup("g1", "need", ["n1"], 0, True)]}, "分组 g1 的 max:True 不可用"),
    ({"need_min": 2}, "需求 n1:下限 2 大于名额 1"),
    ({"provider_min": {"p1": 1, "p2": 2}}, "资源方 p2:下限 2 大于名额 1"),
    ({"need_min": -1}, "需求下限 min[n1]:-1 不可用"),
]


@pytest.mark.parametrize(("given", "named"), REFUSED)
def test_limits_that_cannot_be_used_are_refused_by_name(given: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        a_problem(PAIRS, **given)
    assert named in str(refused.value)


def a_hard_round() -> AssignmentProblem:
    """Return a round whose quotas cross in 60 x 60 and that takes branch and bound a while."""
    dice = np.random.default_rng(5)
    pairs = [(f"n{i}", f"p{j}", float(dice.random())) for i in range(60) for j in range(60)]
    listed = [[need, provider] for need, provider, _ in pairs]
    groups = [
        RawGroup(f"g{k}", "pair", [listed[row] for row in dice.permutation(3600)[:400]], 0, 3)
        for k in range(30)
    ]
    return a_problem(pairs, groups=groups)


def test_a_search_that_runs_out_of_time_keeps_the_best_and_says_what_is_left() -> None:
    seen: list[Progress] = []
    problem = a_hard_round()
    answer = assign(problem, budget=Budget(limit_s=1.0, told=seen.append))
    certificate = check(problem, answer)
    assert certificate.problems == ()
    assert certificate.best_bound_units is not None
    assert certificate.best_bound_units >= certificate.objective_units > 0
    assert seen
    assert seen[-1].bound >= (seen[-1].best or 0)


def test_a_slice_under_way_is_left_to_itself_as_soon_as_somebody_stops_the_search() -> None:
    never, answers = threading.Event(), iter([False, False, True])
    assert Budget(cancelled=lambda: next(answers)).while_wanted(never.wait) is None
    never.set()


def test_a_slice_that_nobody_stops_gives_its_answer_or_its_error() -> None:
    assert Budget().while_wanted(lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        Budget().while_wanted(lambda: 1 // 0)


def test_a_search_that_is_stopped_gives_the_best_so_far_and_its_bound() -> None:
    seen: list[Progress] = []
    budget = Budget(limit_s=600.0, told=seen.append, cancelled=lambda: bool(seen))
    certificate = check(a_hard_round(), assign(a_hard_round(), budget=budget))
    assert (certificate.problems, len(seen)) == ((), 1)
    assert certificate.claimed_bound_units is not None
    assert certificate.claimed_bound_units > certificate.objective_units > 0


def test_branch_and_bound_and_the_flow_find_the_same_value() -> None:
    for number in range(40):
        problem = a_limited_problem(np.random.default_rng(number), nested=True)
        tried = try_all(problem).best()
        if tried is None or not problem.groups:
            continue
        sets = quota_sets(problem)
        edges = np.zeros(sets.n_edges, dtype=np.int64), np.ones(sets.n_edges, dtype=np.int64)
        crossing = Crossing(sets.matrix, (sets.least, sets.most), edges)
        gain = problem.gain()
        constant = int((problem.wanted * problem.unmatched_penalty).sum())
        found = crossing.best(gain[sets.rows])
        assert found.value == found.bound
        assert found.value + int(gain[problem.pinned].sum()) - constant == tried
