"""Fair and stable rounds: what trying everything finds, aim by aim."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from quota_oracle import Tried, a_limited_problem, try_all
from strategies import a_problem

from matching.check import check
from matching.fair import assign_by_waiting, assign_leximin, assign_rawls
from matching.objective import worth
from matching.problem import AssignmentProblem
from matching.solvers.kernel import KernelSolver
from matching.stable import Preferences, assign_stable, blocking_pairs, preferences
from peipao.errors import InvalidInputError

KERNEL = KernelSolver()
PAIRS = [("n1", "p1", 0.9), ("n1", "p2", 0.5), ("n2", "p1", 0.8), ("n2", "p2", 0.1)]


def solvable(start: int, count: int) -> list[tuple[AssignmentProblem, Tried]]:
    """Return problems of all limits that have a solution, with every plan."""
    found = []
    for number in range(start, start + count):
        problem = a_limited_problem(np.random.default_rng(number), nested=number % 3 > 0)
        if number % 4 == 0:
            problem = replace(problem, limits=None)
        tried = try_all(problem)
        if tried.best() is not None:
            found.append((problem, tried))
    return found


def first_by(tried: Tried, aims: list[np.ndarray]) -> int:
    """Return the objective of the plans that are best aim after aim."""
    keep = np.ones(len(tried.plans), dtype=np.bool_)
    for aim in (*aims, tried.objective):
        keep &= aim == aim[keep].max()
    return int(tried.objective[keep][0])


def free_plans(problem: AssignmentProblem, tried: Tried) -> np.ndarray:
    """Return bool (n_plans, n_pairs), the pairs of each plan that nobody pinned."""
    free: np.ndarray = tried.plans & ~problem.pinned
    return free


@pytest.mark.parametrize("start", range(0, 120, 40))
def test_rawls_serves_the_most_then_lifts_the_worst_then_the_value(start: int) -> None:
    for problem, tried in solvable(start, 40):
        plans = free_plans(problem, tried)
        worst = np.where(plans, problem.weight, 10**9).min(axis=1, initial=10**9)
        found = assign_rawls(problem, KERNEL)
        right = first_by(tried, [plans.sum(axis=1), worst])
        assert worth(problem, found.assignment).objective == right
        assert round(found.price * 1e6) == (tried.best() or 0) - right
        kept = found.assignment.pairs[~problem.pinned[found.assignment.pairs]]
        assert found.worst == (problem.weight[kept].min() / 1e6 if len(kept) else None)
        certificate = check(problem, found.assignment)
        assert certificate.problems == ()
        assert certificate.best_bound_units == tried.best()


@pytest.mark.parametrize("start", range(0, 80, 40))
def test_leximin_empties_the_lowest_bands_first(start: int) -> None:
    for problem, tried in solvable(start, 40):
        plans = free_plans(problem, tried)
        band = np.minimum(problem.weight * 5 // 10**6, 4)
        aims = [plans.sum(axis=1), *(-(plans & (band == k)).sum(axis=1) for k in range(4))]
        found = assign_leximin(problem, 5, KERNEL)
        assert worth(problem, found.assignment).objective == first_by(tried, aims)


@pytest.mark.parametrize("start", range(0, 80, 40))
def test_those_who_waited_longest_are_served_first(start: int) -> None:
    for problem, tried in solvable(start, 40):
        plans = free_plans(problem, tried)
        waited = {key: at % 3 for at, key in enumerate(problem.need_ids.tolist())}
        level = np.array(list(waited.values()))[problem.need]
        aims = [(plans & (level == k)).sum(axis=1) for k in (2, 1, 0)]
        found = assign_by_waiting(problem, waited, KERNEL)
        assert worth(problem, found.assignment).objective == first_by(tried, aims)


def test_the_worst_is_lifted_at_a_price() -> None:
    problem = a_problem(
        [("n1", "p1", 0.9), ("n1", "p2", 0.4), ("n2", "p1", 0.5), ("n2", "p2", 0.1)]
    )
    found = assign_rawls(problem)
    assert found.assignment.ids(problem) == [("n1", "p2"), ("n2", "p1")]
    assert (found.worst, found.price) == (0.4, 0.1)


def test_a_number_of_bands_out_of_range_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="bands:1 不可用"):
        assign_leximin(a_problem(PAIRS), 1)


def blocks(problem: AssignmentProblem, plan: np.ndarray, wishes: Preferences) -> list[int]:
    """Return the blocking pairs of a plan, one by one as the words say."""
    found = []
    for row in problem.open_rows().tolist():
        if plan[row]:
            continue
        willing = []
        for ends, most, rank in (
            (problem.need, problem.wanted, wishes.of_need),
            (problem.provider, problem.capacity, wishes.of_provider),
        ):
            mine = np.flatnonzero(plan & (ends == ends[row]))
            has_place = len(mine) < most[ends[row]]
            willing.append(
                has_place or any(rank[row] < rank[k] for k in mine if not problem.pinned[k])
            )
        found += [row] * all(willing)
    return found


def some_wishes(dice: np.random.Generator, problem: AssignmentProblem) -> Preferences:
    """Return drawn orders of some needs and providers."""
    needs, providers = problem.need_ids.tolist(), problem.provider_ids.tolist()
    return preferences(
        problem,
        {key: dice.permutation(providers)[:2].tolist() for key in needs if dice.random() < 0.7},
        {key: dice.permutation(needs)[:2].tolist() for key in providers if dice.random() < 0.7},
    )


@pytest.mark.parametrize("start", range(0, 120, 40))
def test_a_stable_round_has_no_blocking_pair_and_no_need_does_better_in_another(start: int) -> None:
    for number in range(start, start + 40):
        dice = np.random.default_rng(number)
        problem = replace(a_limited_problem(dice, nested=True), limits=None)
        wishes = some_wishes(dice, problem)
        found = assign_stable(problem, wishes)
        made = np.isin(np.arange(len(problem.weight)), found.assignment.pairs)
        assert blocks(problem, made, wishes) == []
        assert check(problem, found.assignment).problems == ()
        tried = try_all(problem)
        best = tried.best()
        assert best is not None
        assert round(found.price * 1e6) == best - worth(problem, found.assignment).objective
        if (problem.wanted > 1).any():
            continue
        for plan in tried.plans:
            if not blocks(problem, plan, wishes):
                mine, other = (np.flatnonzero(one) for one in (made, plan))
                assert sorted(problem.need[mine]) == sorted(problem.need[other])
                assert (wishes.of_need[mine] <= wishes.of_need[other]).all()


def test_blocking_pairs_are_those_that_the_words_describe() -> None:
    for number in range(60):
        dice = np.random.default_rng(number)
        problem = replace(a_limited_problem(dice, nested=True), limits=None)
        wishes = some_wishes(dice, problem)
        for plan in try_all(problem).plans[::40]:
            pairs = np.flatnonzero(plan).astype(np.int32)
            assert blocking_pairs(problem, pairs, wishes).tolist() == blocks(problem, plan, wishes)


def test_a_given_order_goes_before_affinity() -> None:
    problem = a_problem(PAIRS)
    wishes = preferences(problem, {"n1": ["p2", "p1"]}, {"p1": ["n2"]})
    plan = assign_stable(problem, wishes)
    assert plan.assignment.ids(problem) == [("n1", "p2"), ("n2", "p1")]
    assert plan.price == 0.0


@pytest.mark.parametrize(
    ("needs", "providers", "named"),
    [
        ({"n9": ["p1"]}, {}, "need_order['n9']:不认识的编号"),
        ({"n1": ["n2"]}, {}, "need_order[n1] 中的 'n2':不认识的编号"),
        ({}, {"p1": ["n1", "n1"]}, "provider_order[p1]:有重复的编号"),
    ],
)
def test_orders_that_cannot_be_used_are_refused_by_name(
    needs: dict[str, list[str]], providers: dict[str, list[str]], named: str
) -> None:
    with pytest.raises(InvalidInputError) as refused:
        preferences(a_problem(PAIRS), needs, providers)
    assert named in str(refused.value)


def test_stability_within_minimums_is_refused() -> None:
    problem = a_problem(PAIRS, need_min=1)
    with pytest.raises(InvalidInputError, match="stable 不支持下限"):
        assign_stable(problem, preferences(problem))
