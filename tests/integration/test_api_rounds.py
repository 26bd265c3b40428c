from __future__ import annotations

import gzip
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from api_caller import Caller

from peipao.domain.records import OutcomeType
from peipao.domain.states import MatchState, NeedState
from serving.api.app import create_app
from serving.api.schemas import MatchesOut, OutcomesOut, RoundOut
from serving.wiring import Peipao


@pytest.fixture
def maker(peipao: Peipao) -> Caller:
    """Staff who drafts and checks."""
    scopes = ["read", "rank", "rounds:write"]
    return Caller(create_app(peipao), key=peipao.keys("拟定", scopes, by="tests").text)


@pytest.fixture
def checker(peipao: Peipao) -> Caller:
    """Other staff who approves and publishes."""
    scopes = ["read", "rounds:write", "rounds:approve", "publish"]
    return Caller(create_app(peipao), key=peipao.keys("审批", scopes, by="tests").text)


def done(caller: Caller, path: str, **body: Any) -> dict[str, Any]:
    """Post and return what the answer says."""
    answer = caller.post(path, json=body)
    assert answer.status_code in {200, 201}, answer.text
    found: dict[str, Any] = answer.json()
    return found


def published(maker: Caller, checker: Caller, kind: str = "mentor") -> dict[str, Any]:
    """Return a round after its whole review."""
    key = done(maker, "/v1/rounds", kind=kind)["id"]
    done(maker, f"/v1/rounds/{key}/check")
    done(checker, f"/v1/rounds/{key}/approve")
    return done(checker, f"/v1/rounds/{key}/publish", why="第一轮")


def need_states(peipao: Peipao, keys: list[str]) -> set[NeedState]:
    with peipao.store.reading() as tx:
        return {need.state for need in tx.needs.get_many(keys)}


def places(peipao: Peipao) -> dict[str, int]:
    with peipao.store.reading() as tx:
        assert tx.providers.miscounted() == []
        return {key: used for key, used in tx.providers.used("mentor").items() if used}


def test_a_draft_pairs_within_the_places_and_every_need_has_an_outcome(
    maker: Caller, peipao: Peipao
) -> None:
    drafted = RoundOut.model_validate(done(maker, "/v1/rounds", kind="mentor"))
    found = MatchesOut.model_validate(maker.get(f"/v1/rounds/{drafted.id}/matches").json())
    told = OutcomesOut.model_validate(maker.get(f"/v1/rounds/{drafted.id}/outcomes").json())
    with peipao.store.reading() as tx:
        waiting = {need.id for need in tx.needs.open_of_kind("mentor")}
        capacity = {one.id: one.capacity for one in tx.providers.of_kind("mentor")}
    given = Counter(match.provider_id for match in found.matches)
    assert all(given[key] <= capacity[key] for key in given)
    assert {one.need_id for one in told.outcomes} == waiting
    paired = {one.need_id for one in told.outcomes if one.type is OutcomeType.PAIRED}
    assert paired == {match.need_id for match in found.matches}
    assert all(match.reasons and match.state is MatchState.PROPOSED for match in found.matches)
    referred = [one for one in told.outcomes if one.type is OutcomeType.REFERRED]
    assert all(one.officer and one.reason for one in referred)
    assert drafted.certificate["valid"] is True
    assert drafted.certificate["gap_units"] == 0
    assert found.model_version == drafted.model_version == "mentor-0001"
    assert {drafted.notice_version, found.notice_version} == {peipao.notice.version}


def test_a_draft_changes_no_need_and_takes_no_place(maker: Caller, peipao: Peipao) -> None:
    drafted = done(maker, "/v1/rounds", kind="mentor")
    keys = [
        one["need_id"]
        for one in maker.get(f"/v1/rounds/{drafted['id']}/outcomes").json()["outcomes"]
    ]
    assert need_states(peipao, keys) <= {NeedState.OPENED, NeedState.ACKNOWLEDGED}
    assert places(peipao) == {}


def test_the_same_inputs_give_the_same_round(maker: Caller) -> None:
    one, other = (done(maker, "/v1/rounds", kind="mentor") for _ in range(2))
    assert one["id"] != other["id"]
    assert (one["digest"], one["seed"]) == (other["digest"], other["seed"])


