from __future__ import annotations

import json
from typing import Any

import pytest
from api_caller import Caller

from peipao.store import LedgerHead
from serving.api.problems import Problem
from serving.wiring import Peipao

PROJECT: dict[str, Any] = {
    "id": "bad-1",
    "name": "项目",
    "stage": "startup",
    "attributes": {"industries": ["artificial-intelligence"], "district": "laoshan"},
}
NEED: dict[str, Any] = {"project_id": "p0001", "kind": "mentor"}
PROVIDER: dict[str, Any] = {
    "kind": "mentor",
    "name": "某某",
    "attributes": {"industries": ["artificial-intelligence"], "skills": ["first_order"]},
}
FEEDBACK: dict[str, Any] = {
    "id": "f-1",
    "need_id": "n-p0001-mentor",
    "provider_id": "m0001",
    "type": "accepted",
    "said_by": "founder",
}
RANK: dict[str, Any] = {
    "kind": "mentor",
    "project": {"stage": "startup", "attributes": PROJECT["attributes"]},
}
INSTANCE: dict[str, Any] = {
    "needs": [{"id": "a"}],
    "providers": [{"id": "b"}],
    "pairs": [{"need": "a", "provider": "b", "affinity": 0.5}],
    "seed": "1",
}


def merged(base: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return a body with some members changed; None takes a member away."""
    return {key: value for key, value in {**base, **changes}.items() if value is not None}


def stating(base: dict[str, Any], **attributes: Any) -> dict[str, Any]:
    """Return a body with some attributes changed."""
    return {**base, "attributes": merged(base.get("attributes", {}), **attributes)}


POISON = {
    "nan": '{"name": NaN}',
    "infinity": '{"name": Infinity}',
    "1e999": '{"value": 1e999}',
    "surrogate": '{"name": "\\ud800"}',
    "nul": '{"name": "\\u0000"}',
    "2^63": '{"wanted": 9223372036854775808}',
    "5000 digits": '{"wanted": ' + "9" * 5000 + "}",
    "repeated key": '{"name": "a", "name": "b"}',
    "deep": "[" * 100_000,
    "33 deep": "[" * 33 + "]" * 33,
    "cut off": '{"name": "a"',
    "empty text": " ",
    "two values": "{} {}",
    "single quotes": "{'a': 1}",
    "bom": "\ufeff{}",
    "not utf-8": b'{"name": "\xff"}',
    "utf-16": '{"name": "a"}'.encode("utf-16"),
}
WRITING = (
    "/v1/projects",
    "/v1/needs",
    "/v1/providers",
    "/v1/rank",
    "/v1/feedback",
    "/v1/rounds",
    "/v1/rounds/round-1/check",
    "/v1/assignments/solve",
)

CONTENT = [
    ("/v1/projects", {}, 422, "#/name"),
    ("/v1/projects", [], 422, "#"),
    ("/v1/projects", "text", 422, "#"),
    ("/v1/projects", None, 422, "#"),
    ("/v1/projects", merged(PROJECT, name=""), 422, "#/name"),
    ("/v1/projects", merged(PROJECT, name=7), 422, "#/name"),
    ("/v1/projects", merged(PROJECT, name="长" * 201), 422, "#/name"),
    ("/v1/projects", merged(PROJECT, id="a b"), 422, "#/id"),
    ("/v1/projects", merged(PROJECT, id="x" * 65), 422, "#/id"),
    ("/v1/projects", merged(PROJECT, state="matched"), 422, "#/state"),
    ("/v1/projects", merged(PROJECT, generated=True), 422, "#/generated"),
    ("/v1/projects", merged(PROJECT, stage="ipo"), 422, "project.stage"),
    ("/v1/projects", stating(PROJECT, district="上海"), 422, "project.district"),
    ("/v1/projects", stating(PROJECT, industries=["wizardry"]), 422, "project.industries[0]"),
    ("/v1/projects", stating(PROJECT, industries=[]), 422, "project.industries"),
    ("/v1/projects", stating(PROJECT, colour="red"), 422, "project.colour"),
    ("/v1/projects", stating(PROJECT, health="x"), 422, "project.health"),
    ("/v1/projects", stating(PROJECT, founder_category="x"), 422, "project.founder_category"),
    ("/v1/projects", stating(PROJECT, employees="many"), 422, "project.employees"),
    ("/v1/projects", stating(PROJECT, employees=-1), 422, "project.employees"),
    ("/v1/projects", stating(PROJECT, founded="yesterday"), 422, "project.founded"),
    ("/v1/projects", stating(PROJECT, intro="长" * 4001), 422, "project.intro"),
    (
        "/v1/projects",
        stating(PROJECT, place={"district": "laoshan", "lat": 99, "lon": 120}),
        422,
        "project.place.lat",
    ),
    ("/v1/projects", merged(PROJECT, needs=[{}]), 422, "#/needs/0/kind"),
    ("/v1/projects", merged(PROJECT, needs=[{"kind": "lawyer"}]), 404, None),
    ("/v1/needs", merged(NEED, kind=None), 422, "#/kind"),
    ("/v1/needs", merged(NEED, kind="lawyer"), 404, None),
    ("/v1/needs", merged(NEED, project_id="nobody"), 404, None),
    ("/v1/needs", merged(NEED, wanted=0), 422, "#/wanted"),
    ("/v1/needs", merged(NEED, wanted=1.5), 422, "#/wanted"),
    ("/v1/needs", merged(NEED, wanted="2"), 422, "#/wanted"),
    ("/v1/needs", merged(NEED, wanted=True), 422, "#/wanted"),
    ("/v1/needs", merged(NEED, priority=-1), 422, "#/priority"),
    ("/v1/needs", stating(NEED, skills=["magic"]), 422, "need.skills[0]"),
    (
        "/v1/needs",
        stating(NEED, skills={"value": ["first_order"], "stance": "badly"}),
        422,
        "need.skills.stance",
    ),
    ("/v1/providers", merged(PROVIDER, capacity=-1), 422, "#/capacity"),
    ("/v1/providers", merged(PROVIDER, kind="lawyer"), 404, None),
    ("/v1/providers", merged(PROVIDER, used=1), 422, "#/used"),
    ("/v1/providers", merged(PROVIDER, valid_from="soon"), 422, "#/valid_from"),
    (
        "/v1/providers",
        merged(PROVIDER, valid_from="2026-02-01", valid_to="2026-01-01"),
        422,
        "provider.valid_to",
    ),
    (
        "/v1/providers",
        merged(PROVIDER, districts_served=["mars"]),
        422,
        "provider.districts_served[0]",
    ),
    ("/v1/providers", stating(PROVIDER, skills=None), 422, "provider.skills"),
    ("/v1/rank", merged(RANK, limit=0), 422, "#/limit"),
    ("/v1/rank", merged(RANK, limit=101), 422, "#/limit"),
    ("/v1/rank", merged(RANK, kind="lawyer"), 404, None),
    ("/v1/rank", merged(RANK, kind="investor"), 409, None),
    ("/v1/rank", merged(RANK, project={"stage": "ipo"}), 422, "project.stage"),
    ("/v1/rank", merged(RANK, attributes={"x": 1}), 422, "need.x"),
    ("/v1/feedback", merged(FEEDBACK, type="liked"), 422, "#/type"),
    ("/v1/feedback", merged(FEEDBACK, said_by="robot"), 422, "feedback.said_by"),
    ("/v1/feedback", merged(FEEDBACK, need_id="nothing"), 404, None),
    ("/v1/feedback", merged(FEEDBACK, provider_id="nobody"), 404, None),
    ("/v1/feedback", merged(FEEDBACK, provider_id="o0001"), 422, "feedback.provider_id"),
    ("/v1/feedback", merged(FEEDBACK, at="2026-11-23T10:00:00"), 422, "#/at"),
    ("/v1/feedback", merged(FEEDBACK, at="2099-01-01T00:00:00Z"), 422, "feedback.at"),
    ("/v1/feedback", merged(FEEDBACK, type="rated"), 422, "feedback.value"),
    ("/v1/feedback", merged(FEEDBACK, type="rated", value=6), 422, "feedback.value"),
    ("/v1/feedback", merged(FEEDBACK, value=3), 422, "feedback.value"),
    ("/v1/feedback", merged(FEEDBACK, detail="张三 13800000000"), 422, "feedback.detail"),
    ("/v1/feedback", merged(FEEDBACK, match_id="nothing"), 404, None),
    ("/v1/rounds", {}, 422, "#/kind"),
    ("/v1/rounds", {"kind": "lawyer"}, 404, None),
    ("/v1/rounds", {"kind": "investor"}, 409, None),
    ("/v1/rounds", {"kind": "mentor", "seed": ""}, 422, "#/seed"),
    ("/v1/rounds", {"kind": "mentor", "capacity": 9}, 422, "#/capacity"),
    ("/v1/rounds/nothing/check", {}, 404, None),
    ("/v1/rounds/nothing/approve", {}, 404, None),
    ("/v1/rounds/nothing/publish", {}, 404, None),
    ("/v1/rounds/nothing/withdraw", {"why": "数据有误"}, 404, None),
    ("/v1/rounds/nothing/withdraw", {}, 422, "#/why"),
    ("/v1/rounds/nothing/withdraw", {"why": " "}, 422, "#/why"),
    ("/v1/rounds/a%20b/check", {}, 422, "path.round_id"),
    ("/v1/assignments/solve", [], 422, "#"),
    ("/v1/assignments/solve", {}, 422, "needs"),
    ("/v1/assignments/solve", merged(INSTANCE, colour=1), 422, "colour"),
    (
        "/v1/assignments/solve",
        merged(INSTANCE, providers=[{"id": "b", "capacity": -1}]),
        422,
        None,
    ),
    (
        "/v1/assignments/solve",
        merged(INSTANCE, pairs=[{"need": "a", "provider": "b", "affinity": 2}]),
        422,
        None,
    ),
    (
        "/v1/assignments/solve",
        merged(INSTANCE, pairs=[{"need": "z", "provider": "b", "affinity": 0.5}]),
        422,
        "pairs[0].need",
    ),
]


def head_of(peipao: Peipao) -> LedgerHead:
    """Return the ledger's head: equal heads mean that nothing was written."""
    with peipao.store.reading() as tx:
        return tx.ledger.head()


@pytest.mark.parametrize("path", WRITING)
@pytest.mark.parametrize("poison", list(POISON))
def test_a_body_that_readers_understand_differently_is_refused_and_changes_nothing(
    asker: Caller, steady: Peipao, path: str, poison: str
) -> None:
    before = head_of(steady)
    answer = asker.post(path, content=POISON[poison], headers={"content-type": "application/json"})
    problem = Problem.model_validate_json(answer.content)
    assert (answer.status_code, problem.code) == (400, "malformed-body")
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem.errors[0].where
    assert head_of(steady) == before


@pytest.mark.parametrize("case", CONTENT, ids=lambda case: f"{case[0]} {case[3] or case[2]}")
def test_content_that_cannot_be_used_is_refused_at_its_place_and_changes_nothing(
    asker: Caller, steady: Peipao, case: tuple[str, object, int, str | None]
) -> None:
    path, body, status, where = case
    before = head_of(steady)
    answer = asker.post(path, json=body)
    problem = Problem.model_validate_json(answer.content)
    assert answer.status_code == problem.status == status, answer.text
    assert where is None or where in {item.where for item in problem.errors}, answer.text
    assert head_of(steady) == before


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "multipart/form-data", ""])
def test_a_body_that_is_not_declared_as_json_is_refused(asker: Caller, kind: str) -> None:
    answer = asker.post("/v1/projects", content=json.dumps(PROJECT), headers={"content-type": kind})
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported-media-type")


