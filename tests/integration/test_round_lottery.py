"""Equals are drawn by a seed that nobody can steer, and nobody draws twice."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from api_caller import Caller
from command_line import Run
from small_city import UNTAUGHT, opened, settle
from trained_city import Wired

from benchmarks.spoilt_sheets import eligible_pairs, honest, reversed_scale, terms
from peipao.domain.lottery import commitment_hash, committed_seed
from peipao.domain.records import Need
from peipao.domain.states import NeedState
from peipao.errors import IllegalTransitionError, InvalidInputError, PreflightBlockedError
from serving.api.app import create_app
from serving.usecases.replay_round import replay_file
from serving.wiring import Peipao

KIND = "mentor"
VALUE = "07 15 22 28 31"


def drawn(peipao: Peipao) -> tuple[str, str]:
    """Promise, close and draw; return the ids of the promise and of the round."""
    promise = peipao.draw_seed.commit(KIND, "某期公开摇奖号码", by="zhao")
    peipao.draw_seed.freeze(promise.id, by="zhao")
    return promise.id, peipao.draw_seed.draw(promise.id, VALUE, by="zhao")


def test_a_promised_seed_follows_from_secret_inputs_and_public_value(peipao: Peipao) -> None:
    key, round_id = drawn(peipao)
    told, made = peipao.draw_seed.of(key), peipao.show_rounds.one(round_id)
    assert told.secret is not None
    assert told.inputs == made.certificate["inputs"]
    assert commitment_hash(told.secret) == told.hash
    assert made.seed == committed_seed(told.secret, str(told.inputs), VALUE)
    assert (told.round_id, made.certificate["seed_from"]) == (round_id, "committed")
    assert peipao.override_finding.list(round_id) == []


def test_a_drawn_round_is_proved_by_its_bundle_alone(peipao: Peipao, tmp_path: Path) -> None:
    _, round_id = drawn(peipao)
    path = tmp_path / "round.jsonl.gz"
    path.write_bytes(peipao.export_bundle(round_id))
    assert replay_file(path).digest == peipao.show_rounds.one(round_id).digest


def test_each_step_is_taken_once_and_in_its_turn(peipao: Peipao) -> None:
    promise = peipao.draw_seed.commit(KIND, "某期公开摇奖号码", by="zhao")
    with pytest.raises(IllegalTransitionError, match="已封存"):
        peipao.draw_seed.draw(promise.id, VALUE, by="zhao")
    peipao.draw_seed.freeze(promise.id, by="zhao")
    with pytest.raises(IllegalTransitionError):
        peipao.draw_seed.freeze(promise.id, by="zhao")
    peipao.draw_seed.draw(promise.id, VALUE, by="zhao")
    with pytest.raises(IllegalTransitionError):
        peipao.draw_seed.draw(promise.id, "另一个值", by="zhao")


def test_what_changes_after_closing_changes_no_drawn_round(peipao: Peipao) -> None:
    promise = peipao.draw_seed.commit(KIND, "某期公开摇奖号码", by="zhao")
    bound = peipao.draw_seed.freeze(promise.id, by="zhao")
    with peipao.store.transaction(who="tests", why="改名额") as tx:
        first = tx.providers.of_kind(KIND)[0]
        tx.providers.update(replace(first, capacity=first.capacity + 5))
        tx.needs.move(tx.needs.open_of_kind(KIND)[0].id, NeedState.CLOSED, reason="withdrawn")
    round_id = peipao.draw_seed.draw(promise.id, VALUE, by="zhao")
    assert peipao.show_rounds.one(round_id).certificate["inputs"] == bound.inputs


@pytest.mark.parametrize("text", ["", "  ", "两\n行", "长" * 201])
def test_a_source_is_one_line_of_words(peipao: Peipao, text: str) -> None:
    with pytest.raises(InvalidInputError):
        peipao.draw_seed.commit(KIND, text, by="zhao")


def test_a_wrong_table_of_scores_is_found_before_the_draw_and_blocks_the_drawn_round(
    peipao: Peipao,
) -> None:
    dice = np.random.default_rng(7)
    wrong = terms(reversed_scale(honest(eligible_pairs(peipao), dice), dice))
    promise = peipao.draw_seed.commit(KIND, "某期公开摇奖号码", by="zhao")
    peipao.draw_seed.freeze(promise.id, by="zhao", terms=wrong)
    drawn_round = peipao.draw_seed.draw(promise.id, VALUE, by="zhao")
    (found,) = peipao.override_finding.list(drawn_round)
    assert found.code == "scores-reversed"
    with pytest.raises(PreflightBlockedError, match="scores-reversed"):
        peipao.review_round.check(drawn_round, by="zhao")


def test_trial_runs_are_counted_in_the_round_and_stand_in_the_ledger(peipao: Peipao) -> None:
    keys = [peipao.run_round(KIND, by="zhao") for _ in range(3)]
    assert [peipao.show_rounds.one(key).certificate["trial"] for key in keys] == [1, 2, 3]
    assert len({peipao.show_rounds.one(key).seed for key in keys}) == 1
    with peipao.store.reading() as tx:
        lines = [line.subject for line in tx.ledger.list(limit=500) if line.verb == "round.draft"]
    assert lines == [f"round:{key}" for key in keys]


def reapplied(peipao: Peipao, need: Need, number: int) -> Need:
    """Withdraw a need and open the same one anew, under another id."""
    fresh = replace(need, id=f"again-{number}-{need.project_id}", version=1)
    with peipao.store.transaction(who="portal", why="撤回重报") as tx:
        tx.needs.move(need.id, NeedState.CLOSED, reason="withdrawn")
        tx.needs.add(fresh)
    return fresh


def test_whoever_withdraws_and_applies_again_keeps_every_place(tmp_path: Path) -> None:
    with opened(tmp_path) as peipao:
        settle(peipao, UNTAUGHT, [KIND])
        with peipao.store.reading() as tx:
            need = tx.needs.open_of_kind(KIND)[0]
        before = by_project(peipao)
        for number in range(4):
            need = reapplied(peipao, need, number)
            assert by_project(peipao) == before


def by_project(peipao: Peipao) -> tuple[str, list[tuple[str, str]], list[tuple[str, int]]]:
    """Return seed, pairs and queue of a round, by project."""
    key = peipao.run_round(KIND, by="zhao")
    with peipao.store.reading() as tx:
        outcomes, matches = tx.rounds.outcomes_of(key), tx.rounds.matches_of(key)
        needs = tx.needs.get_many([one.need_id for one in outcomes])
    project = {need.id: need.project_id for need in needs}
    queue = [(project[one.need_id], one.position) for one in outcomes if one.position is not None]
    pairs = [(project[one.need_id], one.provider_id) for one in matches]
    return peipao.show_rounds.one(key).seed, sorted(pairs), sorted(queue)


def test_the_lottery_goes_over_http(peipao: Peipao) -> None:
    scopes = ["read", "rounds:write"]
    caller = Caller(create_app(peipao), key=peipao.keys("拟定", scopes, by="t").text)
    body = {"kind": KIND, "source": "某期公开摇奖号码"}
    promise = caller.post("/v1/seeds", json=body)
    assert (promise.status_code, promise.json()["secret"]) == (201, None)
    key = promise.json()["id"]
    assert caller.post(f"/v1/seeds/{key}/draw", json={"value": VALUE}).status_code == 409
    assert caller.post(f"/v1/seeds/{key}/freeze", json={}).json()["inputs"]
    made = caller.post(f"/v1/seeds/{key}/draw", json={"value": VALUE})
    assert (made.status_code, made.json()["state"]) == (201, "draft")
    told = caller.get(f"/v1/seeds/{key}").json()
    assert (told["round_id"], told["value"]) == (made.json()["id"], VALUE)
    assert caller.get("/v1/seeds", params={"kind": KIND}).json() == [told]


def test_the_lottery_is_taught_step_by_step_on_the_command_line(run_demo: Run) -> None:
    said = run_demo("round", "commit", KIND, "--source", "某期摇奖号码", "--by", "zhao").out
    key = next(word for word in said.replace(",", " ").split() if word.startswith("seed-"))
    assert f"peipao round freeze {key}" in said
    said = run_demo("round", "freeze", key, "--by", "zhao").out
    assert f"peipao round draw {key}" in said
    done = run_demo("round", "draw", key, "--value", VALUE, "--by", "zhao")
    assert (done.code, "下一步:peipao round check round-" in done.out) == (0, True)
    assert key in run_demo("round", "commitments", KIND).plain


def test_the_inputs_of_a_promise_that_were_touched_are_not_drawn(
    peipao: Peipao, home: Path, wired: Wired
) -> None:
    promise = peipao.draw_seed.commit(KIND, "某期公开摇奖号码", by="zhao")
    peipao.draw_seed.freeze(promise.id, by="zhao")
    path = peipao.export_bundle.frozen.path(promise.id)
    path.write_text(json.dumps({"bundle": 1}), encoding="utf-8")
    answer = Caller(create_app(wired(home))).post(
        f"/v1/seeds/{promise.id}/draw", json={"value": VALUE}
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "check-failed")
    assert peipao.draw_seed.of(promise.id).secret is None