def test_another_seed_leaves_the_value_of_the_round_as_it_is(maker: Caller) -> None:
    one = done(maker, "/v1/rounds", kind="mentor", seed="甲")
    other = done(maker, "/v1/rounds", kind="mentor", seed="乙")
    assert one["digest"] != other["digest"]
    assert one["figures"]["objective_value"] == other["figures"]["objective_value"]


def test_who_drafted_a_round_cannot_approve_it(checker: Caller, peipao: Peipao) -> None:
    key = done(checker, "/v1/rounds", kind="mentor")["id"]
    done(checker, f"/v1/rounds/{key}/check")
    answer = checker.post(f"/v1/rounds/{key}/approve")
    assert (answer.status_code, answer.json()["code"]) == (403, "maker-is-checker")
    assert checker.get(f"/v1/rounds/{key}").json()["state"] == "checked"


def test_local_staff_without_keys_cannot_approve_their_own_round(client: Caller) -> None:
    key = done(client, "/v1/rounds", kind="mentor")["id"]
    done(client, f"/v1/rounds/{key}/check")
    assert client.post(f"/v1/rounds/{key}/approve").status_code == 403


def test_no_step_of_the_review_can_be_left_out(maker: Caller, checker: Caller) -> None:
    key = done(maker, "/v1/rounds", kind="mentor")["id"]
    for step in ("approve", "publish", "withdraw", "close"):
        answer = checker.post(f"/v1/rounds/{key}/{step}", json={"why": "x"})
        assert (answer.status_code, answer.json()["code"]) == (409, "illegal-transition")


def test_publishing_offers_every_pair_and_takes_its_place(
    maker: Caller, checker: Caller, peipao: Peipao
) -> None:
    round_ = published(maker, checker)
    matches = maker.get(f"/v1/rounds/{round_['id']}/matches").json()["matches"]
    assert {match["state"] for match in matches} == {"offered"}
    assert places(peipao) == Counter(match["provider_id"] for match in matches)
    assert need_states(peipao, [m["need_id"] for m in matches]) == {NeedState.OFFERED}
    outcomes = maker.get(f"/v1/rounds/{round_['id']}/outcomes").json()["outcomes"]
    others = [one["need_id"] for one in outcomes if one["type"] != "paired"]
    assert need_states(peipao, others) <= {NeedState.ACKNOWLEDGED}
    assert round_["created_by"] != round_["approved_by"]


def test_withdrawing_frees_the_places_and_deletes_nothing(
    maker: Caller, checker: Caller, peipao: Peipao
) -> None:
    round_ = published(maker, checker)
    before = maker.get(f"/v1/rounds/{round_['id']}/matches").json()["matches"]
    assert done(checker, f"/v1/rounds/{round_['id']}/withdraw", why="x")["state"] == "withdrawn"
    after = maker.get(f"/v1/rounds/{round_['id']}/matches").json()["matches"]
    assert places(peipao) == {}
    assert {match["state"] for match in after} == {"expired"}
    assert [m["id"] for m in after] == [m["id"] for m in before]
    assert need_states(peipao, [m["need_id"] for m in after]) == {NeedState.ACKNOWLEDGED}


def test_after_a_withdrawal_the_same_pairs_may_be_made_again(
    maker: Caller, checker: Caller
) -> None:
    first = published(maker, checker)
    done(checker, f"/v1/rounds/{first['id']}/withdraw", why="x")
    second = published(maker, checker)
    assert second["digest"] == first["digest"]


def test_a_pair_that_was_declined_is_not_made_again(
    maker: Caller, checker: Caller, peipao: Peipao
) -> None:
    key = published(maker, checker)["id"]
    match = maker.get(f"/v1/rounds/{key}/matches").json()["matches"][0]
    with peipao.store.transaction(who="staff-1", why="导师谢绝") as tx:
        tx.matches.move(match["id"], MatchState.DECLINED, reason="no-time")
        tx.needs.move(match["need_id"], NeedState.ACKNOWLEDGED)
    again = done(maker, "/v1/rounds", kind="mentor")
    made = maker.get(f"/v1/rounds/{again['id']}/matches").json()["matches"]
    pairs = {(one["need_id"], one["provider_id"]) for one in made}
    assert (match["need_id"], match["provider_id"]) not in pairs


