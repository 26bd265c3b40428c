"""What-if questions: every answer equals what trying everything finds with the change made."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from quota_oracle import a_limited_problem, try_all
from strategies import a_problem

from matching.assign import assign
from matching.explain import Ground, explain_pair
from matching.groups import RawGroup
from matching.obstacles import Hindrance, obstacles
from matching.places import (
    bottlenecks,
    one_more_among,
    one_more_in_group,
    one_place_less,
    with_places,
    with_quota,
)
from matching.problem import AssignmentProblem
from matching.sensitivity import one_more_place, with_pin, with_veto
from matching.solvers.kernel import KernelSolver
from peipao.errors import InfeasibleError, NotFoundError

KERNEL = KernelSolver()
PAIRS = [("n1", "p1", 0.9), ("n2", "p1", 0.4), ("n2", "p2", 0.1)]


def solvable(start: int, count: int) -> list[AssignmentProblem]:
    """Return problems with minimums and groups that have a solution."""
    found = []
    for number in range(start, start + count):
        problem = a_limited_problem(np.random.default_rng(number), nested=number % 3 > 0)
        if try_all(problem).best() is not None:
            found.append(problem)
    return found


def gained(problem: AssignmentProblem, changed: AssignmentProblem) -> int:
    """Return by trying what a change gains."""
    before, after = try_all(problem).best(), try_all(changed).best()
    assert before is not None
    assert after is not None
    return after - before


@pytest.mark.parametrize("start", range(0, 300, 100))
def test_one_place_more_or_less_is_what_trying_everything_finds(start: int) -> None:
    for problem in solvable(start, 100):
        for provider in problem.provider_ids.tolist()[:1]:
            more = one_more_place(problem, provider, KERNEL)
            assert round(more * 1e6) == gained(problem, with_places(problem, provider, 1))
            less = one_place_less(problem, provider, KERNEL)
            try:
                fewer = with_places(problem, provider, -1)
            except InfeasibleError:
                assert less is None
                continue
            tried = try_all(fewer).best()
            assert (less is None) == (tried is None)
            assert less is None or round(less * 1e6) == -gained(problem, fewer)
        for group in problem.groups[:1]:
            more = one_more_in_group(problem, group.id, KERNEL)
            assert round(more * 1e6) == gained(problem, with_quota(problem, group.id, 1))


@pytest.mark.parametrize("start", range(0, 120, 60))
def test_the_list_of_bottlenecks_is_what_trying_everything_finds(start: int) -> None:
    for problem in solvable(start, 60):
        answer = assign(problem, KERNEL)
        tried = [
            (-gained(problem, with_places(problem, key, 1)), False, key)
            for key in problem.provider_ids.tolist()
        ]
        tried += [
            (-gained(problem, with_quota(problem, group.id, 1)), True, group.id)
            for group in problem.groups
        ]
        right = sorted(one for one in tried if one[0] < 0)[:3]
        found = bottlenecks(problem, answer, 3, KERNEL)
        assert [(-round(one.gain * 1e6), one.group, one.id) for one in found] == right


def test_one_more_place_of_a_district_is_the_best_among_its_providers() -> None:
    problem = a_problem([*PAIRS, ("n3", "p2", 0.5)])
    answer = assign(problem)
    found = one_more_among(problem, answer, ["p2"])
    assert found is not None
    assert (found.id, found.gain) == ("p2", 0.1)
    assert one_more_among(problem, answer, []) is None


@pytest.mark.parametrize("start", range(0, 120, 60))
def test_margins_and_flips_hold_within_limits(start: int) -> None:
    for problem in solvable(start, 60):
        answer, before = assign(problem, KERNEL), try_all(problem).best()
        assert before is not None
        for row in range(len(problem.weight)):
            need = str(problem.need_ids[problem.need[row]])
            provider = str(problem.provider_ids[problem.provider[row]])
            found = explain_pair(problem, answer, need, provider, solver=KERNEL)
            if found.ground in {Ground.PINNED, Ground.VETOED, Ground.RESERVATION}:
                continue
            if found.margin is None:
                continue
            changed = try_all((with_veto if found.made else with_pin)(problem, row)).best()
            assert changed is not None
            assert round(found.margin * 1e6) == before - changed
            assert found.flip is not None
            step = round(found.flip * 1e6) * (-1 if found.made else 1)
            bonus = problem.bonus + step * (np.arange(len(problem.bonus)) == row)
            flipped = try_all(replace(problem, bonus=bonus))
            best = flipped.plans[flipped.objective == flipped.best()]
            assert (best[:, row] != found.made).all()


@pytest.mark.parametrize("start", range(0, 80, 40))
def test_every_obstacle_is_verified_by_taking_it_away(start: int) -> None:
    decisive = 0
    for problem in solvable(start, 40):
        answer = assign(problem, KERNEL)
        rows = np.setdiff1d(np.arange(len(problem.weight)), answer.pairs).tolist()
        for row in rows[:2]:
            for found in obstacles(problem, answer, row, KERNEL):
                assert found.after is not None
                assert found.before is None or found.after < found.before
                if found.sort is Hindrance.CAPACITY:
                    changed = try_all(with_places(problem, found.id, 1))
                elif found.sort is Hindrance.QUOTA:
                    changed = try_all(with_quota(problem, found.id, 1))
                else:
                    continue
                best = changed.plans[changed.objective == changed.best()]
                assert found.decisive == bool(best[:, row].any())
                decisive += found.decisive
    assert decisive > 1


def test_a_veto_a_low_affinity_and_a_pin_are_named() -> None:
    problem = a_problem(PAIRS, vetoes=[("n1", "p1")])
    found = obstacles(problem, assign(problem), 0)
    assert [one.sentence for one in found] == ["若撤销人工否决,即可配对"]
    problem = a_problem(PAIRS, reservation=0.95)
    found = obstacles(problem, assign(problem), 0)
    assert [one.sentence for one in found] == ["若保留值降到该配对的匹配度,即可配对"]
    problem = a_problem(PAIRS, pins=[("n2", "p1")])
    found = obstacles(problem, assign(problem), 0)
    assert [(one.sort, one.decisive) for one in found] == [
        (Hindrance.CAPACITY, True),
        (Hindrance.PIN, True),
    ]


def test_a_pair_that_a_minimum_requires_or_a_quota_forbids_says_so() -> None:
    problem = a_problem(PAIRS, need_min={"n1": 1, "n2": 0})
    found = explain_pair(problem, assign(problem), "n1", "p1")
    assert (found.ground, found.flip) == (Ground.REQUIRED, None)
    problem = a_problem(PAIRS, capacity=3, groups=[RawGroup("g", "pair", [["n1", "p1"]], 0, 0)])
    found = explain_pair(problem, assign(problem), "n1", "p1")
    assert found.ground is Ground.LIMITS
    assert found.sentence == "若强行配对,上下限无法满足"


def test_an_unknown_provider_or_group_is_not_found() -> None:
    problem = a_problem(PAIRS)
    with pytest.raises(NotFoundError, match="p9"):
        one_place_less(problem, "p9")
    with pytest.raises(NotFoundError, match="g9"):
        one_more_in_group(problem, "g9")
