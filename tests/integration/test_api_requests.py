"""The portal acts for founders, staff act for the office, and neither for the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from api_caller import Caller
from needs_office import Office, open_office

from serving.api.app import create_app

REQUEST = {"project_id": "p1", "source_id": "Q-1", "words": "找导师", "needs": [{"kind": "mentor"}]}


@dataclass(frozen=True)
class Desk:
    """An office with a caller of each sort."""

    office: Office
    portal: Caller
    staff: Caller
    chief: Caller


@pytest.fixture
def desk(tmp_path: Path, sqlite_url: str) -> Iterator[Desk]:
    """An office on a Monday morning, with keys for the portal, staff and two chiefs."""
    with open_office(tmp_path / "home", sqlite_url) as office:
        caller = Caller(create_app(office.peipao))
        make = office.peipao.keys
        yield Desk(
            office,
            replace(caller, key=make("门户", ["portal"], by="admin").text),
            replace(caller, key=make("工作人员", ["read", "write"], by="admin").text),
            replace(caller, key=make("负责人", ["read", "publish"], by="admin").text),
        )


def submitted(desk: Desk, **changes: Any) -> dict[str, Any]:
    """Submit a request through the portal and return the answer."""
    answer = desk.portal.post("/v1/requests", json={**REQUEST, **changes})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_founder_submits_follows_comments_and_withdraws_through_the_portal(desk: Desk) -> None:
    made = submitted(desk)
    need = made["need_ids"][0]
    mine = {"project_id": "p1"}
    followed = desk.portal.get(f"/v1/requests/{made['id']}", params=mine).json()
    assert [(one["state"], one["owner"]) for one in followed["needs"]] == [("opened", "o1")]
    said = desk.portal.post(f"/v1/needs/{need}/comments", json={"words": "急", **mine})
    assert (said.status_code, said.json()["recorded"]) == (201, True)
    gone = desk.portal.post(f"/v1/needs/{need}/withdraw", json=mine).json()
    assert gone["state"] == "closed"
    told = desk.portal.get("/v1/projects/p1/notices").json()
    assert {one["event"] for one in told} == {"need.received", "need.closed"}
    assert "已关闭" in " ".join(one["words"] for one in told)


def test_the_same_source_id_again_is_no_new_request(desk: Desk) -> None:
    made = submitted(desk)
    again = desk.portal.post("/v1/requests", json={**REQUEST, "words": "又一遍"})
    assert (again.status_code, again.json()["already"]) == (200, True)
    assert again.json()["need_ids"] == made["need_ids"]


@pytest.mark.parametrize("project", [None, "p2"])
def test_the_portal_sees_and_touches_a_need_only_for_its_own_project(
    desk: Desk, project: str | None
) -> None:
    made = submitted(desk)
    need, asked = made["need_ids"][0], {"project_id": project} if project else {}
    refused = (404, 422)
    for path in (f"/v1/requests/{made['id']}", f"/v1/needs/{need}"):
        assert desk.portal.get(path, params=asked).status_code in refused
    said = desk.portal.post(f"/v1/needs/{need}/comments", json={"words": "看看", **asked})
    assert said.status_code in refused
    gone = desk.portal.post(f"/v1/needs/{need}/withdraw", json=asked)
    assert gone.status_code in refused


@pytest.mark.parametrize(
    ("verb", "body"),
    [
        ("acknowledge", {}),
        ("refer", {}),
        ("resolve", {}),
        ("close", {"reason": "other"}),
        ("owner", {"officer": "o2"}),
    ],
)
def test_the_portal_does_nothing_that_is_for_staff(
    desk: Desk, verb: str, body: dict[str, str]
) -> None:
    need = submitted(desk)["need_ids"][0]
    assert desk.portal.post(f"/v1/needs/{need}/{verb}", json=body).status_code == 403


@pytest.mark.parametrize(
    "changes", [{"channel": "hotline"}, {"said_at": "2026-02-27T10:00:00+08:00"}]
)
def test_the_portal_says_neither_another_channel_nor_another_time(
    desk: Desk, changes: dict[str, str]
) -> None:
    assert desk.portal.post("/v1/requests", json={**REQUEST, **changes}).status_code == 403
    made = desk.staff.post("/v1/requests", json={**REQUEST, **changes})
    assert made.status_code == 201


OUT_OF_THE_BOOKS = [
    "0001-01-01T00:00:00+14:00",
    "1999-12-31T23:59:59+08:00",
    "2100-01-01T00:00:00+08:00",
    "9999-12-31T23:59:59-12:00",
]


@pytest.mark.parametrize("at", OUT_OF_THE_BOOKS)
def test_a_time_whose_month_has_no_books_is_refused_and_no_defect_of_ours(
    desk: Desk, at: str
) -> None:
    said = desk.staff.post("/v1/requests", json={**REQUEST, "channel": "hotline", "said_at": at})
    rate = desk.staff.get("/v1/response-rate", params={"at": at})
    waiting = desk.staff.get("/v1/unanswered-needs", params={"at": at})
    assert [one.status_code for one in (said, rate, waiting)] == [422, 422, 422]
    assert said.json()["errors"][0]["where"] == "#/said_at"
    assert desk.staff.get("/v1/projects/p1/needs").json() == []


def test_lines_that_a_form_ended_are_taken_as_lines(desk: Desk) -> None:
    made = submitted(desk, words="第一行\r\n第二行")
    shown = desk.portal.get(f"/v1/requests/{made['id']}", params={"project_id": "p1"}).json()
    assert shown["words"] == "第一行\n第二行"
    strange = desk.portal.post("/v1/requests", json={**REQUEST, "words": "响铃\u0007"})
    assert strange.status_code == 422
    assert "不含控制字符" in strange.json()["detail"]


def test_a_portal_puts_no_need_ahead_of_others(desk: Desk) -> None:
    ahead = {**REQUEST, "needs": [{"kind": "mentor", "priority": 1000}]}
    assert desk.portal.post("/v1/requests", json=ahead).status_code == 403
    assert desk.staff.get("/v1/projects/p1/needs").json() == []
    assert desk.staff.post("/v1/requests", json=ahead).status_code == 201


def test_a_comment_through_the_portal_names_its_project_in_the_body(desk: Desk) -> None:
    need = submitted(desk)["need_ids"][0]
    said = desk.portal.post(f"/v1/needs/{need}/comments", json={"words": "急"})
    assert said.json()["errors"][0]["where"] == "#/project_id"


def test_a_portal_does_not_speak_as_staff(desk: Desk) -> None:
    need = submitted(desk)["need_ids"][0]
    body = {"words": "已处理", "side": "staff", "project_id": "p1"}
    assert desk.portal.post(f"/v1/needs/{need}/comments", json=body).status_code == 403
    assert desk.staff.post(f"/v1/needs/{need}/comments", json={"words": "好"}).status_code == 201
    shown = desk.staff.get(f"/v1/needs/{need}").json()
    assert [one["side"] for one in shown["comments"]] == ["staff"]


def test_staff_acknowledge_refer_and_cannot_go_back(desk: Desk) -> None:
    need = submitted(desk)["need_ids"][0]
    assert desk.staff.post(f"/v1/needs/{need}/acknowledge").json()["state"] == "acknowledged"
    referred = desk.staff.post(f"/v1/needs/{need}/refer", json={"officer": "o2"}).json()
    assert (referred["state"], referred["owner"]) == ("referred", "o2")
    assert desk.staff.post(f"/v1/needs/{need}/acknowledge").status_code == 409


def test_the_rate_the_list_and_the_books_of_a_month(desk: Desk) -> None:
    answered, silent = (submitted(desk, source_id=key)["need_ids"][0] for key in ("A", "B"))
    desk.staff.post(f"/v1/needs/{answered}/refer")
    desk.office.clock.set("2026-03-10 09:00")
    report = desk.staff.get("/v1/response-rate", params={"by": "team"}).json()
    assert (report["total"]["due"], report["total"]["rate"]) == (2, 0.5)
    assert [one["group"] for one in report["groups"]] == ["market"]
    late = desk.staff.get("/v1/unanswered-needs", params={"overdue_only": True}).json()
    assert [one["need_id"] for one in late] == [silent]
    steps = desk.staff.get("/v1/overdue-steps").json()
    assert [(one["need_id"], one["step"]) for one in steps] == [
        (silent, "acknowledge"),
        (silent, "respond"),
    ]
    assert desk.chief.post("/v1/months/2026-03/close").status_code == 422
    desk.office.clock.set("2026-04-01 09:00")
    assert desk.chief.post("/v1/months/2026-03/close").status_code == 201
    assert desk.chief.post("/v1/months/2026-03/close").json()["code"] == "month-closed"
    again = desk.chief.post("/v1/months/2026-03/restate", json={"why": "补录"})
    assert (again.status_code, again.json()["code"]) == (403, "maker-is-checker")
    stated = desk.chief.get("/v1/months/2026-03/statements").json()
    assert [(one["number"], one["rows"][0]["due"]) for one in stated] == [(0, 2)]


@pytest.mark.parametrize("month", ["2026-13", "2026", "2026-3", "x"])
def test_a_month_that_is_none_is_refused(desk: Desk, month: str) -> None:
    assert desk.staff.get(f"/v1/months/{month}/statements").status_code == 422