def test_what_was_sent_is_not_repeated(asker: Caller) -> None:
    id_number = "370202199001011234"
    answer = asker.post(
        "/v1/projects", json=merged(PROJECT, name=[id_number], stage={id_number: 1})
    )
    assert answer.status_code == 422
    assert id_number not in answer.text


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_a_method_that_is_not_there_is_a_problem_too(asker: Caller, method: str) -> None:
    answer = asker.request(method, "/v1/projects", json={})
    assert (answer.status_code, answer.json()["code"]) == (405, "method-not-allowed")


def test_the_good_bodies_of_this_table_are_accepted(client: Caller) -> None:
    statuses = [
        client.post(path, json=body).status_code
        for path, body in [
            ("/v1/projects", PROJECT),
            ("/v1/needs", NEED),
            ("/v1/providers", PROVIDER),
            ("/v1/rank", RANK),
            ("/v1/feedback", FEEDBACK),
            ("/v1/assignments/solve", INSTANCE),
        ]
    ]
    assert statuses == [201, 201, 201, 200, 201, 200]


def test_feedback_sent_twice_is_noted_once(client: Caller, peipao: Peipao) -> None:
    first = client.post("/v1/feedback", json=FEEDBACK).json()
    head = head_of(peipao)
    again = client.post("/v1/feedback", json=FEEDBACK).json()
    assert (first["recorded"], again["recorded"]) == (True, False)
    assert head_of(peipao) == head
    other = client.post("/v1/feedback", json=merged(FEEDBACK, type="declined"))
    assert (other.status_code, other.json()["code"]) == (409, "already-exists")
