"""A call from the list to the award: bids by link, marks, two persons, reasons, and a recount."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from api_caller import Caller
from trained_city import NOW, Wired

from matching.recompute import differences
from peipao.domain.records import Provider
from serving.api.app import create_app
from serving.wiring import Peipao

CLOSES = NOW + dt.timedelta(days=7)
AFTER = CLOSES + dt.timedelta(hours=1)
NEED = "n-p0001-mentor"


def caller(peipao: Peipao, *scopes: str) -> Caller:
    return Caller(create_app(peipao), key=peipao.keys("榜", list(scopes), by="tests").text)


def done(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()


def refused(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def eligible(peipao: Peipao, need: str, count: int) -> list[Provider]:
    """Return mentors who may take a need, the least fitting first."""
    ranked = peipao.rank.need(need, 100).matches
    assert len(ranked) > count
    with peipao.store.reading() as tx:
        return [tx.providers.get(one.provider_id) for one in reversed(ranked)][:count]


def by_link(staff: Caller, provider: str) -> Caller:
    made = done(staff.post(f"/v1/providers/{provider}/links"), 201)
    return Caller(staff.app, key=made["text"], address="10.1.2.3")


@pytest.fixture
def staff(peipao: Peipao) -> Caller:
    return caller(peipao, "read", "offers", "calls", "rounds:write")


@pytest.fixture
def call(staff: Caller) -> str:
    body = {
        "kind": "mentor",
        "title": "海洋装备首单突破",
        "need_ids": [NEED],
        "closes_at": CLOSES.isoformat(),
        "rule": {"affinity": 10, "strength": 90, "results": 0, "waiting": 0, "floor": 5},
    }
    return str(done(staff.post("/v1/calls", json=body), 201)["id"])


def a_bid(bidder: Caller, call: str, plan: str = "每月两次上门") -> Any:
    return bidder.post("/v1/answer/bids", json={"call_id": call, "need_id": NEED, "plan": plan})


def test_a_call_is_won_by_the_published_rule_and_the_loser_is_told_why(
    staff: Caller, call: str, peipao: Peipao, home: Path, wired: Wired
) -> None:
    first, second = eligible(peipao, NEED, 2)
    bidders = [by_link(staff, one.id) for one in (first, second)]
    bids = [done(a_bid(bidder, call), 201)["bid_id"] for bidder in bidders]
    listed = done(bidders[0].get("/v1/answer/calls"))
    assert [(one["id"], one["needs"][0]["n_bids"]) for one in listed] == [(call, 2)]
    done(staff.post(f"/v1/bids/{bids[0]}/mark", json={"mark": 90}))
    done(staff.post(f"/v1/bids/{bids[1]}/mark", json={"mark": 60}))
    assert refused(staff.post(f"/v1/calls/{call}/award")) == (422, "invalid-input")

    later = wired(home, at=AFTER)
    maker = caller(later, "read", "calls", "rounds:write", "publish")
    assert refused(maker.get(f"/v1/calls/{call}/award")) == (409, "illegal-transition")
    done(maker.post(f"/v1/calls/{call}/award"))
    own = maker.post(f"/v1/calls/{call}/publish")
    assert refused(own) == (403, "maker-is-checker")
    assert own.json()["detail"].startswith(f"榜单 '{call}'")
    checker = caller(later, "read", "publish", "offers")
    assert done(checker.post(f"/v1/calls/{call}/publish"))["state"] == "awarded"

    award = done(checker.get(f"/v1/calls/{call}/award"))
    assert (award["awarded"], [one["reason"] for one in award["lost"]]) == (
        [bids[0]],
        ["outscored"],
    )
    assert differences(award) == []
    with later.store.reading() as tx:
        (match,) = tx.matches.of_need(NEED)
        loser = tx.notices.about(f"bid:{bids[1]}")
    assert match.provider_id == first.id
    assert later.show_offers.one(match.id).answers[0].side == "provider"
    assert [(one.event, one.params["reason"]) for one in loser] == [("bid.lost", "outscored")]
    bids_of_loser = done(by_link(checker, second.id).get("/v1/answer/bids"))
    assert (bids_of_loser[0]["result"], bids_of_loser[0]["marks"]) == (
        "outscored",
        {"reviewer-1": 60},
    )

    no = {"side": "founder", "accept": False, "reason": "prefers-other"}
    done(checker.post(f"/v1/matches/{match.id}/answer", json=no))
    with later.store.reading() as tx:
        runner_up = tx.matches.of_need(NEED)
    assert {one.provider_id: one.state.value for one in runner_up} == {
        first.id: "declined",
        second.id: "offered",
    }


def test_a_conflict_of_interest_cannot_bid(staff: Caller, call: str, peipao: Peipao) -> None:
    (mentor,) = eligible(peipao, NEED, 1)
    with peipao.store.transaction(who="tests", why="x") as tx:
        project = tx.projects.get("p0001")
        tx.providers.update(replace(mentor, organisation=project.name))
    answer = a_bid(by_link(staff, mentor.id), call)
    assert refused(answer) == (409, "not-eligible")
    assert "同一单位" in answer.json()["detail"]


def test_a_bid_stands_once_is_private_and_can_be_taken_back_by_its_bidder_alone(
    staff: Caller, call: str, peipao: Peipao
) -> None:
    first, second = eligible(peipao, NEED, 2)
    mine, other = by_link(staff, first.id), by_link(staff, second.id)
    bid = done(a_bid(mine, call, "机密方案"), 201)["bid_id"]
    again = a_bid(mine, call)
    assert refused(again) == (409, "already-exists")
    assert bid in again.json()["detail"]
    assert done(other.get("/v1/answer/bids")) == []
    assert mine.get(f"/v1/calls/{call}/bids").status_code == 403
    assert "机密方案" not in caller(peipao, "read").get(f"/v1/calls/{call}").text
    assert refused(other.post(f"/v1/answer/bids/{bid}/withdraw")) == (403, "forbidden")
    assert done(mine.post(f"/v1/answer/bids/{bid}/withdraw"))["withdrawn"] is True


def test_whoever_has_bid_is_told_when_the_call_is_cancelled(
    staff: Caller, call: str, peipao: Peipao
) -> None:
    first, second = eligible(peipao, NEED, 2)
    stays, left = by_link(staff, first.id), by_link(staff, second.id)
    bid, gone = (done(a_bid(one, call), 201)["bid_id"] for one in (stays, left))
    done(left.post(f"/v1/answer/bids/{gone}/withdraw"))
    done(staff.post(f"/v1/calls/{call}/cancel", json={"why": "需求已撤回"}))
    with peipao.store.reading() as tx:
        told = [(one.to, one.event) for one in tx.notices.about(f"bid:{bid}", f"bid:{gone}")]
    assert told == [(f"provider:{first.id}", "bid.cancelled")]
    assert done(stays.get("/v1/answer/bids"))[0]["words"] == "榜单已取消"


def test_nothing_is_taken_after_the_end_and_nobody_marks_a_bid_of_their_own(
    staff: Caller, call: str, peipao: Peipao, home: Path, wired: Wired
) -> None:
    first, second = eligible(peipao, NEED, 2)
    plan = {"need_id": NEED, "provider_id": first.id, "plan": "代为登记"}
    bid = done(staff.post(f"/v1/calls/{call}/bids", json=plan), 201)["bid_id"]
    own = staff.post(f"/v1/bids/{bid}/mark", json={"mark": 100})
    assert refused(own) == (403, "maker-is-checker")
    late = caller(wired(home, at=AFTER), "read", "calls", "rounds:write")
    body = {**plan, "provider_id": second.id}
    assert refused(late.post(f"/v1/calls/{call}/bids", json=body)) == (409, "call-closed")
    assert refused(late.post(f"/v1/bids/{bid}/withdraw")) == (409, "call-closed")
    unmarked = late.post(f"/v1/calls/{call}/award")
    assert refused(unmarked) == (422, "invalid-input")
    assert bid in unmarked.json()["detail"]


def test_a_bid_sent_again_under_its_key_after_the_end_is_answered_as_at_first(
    staff: Caller, call: str, peipao: Peipao, home: Path, wired: Wired
) -> None:
    (mentor,) = eligible(peipao, NEED, 1)
    path, key = f"/v1/calls/{call}/bids", {"Idempotency-Key": "bid-1"}
    body = {"need_id": NEED, "provider_id": mentor.id, "plan": "每月两次上门"}
    bid = staff.post(path, json=body, headers=key)
    done(bid, 201)
    late = Caller(create_app(wired(home, at=AFTER)), key=staff.key)
    again = late.post(path, json=body, headers=key)
    assert (again.content, again.headers["idempotent-replayed"]) == (bid.content, "true")
    assert refused(late.post(path, json=body)) == (409, "call-closed")


@pytest.mark.parametrize(
    "change",
    [
        {"need_ids": ["nobody"]},
        {"kind": "space"},
        {"closes_at": (NOW - dt.timedelta(days=1)).isoformat()},
        {"rule": {"affinity": 90}},
    ],
)
def test_a_call_that_cannot_be_is_refused(staff: Caller, change: dict[str, Any]) -> None:
    body = {
        "kind": "mentor",
        "title": "榜",
        "need_ids": [NEED],
        "closes_at": CLOSES.isoformat(),
    }
    assert staff.post("/v1/calls", json={**body, **change}).status_code in {404, 422}
    assert json.loads(staff.get("/v1/calls").text) == []
