"""Why this pair, why not that one, and what one more place brings: held against trying."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from strategies import a_problem, a_random_problem, best_by_trying, with_random_pins

from matching.assign import assign
from matching.explain import Ground, PairExplanation, explain_pair, masked
from matching.problem import AssignmentProblem
from matching.sensitivity import one_more_place, one_more_place_each, with_pin, with_veto
from matching.solvers.auto import AutoSolver
from peipao.errors import NotFoundError
from peipao.tables.pairs import EligibilityTable

PAIRS = [("need-1", "p1", 0.9), ("need-2", "p1", 0.4), ("need-2", "p2", 0.1)]


def asked(problem: AssignmentProblem, need: str, provider: str) -> PairExplanation:
    """Return the explanation of a pair in the optimal assignment."""
    return explain_pair(problem, assign(problem), need, provider)


def test_one_more_place_gains_what_a_second_need_would_bring_not_the_price() -> None:
    problem = a_problem([("n1", "p1", 0.9), ("n2", "p1", 0.4)])
    assert one_more_place(problem, "p1") == 0.4


def test_one_more_place_of_an_unknown_provider_is_refused() -> None:
    with pytest.raises(NotFoundError, match="p9"):
        one_more_place(a_problem(PAIRS), "p9")


@pytest.mark.parametrize("start", range(0, 60, 20))
def test_one_more_place_is_what_trying_everything_finds(start: int) -> None:
    for number in range(start, start + 20):
        dice = np.random.default_rng(number)
        problem = a_random_problem(dice, 5, 4, levels=9, most_wanted=2)
        problem = with_random_pins(dice, problem) if number % 2 else problem
        before, _ = best_by_trying(problem)
        each = one_more_place_each(problem, assign(problem, AutoSolver()))
        for row, provider in enumerate(problem.provider_ids.tolist()):
            capacity = problem.capacity + (np.arange(len(problem.capacity)) == row)
            gained = best_by_trying(replace(problem, capacity=capacity))[0] - before
            assert each[row] == gained
            assert round(one_more_place(problem, provider, AutoSolver()) * 1e6) == gained


@pytest.mark.parametrize("start", range(0, 60, 20))
def test_margins_are_what_trying_everything_finds(start: int) -> None:
    for number in range(start, start + 20):
        dice = np.random.default_rng(number)
        problem = a_random_problem(dice, 4, 4, levels=9, most_wanted=2, density=0.9)
        answer = assign(problem, AutoSolver())
        before, _ = best_by_trying(problem)
        for row in range(len(problem.weight)):
            need = str(problem.need_ids[problem.need[row]])
            provider = str(problem.provider_ids[problem.provider[row]])
            found = explain_pair(problem, answer, need, provider, solver=AutoSolver())
            changed = (with_veto if found.made else with_pin)(problem, row)
            assert found.made == (row in answer.pairs)
            assert found.margin is None or (
                round(found.margin * 1e6) == before - best_by_trying(changed)[0]
            )


def test_a_match_tells_its_rank_and_what_it_is_worth() -> None:
    found = asked(a_problem(PAIRS), "need-1", "p1")
    assert (found.made, found.ground, found.rank, found.affinity) == (True, Ground.CHOSEN, 1, 0.9)
    assert found.margin == 0.6
    assert found.sentence == "在合格资源方中排第 1;若不作此配对,总体目标减少 0.6000"


def test_a_full_provider_names_its_holder_masked_and_the_cost() -> None:
    found = asked(a_problem(PAIRS), "need-2", "p1")
    assert (found.made, found.ground, found.holders) == (False, Ground.FULL, ("***-1",))
    assert found.margin == 0.6
    assert "need-1" not in found.sentence
    assert found.sentence == "该资源方的 1 个名额已由 ***-1 占用;若强行配对,总体目标减少 0.6000"


def test_a_pair_better_served_elsewhere_says_so() -> None:
    found = asked(a_problem([("n1", "p1", 0.9), ("n1", "p2", 0.3)]), "n1", "p2")
    assert (found.ground, found.rank, found.margin) == (Ground.BETTER_ELSEWHERE, 2, 0.6)


def test_equals_say_that_the_lottery_decided() -> None:
    problem = a_problem([("n1", "p1", 0.5), ("n2", "p1", 0.5)])
    grounds = {asked(problem, need, "p1").ground for need in ("n1", "n2")}
    assert grounds == {Ground.EQUAL}
    assert "摇号" in asked(problem, "n1", "p1").sentence


def test_a_pinned_match_says_who_decided() -> None:
    found = asked(a_problem(PAIRS, pins=[("need-2", "p1")]), "need-2", "p1")
    assert (found.made, found.ground, found.margin) == (True, Ground.PINNED, None)


def test_a_place_held_by_a_pin_cannot_be_forced() -> None:
    found = asked(a_problem(PAIRS, pins=[("need-2", "p1")]), "need-1", "p1")
    assert (found.ground, found.margin) == (Ground.FULL, None)


def test_other_grounds_for_no_match() -> None:
    vetoed = asked(a_problem(PAIRS, vetoes=[("need-1", "p1")]), "need-1", "p1")
    low = asked(a_problem(PAIRS, reservation=0.2), "need-2", "p2")
    none = asked(a_problem(PAIRS, capacity=0), "need-1", "p1")
    assert vetoed.sentence == "该配对已被工作人员否决"
    assert low.sentence == "匹配度 0.1000 低于需求的保留值 0.2000"
    assert none.sentence == "该资源方本轮未提供名额"


def test_an_ineligible_pair_gives_the_rule_that_excludes_it() -> None:
    problem = a_problem(PAIRS)
    table = EligibilityTable(
        need_ids=problem.need_ids,
        provider_ids=problem.provider_ids,
        excluded_by=np.array([[0, 1], [0, 0]], dtype=np.int16),
        reasons=("服务区域不符",),
    )
    found = explain_pair(problem, assign(problem), "need-1", "p2", eligibility=table)
    assert (found.ground, found.affinity, found.rank) == (Ground.INELIGIBLE, None, None)
    assert found.sentence == "不符合准入条件:服务区域不符"
    assert asked(problem, "need-1", "p2").sentence == "不符合准入条件:该配对未列入本轮合格配对"


@pytest.mark.parametrize(("need", "provider"), [("n9", "p1"), ("need-1", "p9")])
def test_an_unknown_id_is_not_found(need: str, provider: str) -> None:
    with pytest.raises(NotFoundError, match="9"):
        asked(a_problem(PAIRS), need, provider)


def test_a_short_id_is_masked_whole() -> None:
    assert (masked("n1"), masked("need-0042")) == ("***", "***42")
