"""Solving in the background: progress, the answer, and the best so far when asked to stop."""

from __future__ import annotations

import pytest
from api_caller import Caller
from hard_instances import hard_instance

from matching.instance import solve_instance
from serving.api.app import create_app
from serving.api.question_schemas import SolveJobOut
from serving.wiring import Peipao

JOBS = "/v1/assignments/jobs"
SMALL = {
    "needs": [{"id": "n1"}],
    "providers": [{"id": "p1"}],
    "pairs": [{"need": "n1", "provider": "p1", "affinity": 0.5}],
}


def caller(peipao: Peipao, name: str) -> Caller:
    """Return staff of that name."""
    return Caller(create_app(peipao), key=peipao.keys(name, ["read", "rounds:write"], by="t").text)


@pytest.fixture
def maker(peipao: Peipao) -> Caller:
    """Staff who solves."""
    return caller(peipao, "拟定")


def ended(maker: Caller, key: str) -> SolveJobOut:
    """Return the job once it has ended."""
    while True:
        found = SolveJobOut.model_validate(maker.get(f"{JOBS}/{key}?wait_s=20").json())
        if found.state != "running":
            return found


def test_a_job_ends_with_the_answer_that_a_call_would_have_had(maker: Caller) -> None:
    started = maker.post(JOBS, json=SMALL)
    assert started.status_code == 202
    found = ended(maker, started.json()["id"])
    assert (found.state, found.answer) == ("done", solve_instance(SMALL))
    assert not found.cancelled


def test_a_job_that_is_stopped_answers_with_the_best_so_far_and_its_bound(maker: Caller) -> None:
    key = maker.post(JOBS, json=hard_instance()).json()["id"]
    stopped = maker.request("DELETE", f"{JOBS}/{key}").json()
    assert stopped["cancelled"]
    found = ended(maker, key)
    assert found.answer is not None
    assert found.answer["status"] == "bounded"
    assert (found.best or 0.0) <= found.answer["objective_value"] < found.answer["bound"]


def test_a_job_belongs_to_whoever_started_it_and_no_more_run_than_allowed(
    maker: Caller, peipao: Peipao
) -> None:
    hard = {**hard_instance(), "time_limit_s": 20}
    keys = [maker.post(JOBS, json=hard).json()["id"] for _ in "12"]
    full = maker.post(JOBS, json=SMALL)
    assert (full.status_code, full.json()["code"]) == (429, "too-many-solves")
    assert caller(peipao, "别人").get(f"{JOBS}/{keys[0]}").status_code == 404
    assert maker.get(f"{JOBS}/solve-none").status_code == 404
    for key in keys:
        maker.request("DELETE", f"{JOBS}/{key}")
        ended(maker, key)


def test_an_instance_that_cannot_be_used_is_refused_before_it_starts(maker: Caller) -> None:
    answer = maker.post(JOBS, json={**SMALL, "colour": 1})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-input")
