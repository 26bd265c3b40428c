"""Replacements cost what the plan says, and the next best plans are those of trying everything."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from quota_oracle import a_limited_problem, try_all
from strategies import a_problem, a_random_problem, with_random_pins

from matching.alternates import Alternate, alternates, alternates_of_all
from matching.assign import assign
from matching.groups import Limits
from matching.objective import worth
from matching.plans import best_plans
from matching.problem import AssignmentProblem
from matching.solvers.kernel import KernelSolver
from peipao.errors import NotFoundError

KERNEL = KernelSolver()


def solvable(start: int, count: int) -> list[AssignmentProblem]:
    """Return problems of all limits that have a solution."""
    drawn = (
        a_limited_problem(np.random.default_rng(number), nested=number % 3 > 0)
        for number in range(start, start + count)
    )
    return [problem for problem in drawn if try_all(problem).best() is not None]


@pytest.mark.parametrize("start", range(0, 120, 40))
def test_every_plan_that_differs_in_one_pair_of_a_need_is_an_alternate(start: int) -> None:
    listed = 0
    for narrow in solvable(start, 40):
        problem = replace(narrow, capacity=narrow.capacity + 1)
        answer = assign(problem, KERNEL)
        before = worth(problem, answer).objective
        made = np.isin(np.arange(len(problem.weight)), answer.pairs)
        right: set[tuple[str, str, str | None, int]] = set()
        for plan, objective in zip(*_plans(problem), strict=True):
            new, gone = np.flatnonzero(plan & ~made), np.flatnonzero(made & ~plan)
            if (
                len(new) != 1
                or len(gone) > 1
                or not set(problem.need[gone]) <= set(problem.need[new])
            ):
                continue
            out = str(problem.provider_ids[problem.provider[gone[0]]]) if len(gone) else None
            need = str(problem.need_ids[problem.need[new[0]]])
            provider = str(problem.provider_ids[problem.provider[new[0]]])
            right.add((need, provider, out, before - int(objective)))
        found = {
            (need, one.provider_id, one.instead_of, round(one.cost * 1e6))
            for need, ranked in alternates_of_all(problem, answer, 99).items()
            for one in ranked
        }
        full = {one for one in right if not _needs_own_place(problem, answer.pairs, one)}
        assert found == full
        assert all(cost >= 0 for *_, cost in found)
        listed += len(found)
    assert listed > 10


def _plans(problem: AssignmentProblem) -> tuple[np.ndarray, np.ndarray]:
    tried = try_all(problem)
    return tried.plans, tried.objective


def _needs_own_place(
    problem: AssignmentProblem, pairs: np.ndarray, one: tuple[str, str, str | None, int]
) -> bool:
    """Tell whether the new provider was full before: then it is no free replacement."""
    at = np.flatnonzero(problem.provider_ids == one[1])[0]
    return bool((problem.provider[pairs] == at).sum() >= problem.capacity[at])


@pytest.mark.parametrize("start", range(0, 90, 30))
def test_the_next_best_plans_are_those_of_trying_everything(start: int) -> None:
    for problem in solvable(start, 30):
        tried = try_all(problem)
        right = np.sort(tried.objective)[::-1][:7].tolist()
        plans = best_plans(problem, 7, KERNEL)
        assert [plan.objective for plan in plans] == right
        assert len({plan.pairs for plan in plans}) == len(plans)
        known = {tuple(np.flatnonzero(plan).tolist()) for plan in tried.plans}
        assert {plan.pairs for plan in plans} <= known
        assert list(plans[0].pairs) == assign(problem, KERNEL).pairs.tolist()


@pytest.mark.parametrize("start", range(0, 200, 100))
def test_the_next_best_plans_of_rounds_without_groups_are_found_on_kept_prices(start: int) -> None:
    listed = 0
    for number in range(start, start + 100):
        dice = np.random.default_rng(number)
        size = int(dice.integers(2, 5)), int(dice.integers(2, 4))
        levels, wanted = int(dice.choice([1, 3, 1000])), int(dice.choice([1, 1, 2]))
        problem = a_random_problem(dice, *size, levels=levels, most_wanted=wanted)
        if number % 2:
            problem = with_random_pins(dice, problem)
        if number % 3 == 0:
            least = (problem.wanted * (dice.random(size[0]) < 0.4)).astype(np.int64)
            limits = Limits(least, np.minimum(problem.capacity, dice.integers(0, 2, size[1])), ())
            problem = replace(problem, limits=limits.or_none())
        tried = try_all(problem)
        if tried.best() is None:
            continue
        right = np.sort(tried.objective)[::-1][:30].tolist()
        plans = best_plans(problem, 30)
        assert [plan.objective for plan in plans] == right
        assert len({plan.pairs for plan in plans}) == len(plans)
        known = {tuple(np.flatnonzero(plan).tolist()) for plan in tried.plans}
        assert {plan.pairs for plan in plans} <= known
        assert list(plans[0].pairs) == assign(problem).pairs.tolist()
        listed += len(plans)
    assert listed > 400


def test_all_plans_of_a_small_round_are_listed_once() -> None:
    problem = a_problem([("n1", "p1", 0.5), ("n2", "p1", 0.5), ("n2", "p2", 0.25)])
    plans = best_plans(problem, 99)
    assert [plan.objective for plan in plans] == [750000, 500000, 500000, 250000, 0]
    assert plans[0].ids(problem) == [("n1", "p1"), ("n2", "p2")]


def test_the_alternates_of_a_need_are_ranked_by_their_cost() -> None:
    pairs = [("n1", "p1", 0.9), ("n1", "p2", 0.3), ("n1", "p3", 0.7), ("n2", "p2", 0.8)]
    problem = a_problem(pairs)
    assert alternates(problem, assign(problem), "n1") == [Alternate("p3", "p1", 0.7, 0.2)]
    wide = replace(problem, capacity=problem.capacity + 1)
    found = alternates(wide, assign(wide), "n1")
    assert [(one.provider_id, one.cost) for one in found] == [("p3", 0.2), ("p2", 0.6)]
    with pytest.raises(NotFoundError, match="n9"):
        alternates(problem, assign(problem), "n9")
