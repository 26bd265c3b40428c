"""Offers from publication to service, over HTTP, by key and by link."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from api_caller import Caller
from trained_city import NOW, Wired
from typing_extensions import override

from peipao.domain.records import FeedbackType
from peipao.domain.states import MatchState, NeedState
from serving.api.app import create_app
from serving.usecases.exactly_once import Call, Reply
from serving.usecases.find_next import FindNext
from serving.wiring import Peipao

LATER = NOW + dt.timedelta(days=30)


@pytest.fixture
def published(peipao: Peipao) -> str:
    """A published round of mentors."""
    key = peipao.run_round("mentor", by="maker")
    peipao.review_round.check(key, by="maker")
    peipao.review_round.approve(key, by="checker")
    peipao.review_round.publish(key, by="checker")
    return key


@pytest.fixture
def staff(peipao: Peipao) -> Caller:
    """Staff who looks after offers."""
    key = peipao.keys("推荐", ["read", "offers"], by="tests").text
    return Caller(create_app(peipao), key=key)


def by_link(staff: Caller, match: str, side: str) -> Caller:
    """Return a caller who holds a link to one side of a match."""
    made = staff.post(f"/v1/matches/{match}/links", json={"side": side})
    assert made.status_code == 201, made.text
    return Caller(staff.app, key=made.json()["text"], address="10.1.2.3")


def offers(staff: Caller, **wanted: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = staff.get("/v1/offers", params=wanted).json()
    return found


def done(answer: Any, status: int = 200) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


def refused(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_both_sides_accept_by_their_links_meet_and_the_ranker_learns_of_it_once(
    staff: Caller, peipao: Peipao, published: str
) -> None:
    match = offers(staff, state="offered")[0]["id"]
    mentor, founder = by_link(staff, match, "provider"), by_link(staff, match, "founder")
    invitation = done(mentor.get("/v1/answer"))
    assert (invitation["match_id"], invitation["state"]) == (match, "offered")
    assert invitation["reasons"]
    assert invitation["other_answered"] is None

    half = done(mentor.post("/v1/answer", json={"accept": True}))
    assert (half["state"], half["accepted_by"]) == ("offered", ["provider"])
    assert done(founder.get("/v1/answer"))["other_answered"] is True
    assert done(founder.post("/v1/answer", json={"accept": True}))["state"] == "accepted"
    early = founder.post("/v1/answer/met", json={"at": "0001-01-01T00:00:00Z"})
    assert refused(early) == (422, "invalid-input")
    assert done(founder.post("/v1/answer/met", json={}))["state"] == "active"
    assert refused(mentor.post("/v1/answer/met", json={})) == (409, "illegal-transition")

    with peipao.store.reading() as tx:
        stored = tx.matches.get(match)
        told = [one for one in tx.feedback.of_need(stored.need_id) if one.match_id == match]
        assert tx.needs.get(stored.need_id).state is NeedState.IN_SERVICE
        notices = [one.event for one in tx.notices.about(f"match:{match}")]
    assert {one.type for one in told} == {
        FeedbackType.ASKED,
        FeedbackType.ACCEPTED,
        FeedbackType.MET,
    }
    assert len(told) == 3
    assert notices.count("offer.made") == 2
    assert {"offer.accepted", "match.accepted", "match.active"} <= set(notices)


def test_a_refusal_goes_to_the_next_who_is_free_and_keeps_the_round(
    staff: Caller, peipao: Peipao, published: str
) -> None:
    before = offers(staff)
    match = before[0]
    mentor = by_link(staff, match["id"], "provider")
    assert refused(mentor.post("/v1/answer", json={"accept": False})) == (422, "invalid-input")
    declined = done(mentor.post("/v1/answer", json={"accept": False, "reason": "not-my-field"}))
    assert (declined["state"], declined["reason"]) == ("declined", "not-my-field")

    shown = done(staff.get(f"/v1/matches/{match['id']}"))
    after = done(staff.get(f"/v1/matches/{shown['vacancy']['filled_by']}"))
    assert shown["vacancy"]["filling"] == "alternate"
    assert (after["need_id"], after["state"]) == (match["need_id"], "offered")
    assert after["instead_of"] == match["id"]
    assert after["provider_id"] != match["provider_id"]
    assert after["round_id"] == published
    others = {one["id"]: one["state"] for one in before[1:]}
    assert {one["id"]: one["state"] for one in offers(staff) if one["id"] in others} == others
    with peipao.store.reading() as tx:
        assert tx.providers.miscounted() == []
    assert peipao.replay_round(published).round_id == published


def test_no_answer_by_the_deadline_counts_and_the_next_is_asked(
    staff: Caller, home: Path, wired: Wired
) -> None:
    made = done(staff.post("/v1/offers", json={"need_id": "n-p0001-mentor"}), 201)
    link = by_link(staff, made["match_id"], "founder")
    done(link.post("/v1/answer", json={"accept": True}))
    later = wired(home, at=LATER)
    assert later.expire_offers(LATER) == 1
    shown = later.show_offers.one(made["match_id"])
    assert (shown.state, shown.ended_reason) == (MatchState.EXPIRED, "no-answer:provider")
    assert shown.vacancy is not None
    assert shown.vacancy.filling == "alternate"
    with later.store.reading() as tx:
        assert tx.matches.get(shown.vacancy.filled_by or "").provider_id != made["provider_id"]
        assert tx.vacancies.still_open() == []
        assert tx.providers.miscounted() == []
    assert later.expire_offers(LATER) == 0


def test_a_link_opens_its_own_match_and_nothing_else(
    staff: Caller, peipao: Peipao, published: str
) -> None:
    one, other = (match["id"] for match in offers(staff, state="offered")[:2])
    founder = by_link(staff, one, "founder")
    for path in ("/v1/offers", f"/v1/matches/{one}", "/v1/rounds", "/v1/policies", "/metrics"):
        assert founder.get(path).status_code == 403
    for path in (f"/v1/matches/{other}/answer", f"/v1/matches/{one}/links", "/v1/offers"):
        assert founder.post(path, json={}).status_code in {403, 422}
    reason = {"places": 0, "reason": "no-time"}
    assert refused(founder.post("/v1/answer/load", json=reason)) == (403, "forbidden")
    assert peipao.show_offers.one(other).answers == ()


def test_a_wrong_an_expired_and_a_revoked_link_open_nothing(
    staff: Caller, peipao: Peipao, published: str, home: Path, wired: Wired
) -> None:
    match = offers(staff, state="offered")[0]["id"]
    made = done(staff.post(f"/v1/matches/{match}/links", json={"side": "founder"}), 201)
    holder = Caller(staff.app, key=made["text"])
    wrong = Caller(staff.app, key=made["text"][:-1] + "x")
    assert wrong.get("/v1/answer").status_code == 401
    later = Caller(create_app(wired(home, at=LATER)), key=made["text"])
    assert later.get("/v1/answer").status_code == 401
    assert holder.get("/v1/answer").status_code == 200
    done(staff.post(f"/v1/links/{made['id']}/revoke"))
    assert holder.get("/v1/answer").status_code == 401
    with peipao.store.reading() as tx:
        assert made["text"] not in repr(tx.links.get(made["id"]))


def test_a_link_that_calls_more_than_a_person_would_is_slowed_down(
    staff: Caller, published: str
) -> None:
    founder = by_link(staff, offers(staff, state="offered")[0]["id"], "founder")
    answers = [founder.get("/v1/answer") for _ in range(31)]
    assert [one.status_code for one in answers] == [200] * 30 + [429]
    assert int(answers[-1].headers["retry-after"]) > 0


def test_an_answer_stands_and_may_be_sent_again(staff: Caller, published: str) -> None:
    match = offers(staff, state="offered")[0]["id"]
    founder = by_link(staff, match, "founder")
    first, again = (founder.post("/v1/answer", json={"accept": True}) for _ in range(2))
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    change = founder.post("/v1/answer", json={"accept": False, "reason": "other"})
    assert refused(change) == (409, "already-answered")


def test_an_ended_match_is_never_made_again(staff: Caller, peipao: Peipao, published: str) -> None:
    match = offers(staff, state="offered")[0]
    for side in ("provider", "founder"):
        done(by_link(staff, match["id"], side).post("/v1/answer", json={"accept": True}))
    done(staff.post(f"/v1/matches/{match['id']}/end", json={"reason": "mismatch"}))
    again = {"need_id": match["need_id"], "provider_id": match["provider_id"]}
    shown = done(staff.get(f"/v1/matches/{match['id']}"))
    assert shown["vacancy"]["filling"] == "alternate"
    done(
        staff.post(
            f"/v1/matches/{shown['vacancy']['filled_by']}/answer",
            json={"side": "provider", "accept": False, "reason": "other"},
        )
    )
    with peipao.store.reading() as tx:
        assert [one.provider_id for one in tx.vetoes.of_need(match["need_id"])] == [
            match["provider_id"]
        ]
        made = [m for m in tx.matches.of_need(match["need_id"]) if m.provider_id]
    assert [m.provider_id for m in made].count(match["provider_id"]) == 1
    assert staff.post("/v1/offers", json=again).status_code == 409


def test_a_paused_mentor_keeps_what_was_accepted_and_passes_the_rest_on(
    staff: Caller, peipao: Peipao, published: str
) -> None:
    busy: dict[str, list[str]] = {}
    for one in offers(staff, state="offered"):
        busy.setdefault(one["provider_id"], []).append(one["id"])
    mentor, (kept, *rest) = next((p, ids) for p, ids in busy.items() if len(ids) > 1)
    link = by_link(staff, kept, "provider")
    done(link.post("/v1/answer", json={"accept": True}))
    said = done(link.post("/v1/answer/pause", json={"reason": "no-time"}))
    assert (said["passed_on"], said["paused"], said["used"]) == (rest, True, 1)
    states = {one["id"]: one for one in offers(staff)}
    assert states[kept]["state"] == "offered"
    assert {states[key]["ended_reason"] for key in rest} == {"paused"}
    with peipao.store.reading() as tx:
        told = [e for key in rest for e in tx.feedback.of_need(states[key]["need_id"])]
        assert [e for e in told if e.match_id in rest] == []
        assert tx.providers.miscounted() == []
    done(staff.post(f"/v1/providers/{mentor}/resume"))


def test_a_smaller_load_lets_the_least_fitting_offer_go(
    staff: Caller, peipao: Peipao, published: str
) -> None:
    busy: dict[str, list[dict[str, Any]]] = {}
    for one in offers(staff, state="offered"):
        busy.setdefault(one["provider_id"], []).append(one)
    mine = next(found for found in busy.values() if len(found) > 1)
    link = by_link(staff, mine[0]["id"], "provider")
    said = done(link.post("/v1/answer/load", json={"places": 1, "reason": "no-time"}))
    least = min(mine, key=lambda one: (one["affinity"], one["id"]))
    assert said["passed_on"] == [least["id"]]
    assert (said["capacity"], said["used"]) == (1, 1)
    more = link.post("/v1/answer/load", json={"places": 3, "reason": "no-time"})
    assert refused(more) == (422, "invalid-input")


def test_a_late_need_gets_a_place_and_no_other_match_changes(
    staff: Caller, peipao: Peipao, published: str
) -> None:
    before = {one["id"]: one["state"] for one in offers(staff)}
    late = {
        "kind": "mentor",
        "id": "late-1",
        "project_id": "p0001",
        "attributes": {"skills": ["first_order"]},
    }
    writer = Caller(staff.app, key=peipao.keys("登记", ["write"], by="tests").text)
    done(writer.post("/v1/needs", json=late), 201)
    key = {"Idempotency-Key": "late-1"}
    made = staff.post("/v1/offers", json={"need_id": "late-1"}, headers=key)
    again = staff.post("/v1/offers", json={"need_id": "late-1"}, headers=key)
    assert done(made, 201)["state"] == "offered"
    assert (again.content, again.headers["idempotent-replayed"]) == (made.content, "true")
    after = {one["id"]: one["state"] for one in offers(staff)}
    assert set(after) - set(before) == {made.json()["match_id"]}
    assert {key: after[key] for key in before} == before
    other = staff.post("/v1/offers", json={"need_id": "n-p0001-mentor"}, headers=key)
    assert refused(other) == (422, "key-reused")
    filled = staff.post("/v1/offers", json={"need_id": "late-1"})
    assert refused(filled) == (409, "need-filled")


@pytest.mark.parametrize("chosen", [True, False], ids=["of choice", "the best"])
def test_a_call_sent_twice_at_once_is_answered_alike_though_the_other_was_faster(
    staff: Caller, peipao: Peipao, published: str, *, chosen: bool
) -> None:
    late = {"kind": "mentor", "id": "late-1", "project_id": "p0001", "attributes": {}}
    writer = Caller(staff.app, key=peipao.keys("登记", ["write"], by="tests").text)
    done(writer.post("/v1/needs", json=late), 201)
    find = peipao.place_need.find
    provider = next(find.now("late-1")).takes.provider_id if chosen else None
    call = Call("tests", key="twice")
    first: list[Reply] = []

    class OtherIsFaster(FindNext):
        """Looks for somebody free once the same call, sent again, has made its offer."""

        @override
        def _question(self, need_id: str, *, alone: bool = False) -> Any:
            if not first:
                first.append(peipao.place_need(need_id, call=call, provider_id=provider))
            return super()._question(need_id, alone=alone)

    parts = {one.name: getattr(find, one.name) for one in dataclasses.fields(find)}
    slow = dataclasses.replace(peipao.place_need, find=OtherIsFaster(**parts))
    again = slow("late-1", call=call, provider_id=provider)
    assert again == dataclasses.replace(first[0], repeated=True)
    with peipao.store.reading() as tx:
        assert len(tx.matches.of_need("late-1")) == 1


def test_the_answer_page_asks_for_no_key_and_lets_nothing_in_from_elsewhere(
    staff: Caller,
) -> None:
    stranger = Caller(staff.app, address="10.9.9.9")
    for path, kind in (("/answer", "text/html"), ("/answer.js", "text/javascript")):
        page = stranger.get(path)
        assert page.status_code == 200
        assert page.headers["content-type"].startswith(kind)
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
        assert page.headers["referrer-policy"] == "no-referrer"
    assert "innerHTML" not in stranger.get("/answer.js").text