def test_a_second_round_gives_only_the_places_that_are_left(
    maker: Caller, checker: Caller, peipao: Peipao
) -> None:
    published(maker, checker)
    body = {
        "name": "后来的项目",
        "stage": "startup",
        "attributes": {"industries": ["marine"], "district": "laoshan"},
        "needs": [{"kind": "mentor"}],
    }
    peipao_writer = Caller(create_app(peipao), key=peipao.keys("登记", ["write"], by="t").text)
    for _ in range(5):
        done(peipao_writer, "/v1/projects", **body)
    published(maker, checker)
    with peipao.store.reading() as tx:
        assert all(one.used <= one.capacity for one in tx.providers.of_kind("mentor"))
        assert tx.providers.miscounted() == []


def test_a_draft_that_the_store_has_overtaken_is_not_checked(
    maker: Caller, checker: Caller
) -> None:
    late = done(maker, "/v1/rounds", kind="mentor")["id"]
    published(maker, checker)
    answer = maker.post(f"/v1/rounds/{late}/check")
    assert (answer.status_code, answer.json()["code"]) == (409, "check-failed")
    assert "不再等待配对" in answer.json()["detail"]
    assert maker.get(f"/v1/rounds/{late}").json()["state"] == "draft"


def test_two_approved_rounds_over_the_same_needs_are_not_both_published(
    maker: Caller, checker: Caller, peipao: Peipao
) -> None:
    keys = [done(maker, "/v1/rounds", kind="mentor")["id"] for _ in range(2)]
    for key in keys:
        done(maker, f"/v1/rounds/{key}/check")
        done(checker, f"/v1/rounds/{key}/approve")
    done(checker, f"/v1/rounds/{keys[0]}/publish")
    held = places(peipao)
    answer = checker.post(f"/v1/rounds/{keys[1]}/publish")
    assert answer.status_code == 409
    assert places(peipao) == held
    assert maker.get(f"/v1/rounds/{keys[1]}").json()["state"] == "approved"


def test_a_frozen_input_that_was_touched_fails_the_check(maker: Caller, home: Path) -> None:
    key = done(maker, "/v1/rounds", kind="mentor")["id"]
    path = home / "rounds" / f"{key}.jsonl.gz"
    text = gzip.decompress(path.read_bytes()).decode("utf-8")
    path.write_bytes(gzip.compress(text.replace('"wanted":1', '"wanted":2', 1).encode("utf-8")))
    answer = maker.post(f"/v1/rounds/{key}/check")
    assert (answer.status_code, answer.json()["code"]) == (409, "check-failed")
    assert "哈希不符" in answer.json()["detail"]


def test_a_match_edited_by_hand_in_the_database_fails_the_check(
    maker: Caller, peipao: Peipao
) -> None:
    key = done(maker, "/v1/rounds", kind="mentor")["id"]
    with peipao.store.engine.begin() as connection:
        table = "matches"
        connection.exec_driver_sql(
            f"DELETE FROM {table} WHERE id = (SELECT MIN(id) FROM {table} WHERE round_id = '{key}')"
        )
    answer = maker.post(f"/v1/rounds/{key}/check")
    assert (answer.status_code, answer.json()["code"]) == (409, "check-failed")


def test_a_replay_gives_the_digest_of_the_round_even_after_publication(
    maker: Caller, checker: Caller, peipao: Peipao
) -> None:
    round_ = published(maker, checker)
    replayed = peipao.replay_round(round_["id"])
    assert replayed.digest == round_["digest"]
    assert replayed.inputs == round_["certificate"]["inputs"]


def test_rounds_are_listed_newest_first_and_by_kind(maker: Caller) -> None:
    keys = [done(maker, "/v1/rounds", kind=kind)["id"] for kind in ("mentor", "service_officer")]
    listed = [one["id"] for one in maker.get("/v1/rounds").json()]
    only = [one["id"] for one in maker.get("/v1/rounds", params={"kind": "mentor"}).json()]
    assert set(listed) == set(keys)
    assert only == keys[:1]


def test_the_ledger_names_who_did_each_step_and_its_chain_holds(
    maker: Caller, checker: Caller, peipao: Peipao
) -> None:
    key = published(maker, checker)["id"]
    with peipao.store.reading() as tx:
        steps = [
            (line.verb, line.payload.get("to"), line.who)
            for line in tx.ledger.about(f"round:{key}")
        ]
    made, approved = steps[0][2], steps[-1][2]
    assert [step[:2] for step in steps if step[0] == "round.move"] == [
        ("round.move", "checked"),
        ("round.move", "approved"),
        ("round.move", "published"),
    ]
    assert made != approved
    assert made.startswith("key:")
    assert peipao.verify_books().miscounted == ()
