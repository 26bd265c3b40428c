"""The checker accepts optimal assignments and refuses every planted wrong one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from strategies import a_problem, a_random_problem, best_by_trying, with_random_pins

from matching.assign import assign
from matching.check import check, check_matches
from matching.problem import Assignment, AssignmentProblem, Duals
from matching.solvers.auto import AutoSolver
from peipao.errors import CheckFailedError

PAIRS = [("n1", "p1", 0.9), ("n1", "p2", 0.2), ("n2", "p1", 0.8), ("n2", "p2", 0.7)]


def some_problems(count: int, start: int) -> list[AssignmentProblem]:
    """Return random problems of up to 7 x 6, half of them with pins and vetoes."""
    found = []
    for number in range(start, start + count):
        dice = np.random.default_rng(number)
        problem = a_random_problem(
            dice,
            int(dice.integers(2, 8)),
            int(dice.integers(2, 7)),
            levels=int(dice.choice([2, 9, 1000])),
            most_wanted=int(dice.choice([1, 2])),
        )
        found.append(with_random_pins(dice, problem) if number % 2 else problem)
    return found


def without_duals(problem: AssignmentProblem, rows: list[int]) -> Assignment:
    """Return an assignment nobody vouches for."""
    return Assignment(np.array(sorted(rows), dtype=np.int32), None, "hand")


def verdict_by_trying(problem: AssignmentProblem, rows: list[int]) -> bool:
    """Tell by counting and by trying everything whether the rows are an optimal assignment."""
    made = np.array(sorted(rows), dtype=np.int64)
    low = (problem.weight < problem.reservation[problem.need])[made] & ~problem.pinned[made]
    feasible = (
        len(set(rows)) == len(rows)
        and (np.bincount(problem.need[made], minlength=len(problem.wanted)) <= problem.wanted).all()
        and (
            np.bincount(problem.provider[made], minlength=len(problem.capacity)) <= problem.capacity
        ).all()
        and not problem.vetoed[made].any()
        and not low.any()
        and np.isin(np.flatnonzero(problem.pinned), made).all()
    )
    gain = problem.weight + problem.bonus + problem.unmatched_penalty[problem.need]
    value = int(gain[made].sum()) - int((problem.wanted * problem.unmatched_penalty).sum())
    return bool(feasible) and value == best_by_trying(problem)[0]


@pytest.mark.parametrize("start", range(0, 300, 100))
def test_three_hundred_optima_are_accepted_with_given_and_with_own_prices(start: int) -> None:
    for problem in some_problems(100, start):
        answer = assign(problem, AutoSolver())
        objective, _ = best_by_trying(problem)
        given, derived = check(problem, answer), check(problem, replace(answer, duals=None))
        assert (given.problems, derived.problems) == ((), ())
        assert (given.prices, derived.prices) == ("given", "derived")
        assert given.objective_units == given.bound_units == derived.bound_units == objective


@pytest.mark.parametrize("start", range(1000, 1300, 100))
def test_mutants_of_three_hundred_optima_are_judged_as_by_trying_everything(start: int) -> None:
    """Drop a match, add a pair, or move one; with the old prices and without any."""
    judged = {True: 0, False: 0}
    for problem in some_problems(100, start):
        dice = np.random.default_rng(start)
        answer = assign(problem, AutoSolver())
        kept, n_pairs = answer.pairs.tolist(), len(problem.weight)
        others = sorted(set(range(n_pairs)) - set(kept))
        mutants = [[*kept, row] for row in dice.permutation(others)[:2].tolist()]
        mutants += [[r for r in kept if r != row] for row in dice.permutation(kept)[:2].tolist()]
        mutants += [
            [*(r for r in kept if r != out), into]
            for out, into in zip(dice.permutation(kept).tolist(), others, strict=False)
        ]
        for mutant in mutants:
            right = verdict_by_trying(problem, mutant)
            hand = without_duals(problem, mutant)
            assert check(problem, hand).valid == right
            assert check(problem, replace(hand, duals=answer.duals)).valid == right
            judged[right] += 1
    assert judged[False] > 300
    assert judged[True] > 0


def test_a_swap_of_two_is_refused_with_the_pair_that_should_not_be() -> None:
    problem = a_problem(PAIRS)
    swapped = replace(assign(problem), pairs=np.array([1, 2], dtype=np.int32))
    found = check(problem, swapped)
    assert not found.valid
    assert found.problems[0] == "配对 (n1, p2) 按价格不应成立"
    assert found.gap_units == 600_000


def test_a_swap_without_prices_is_refused_as_improvable() -> None:
    found = check_matches(a_problem(PAIRS), [("n1", "p2"), ("n2", "p1")])
    assert found.problems == ("未达最优:存在能提高总体目标的调换",)
    assert (found.bound_units, found.prices) == (None, "none")


def test_a_pair_that_is_not_eligible_is_refused_by_name() -> None:
    problem = a_problem(PAIRS[:3])
    assert "配对 (n2, p2) 不合格" in check_matches(problem, [("n2", "p2")]).problems
    assert "配对 (n7, p2) 不合格" in check_matches(problem, [("n7", "p2")]).problems


def test_too_many_matches_are_refused_on_both_sides() -> None:
    found = check_matches(a_problem(PAIRS), [("n1", "p1"), ("n1", "p2"), ("n2", "p2")])
    assert "需求 n1 有 2 个对接,超过上限 1" in found.problems
    assert "资源方 p2 有 2 个对接,超过上限 1" in found.problems


def test_the_same_match_twice_is_refused() -> None:
    found = check_matches(a_problem(PAIRS), [("n1", "p1"), ("n1", "p1"), ("n2", "p2")])
    assert "配对 (n1, p1) 重复出现" in found.problems


def test_a_vetoed_or_low_pair_is_refused() -> None:
    problem = a_problem(PAIRS, vetoes=[("n1", "p1")], reservation=0.3)
    found = check_matches(problem, [("n1", "p1"), ("n1", "p2")])
    assert "配对 (n1, p1) 已被否决" in found.problems
    assert "配对 (n1, p2) 的匹配度低于需求的保留值" in found.problems


def test_a_pin_that_is_missing_is_named() -> None:
    problem = a_problem(PAIRS, pins=[("n1", "p2")])
    assert check_matches(problem, [("n2", "p1")]).problems == ("指定的配对 (n1, p2) 缺失",)


def test_a_row_that_does_not_exist_is_refused() -> None:
    problem = a_problem(PAIRS)
    assert check(problem, without_duals(problem, [0, 3, 99])).problems == ("配对行号 99 不存在",)


def test_prices_that_prove_nothing_are_refused() -> None:
    problem = a_problem(PAIRS, providers=["p3"])
    answer = assign(problem, AutoSolver())
    assert answer.duals is not None
    zero = Duals(np.zeros(2, dtype=np.int64), np.zeros(3, dtype=np.int64))
    high = replace(answer.duals, provider=answer.duals.provider + np.array([0, 0, 7]))
    negative = Duals(np.full(2, -1), np.full(3, 900_000))
    short = Duals(np.zeros(1, dtype=np.int64), np.zeros(2, dtype=np.int64))
    verdicts = [check(problem, replace(answer, duals=d)) for d in (zero, high, negative, short)]
    assert [found.valid for found in verdicts] == [False] * 4
    assert verdicts[1].problems == ("目标值与上界相差 7 个单位,未达最优",)
    assert verdicts[2].problems == ("对偶价格出现负值",)
    assert "形状" in verdicts[3].problems[0]


def test_a_long_list_of_problems_is_cut_and_counted() -> None:
    problem = a_problem([(f"n{k}", "p1", 0.5) for k in range(60)])
    found = check_matches(problem, [("x", f"y{k}") for k in range(60)])
    assert len(found.problems) == 21
    assert found.problems[-1] == "另有 40 处问题"


def test_a_refused_certificate_raises_with_its_problems() -> None:
    certificate = check_matches(a_problem(PAIRS), [("n1", "p2"), ("n2", "p1")])
    with pytest.raises(CheckFailedError, match="未达最优"):
        certificate.require()
    assert certificate.to_json()["valid"] is False


def test_an_accepted_certificate_lets_pass() -> None:
    problem = a_problem(PAIRS)
    check(problem, assign(problem)).require()
