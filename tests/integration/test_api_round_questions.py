"""Questions about a round over HTTP: every answer is held against a round solved again."""

from __future__ import annotations

from typing import Any

import pytest
from api_caller import Caller

from matching.sensitivity import best_objective, with_pin, with_veto
from serving.api.app import create_app
from serving.api.question_schemas import DecisionOut, OtherPlanOut, TightPlaceOut
from serving.usecases.decided_rounds import DecidedRounds
from serving.usecases.frozen_rounds import FrozenRounds
from serving.wiring import Peipao


@pytest.fixture
def maker(peipao: Peipao) -> Caller:
    """Staff who drafts."""
    scopes = ["read", "rank", "rounds:write"]
    return Caller(create_app(peipao), key=peipao.keys("拟定", scopes, by="tests").text)


def get(caller: Caller, path: str) -> Any:
    """Return the answer's body."""
    answer = caller.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_why_why_not_and_what_else_are_what_solving_again_says(
    maker: Caller, peipao: Peipao
) -> None:
    key = peipao.run_round("mentor", by="tests")
    frozen = FrozenRounds(peipao.settings.home / "rounds")
    decided = DecidedRounds(peipao.store, peipao.catalogue, frozen).get(key)
    problem, best = decided.task.problem, best_objective(decided.task.problem)
    made = decided.assignment.ids(problem)
    need, provider = made[0]
    row = problem.row_of(need, provider)
    assert row is not None

    why = DecisionOut.model_validate(
        get(maker, f"/v1/rounds/{key}/why?need={need}&provider={provider}")
    )
    lost = best - best_objective(with_veto(problem, row))
    assert (why.made, round((why.margin or 0.0) * 1e6)) == (True, lost)
    assert why.contributions

    other = next(
        str(problem.provider_ids[problem.provider[at]])
        for at in problem.open_rows().tolist()
        if problem.need_ids[problem.need[at]] == need
        and str(problem.provider_ids[problem.provider[at]]) != provider
        and problem.capacity[problem.provider[at]] > 0
    )
    row = problem.row_of(need, other)
    assert row is not None
    not_made = DecisionOut.model_validate(
        get(maker, f"/v1/rounds/{key}/why?need={need}&provider={other}")
    )
    lost = best - best_objective(with_pin(problem, row))
    assert (not_made.made, round((not_made.margin or 0.0) * 1e6)) == (False, lost)
    assert all("***" in holder.need for holder in not_made.holders)

    tight = [
        TightPlaceOut.model_validate(one) for one in get(maker, f"/v1/rounds/{key}/bottlenecks")
    ]
    gains = [one.gain for one in tight if one.sort == "provider"]
    assert gains == sorted(gains, reverse=True)
    assert {one.sort for one in tight} <= {"provider", "district"}
    assert all(one.gain > 0 for one in tight)

    plans = [OtherPlanOut.model_validate(one) for one in get(maker, f"/v1/rounds/{key}/plans")]
    assert [one.rank for one in plans] == [1, 2, 3]
    assert (plans[0].cost, plans[0].added, plans[0].dropped) == (0.0, [], [])
    assert plans[1].cost <= plans[2].cost
    assert plans[1].added or plans[1].dropped


def test_a_question_about_nothing_is_refused(maker: Caller, peipao: Peipao) -> None:
    assert maker.get("/v1/rounds/round-none/bottlenecks").status_code == 404
    key = peipao.run_round("mentor", by="tests")
    assert maker.get(f"/v1/rounds/{key}/why?need=n-none&provider=m-none").status_code == 404
