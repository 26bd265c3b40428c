"""Change little: the frontier is what trying everything finds, and no change is the old plan."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from quota_oracle import a_limited_problem, try_all
from strategies import a_problem

from matching.assign import assign
from matching.changes import after_decline, fewest_changes, frontier, replan
from matching.problem import AssignmentProblem
from matching.sensitivity import with_veto
from matching.solvers.kernel import KernelSolver
from peipao.errors import InfeasibleError, InvalidInputError, NotFoundError

PAIRS = [("n1", "p1", 0.9), ("n1", "p2", 0.8), ("n2", "p1", 0.7), ("n2", "p2", 0.1)]
OLD = [("n1", "p1"), ("n2", "p2")]


def a_case(number: int) -> tuple[AssignmentProblem, list[tuple[str, str]]]:
    """Return a problem with a solution, and one of its plans (not always kept eligible)."""
    dice = np.random.default_rng(number)
    while True:
        problem = a_limited_problem(dice, nested=number % 2 == 0)
        tried = try_all(problem)
        if tried.best() is not None:
            break
    plan = np.flatnonzero(tried.plans[dice.integers(len(tried.plans))])
    needs = problem.need_ids[problem.need[plan]].tolist()
    previous = list(zip(needs, problem.provider_ids[problem.provider[plan]].tolist(), strict=True))
    if previous and dice.random() < 0.3:
        vetoed = problem.vetoed.copy()
        row = problem.row_of(*previous[0])
        assert row is not None
        vetoed[row] = not problem.pinned[row]
        problem = replace(problem, vetoed=vetoed)
    return problem, previous


def changes_by_counting(
    problem: AssignmentProblem, previous: list[tuple[str, str]]
) -> tuple[np.ndarray, np.ndarray]:
    """Return changes and objective of every plan, counted need by need."""
    tried = try_all(problem)
    total = np.zeros(len(tried.plans), dtype=np.int64)
    for at, key in enumerate(problem.need_ids.tolist()):
        mine = {provider for need, provider in previous if need == key}
        of_need = problem.need == at
        was = np.isin(problem.provider_ids[problem.provider], sorted(mine)) & of_need
        now, kept = tried.plans[:, of_need].sum(axis=1), tried.plans[:, was].sum(axis=1)
        total += np.maximum(now, len(mine)) - kept
    return total, tried.objective


@pytest.mark.parametrize("start", range(0, 120, 30))
def test_the_best_plan_for_each_number_of_changes_is_what_trying_everything_finds(
    start: int,
) -> None:
    for number in range(start, start + 30):
        problem, previous = a_case(number)
        changes, objective = changes_by_counting(problem, previous)
        if not len(changes):
            continue
        assert fewest_changes(problem, previous) == changes.min()
        for allowed in range(4):
            inside = changes <= allowed
            if not inside.any():
                with pytest.raises(InfeasibleError, match=f"至少需要 {changes.min()} 处"):
                    replan(problem, previous, max_changes=allowed)
                continue
            found = replan(problem, previous, max_changes=allowed)
            assert found.objective == found.bound == objective[inside].max()
            best = inside & (objective == found.objective)
            assert found.changes == changes[best].min()


@pytest.mark.parametrize("start", range(0, 60, 30))
def test_a_cost_of_change_is_weighed_exactly(start: int) -> None:
    for number in range(start, start + 30):
        problem, previous = a_case(number)
        changes, objective = changes_by_counting(problem, previous)
        if len(changes):
            found = replan(problem, previous, change_cost=0.15)
            worth = objective - 150_000 * changes
            assert found.objective - 150_000 * found.changes == worth.max()
            assert found.bound == worth.max()


@pytest.mark.parametrize("number", range(12))
def test_the_frontier_rises_and_ends_at_the_optimum(number: int) -> None:
    problem, previous = a_case(number)
    changes, objective = changes_by_counting(problem, previous)
    if not len(changes):
        return
    exact = frontier(problem, previous, 10)
    priced = frontier(problem, previous, 0)
    for plan in (*exact, *priced):
        assert plan.objective == objective[changes <= plan.changes].max()
    for plans in (exact, priced):
        assert [p.changes for p in plans] == sorted({p.changes for p in plans})
        assert plans[-1].objective == objective.max()


def test_no_change_gives_the_old_plan_bit_for_bit() -> None:
    problem = a_problem(PAIRS)
    found = replan(problem, OLD, max_changes=0)
    assert found.assignment.ids(problem) == OLD
    assert (found.changes, found.objective) == (0, 1_000_000)
    assert replan(problem, OLD, max_changes=2).assignment.ids(problem) == [
        ("n1", "p2"),
        ("n2", "p1"),
    ]


def test_without_limit_and_cost_the_value_is_that_of_a_fresh_round() -> None:
    for number in range(30):
        problem, previous = a_case(number)
        if try_all(problem).best() is not None:
            fresh = try_all(problem).best()
            assert replan(problem, previous).objective == fresh


def test_one_decline_changes_at_most_one_other_place() -> None:
    for number in range(40):
        dice = np.random.default_rng(number)
        problem = replace(a_limited_problem(dice, nested=True), limits=None)
        old = assign(problem, KernelSolver()).ids(problem)
        if not old:
            continue
        declined = old[0]
        found = after_decline(problem, old, declined)
        row = problem.row_of(*declined)
        assert row is not None
        changes, objective = changes_by_counting(with_veto(problem, row), old)
        assert declined not in found.assignment.ids(problem)
        assert found.changes <= 2
        assert found.objective == objective[changes <= 2].max()


def test_what_cannot_be_used_is_refused_by_name() -> None:
    problem = a_problem(PAIRS)
    with pytest.raises(InvalidInputError, match="previous 'n9':不认识的需求编号"):
        replan(problem, [("n9", "p1")])
    with pytest.raises(InvalidInputError, match="previous:有重复的配对"):
        replan(problem, [*OLD, OLD[0]])
    with pytest.raises(NotFoundError, match="n1/p9"):
        after_decline(problem, OLD, ("n1", "p9"))
