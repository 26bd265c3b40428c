from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from api_caller import Caller

from peipao.domain.records import Project
from serving.api.schemas import RankingOut
from serving.wiring import Peipao

PROFILE: dict[str, Any] = {
    "name": "海蓝智测",
    "stage": "startup",
    "attributes": {
        "industries": ["artificial-intelligence"],
        "place": {"district": "laoshan"},
        "intro": "面向海洋牧场的水质在线监测设备与算法",
    },
}
NEED: dict[str, Any] = {
    "kind": "mentor",
    "attributes": {"skills": {"value": ["first_order"], "stance": "must"}},
}


def ranked(client: Caller, path: str, **query: Any) -> dict[str, Any]:
    answer = client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_the_bare_route_answers_in_the_documented_shape(asker: Caller) -> None:
    answer = asker.get("/v1/projects/p0001/matches", params={"kind": "mentor"})
    shaped = RankingOut.model_validate_json(answer.content)
    assert shaped.model_version == "mentor-0001"
    assert shaped.notice_version == asker.get("/v1/algorithm-notice").json()["version"]
    assert answer.headers["content-type"] == "application/json"
    assert len(shaped.matches) == min(20, shaped.n_eligible)


def test_the_list_is_ordered_and_every_place_says_why(asker: Caller) -> None:
    matches = ranked(asker, "/v1/projects/p0003/matches", kind="mentor", limit=100)["matches"]
    order = [(-one["margin"], one["provider_id"]) for one in matches]
    assert order == sorted(order)
    assert [one["rank"] for one in matches] == list(range(1, len(matches) + 1))
    assert all(one["reasons"] and 0 < one["affinity"] < 1 for one in matches)
    for one in matches:
        total = sum(part["value"] for part in one["contributions"])
        assert total == pytest.approx(one["margin"], abs=2e-5)


def test_a_need_and_its_project_get_the_same_list(asker: Caller) -> None:
    by_project = ranked(asker, "/v1/projects/p0002/matches", kind="mentor")
    by_need = ranked(asker, f"/v1/needs/{by_project['need_id']}/matches")
    assert by_need == by_project


def test_every_provider_is_either_eligible_or_excluded_with_a_reason(
    asker: Caller, steady: Peipao
) -> None:
    found = ranked(asker, "/v1/projects/p0002/matches", kind="mentor")
    with steady.store.reading() as tx:
        n_providers = len(tx.providers.of_kind("mentor"))
    assert found["n_eligible"] + sum(found["excluded"].values()) == n_providers


def test_a_project_added_by_the_api_is_ranked_at_once_and_as_its_profile_was(
    client: Caller,
) -> None:
    profile = {"project": {key: PROFILE[key] for key in ("stage", "attributes")}, **NEED}
    before = client.post("/v1/rank", json={**profile, "limit": 40}).json()
    added = client.post("/v1/projects", json={**PROFILE, "id": "new-1", "needs": [NEED]})
    assert added.status_code == 201
    after = ranked(client, "/v1/projects/new-1/matches", kind="mentor", limit=40)
    assert after["need_id"] == added.json()["need_ids"][0]
    assert after["data_version"] == added.json()["data_version"] != before["data_version"]
    assert after["matches"] == before["matches"] != []


def test_a_project_without_a_need_of_the_kind_is_ranked_for_what_it_is(client: Caller) -> None:
    client.post("/v1/projects", json={**PROFILE, "id": "new-2"})
    found = ranked(client, "/v1/projects/new-2/matches", kind="mentor")
    assert (found["need_id"], found["project_id"]) == (None, "new-2")
    assert found["matches"]


def test_ranking_a_profile_stores_nothing(asker: Caller, steady: Peipao) -> None:
    with steady.store.reading() as tx:
        before = tx.ledger.head(), tx.projects.count(), tx.needs.count()
    body = {"project": {"stage": "seed", "attributes": PROFILE["attributes"]}, **NEED}
    assert asker.post("/v1/rank", json=body).json()["need_id"] is None
    with steady.store.reading() as tx:
        assert (tx.ledger.head(), tx.projects.count(), tx.needs.count()) == before


def test_a_provider_added_by_the_api_is_ranked_at_once(client: Caller) -> None:
    body = {
        "kind": "mentor",
        "id": "m-new",
        "name": "某某(生成)",
        "attributes": {"industries": ["artificial-intelligence"], "skills": ["first_order"]},
    }
    before = ranked(client, "/v1/projects/p0001/matches", kind="mentor", limit=100)
    assert client.post("/v1/providers", json=body).status_code == 201
    after = ranked(client, "/v1/projects/p0001/matches", kind="mentor", limit=100)
    names = {one["provider_id"] for one in after["matches"]}
    assert names - {one["provider_id"] for one in before["matches"]} == {"m-new"}


def test_an_unchanged_list_is_not_sent_again_until_something_is_written(
    client: Caller,
) -> None:
    path, query = "/v1/projects/p0001/matches", {"kind": "mentor"}
    tag = client.get(path, params=query).headers["etag"]
    again = client.get(path, params=query, headers={"if-none-match": f'"x", {tag}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    client.post("/v1/projects", json={**PROFILE, "id": "new-3"})
    fresh = client.get(path, params=query, headers={"if-none-match": tag})
    assert fresh.status_code == 200
    assert fresh.headers["etag"] != tag


def test_a_vetoed_provider_leaves_the_list_and_the_explanation_says_so(
    client: Caller, peipao: Peipao
) -> None:
    best = ranked(client, "/v1/needs/n-p0001-mentor/matches", limit=2)["matches"]
    first, second = (one["provider_id"] for one in best)
    with peipao.store.transaction(who="staff-1", why="回避") as tx:
        tx.vetoes.add("n-p0001-mentor", first, "导师本人提出回避")
    found = ranked(client, "/v1/needs/n-p0001-mentor/matches", limit=1)
    assert found["matches"][0]["provider_id"] == second
    said = client.get("/v1/needs/n-p0001-mentor/explain", params={"provider": first}).json()
    assert (said["eligible"], said["rank"]) == (False, None)
    assert said["excluded_because"] == "该配对已被否决"


def test_the_explanation_agrees_with_the_list(asker: Caller) -> None:
    matches = ranked(asker, "/v1/needs/n-p0004-mentor/matches", limit=3)["matches"]
    for one in matches:
        said = asker.get(
            "/v1/needs/n-p0004-mentor/explain", params={"provider": one["provider_id"]}
        ).json()
        assert (said["rank"], said["reasons"]) == (one["rank"], one["reasons"])
        assert said["affinity"] == pytest.approx(one["affinity"], abs=1e-6)


@pytest.mark.parametrize(
    ("path", "status", "code", "where"),
    [
        ("/v1/projects/nobody/matches?kind=mentor", 404, "not-found", None),
        ("/v1/needs/nothing/matches", 404, "not-found", None),
        ("/v1/projects/p0001/matches?kind=lawyer", 404, "unknown-kind", None),
        ("/v1/projects/p0001/matches?kind=investor", 409, "no-active-model", None),
        ("/v1/projects/p0001/matches", 422, "invalid-input", "query.kind"),
        ("/v1/projects/p0001/matches?kind=mentor&limit=0", 422, "invalid-input", "query.limit"),
        ("/v1/projects/p0001/matches?kind=mentor&limit=101", 422, "invalid-input", "query.limit"),
        ("/v1/projects/p0001/matches?kind=mentor&limit=٣", 422, "invalid-input", "query.limit"),
        ("/v1/projects/p%00/matches?kind=mentor", 422, "invalid-input", "path.project_id"),
        ("/v1/needs/%ED%A0%80/matches", 422, "invalid-input", "path.need_id"),
        ("/v1/needs/n-p0001-mentor/explain", 422, "invalid-input", "query.provider"),
        ("/v1/needs/n-p0001-mentor/explain?provider=o0001", 422, "invalid-input", "query.provider"),
        ("/v1/needs/n-p0001-mentor/explain?provider=m9999", 404, "not-found", None),
        ("/v1/projects/p0001/unknown", 404, "no-such-route", None),
        ("/v1/kinds/lawyer", 404, "unknown-kind", None),
    ],
)
def test_a_wrong_question_is_told_what_would_be_right(
    asker: Caller, path: str, status: int, code: str, where: str | None
) -> None:
    answer = asker.get(path)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert where in {item["where"] for item in problem.get("errors", [{"where": None}])}


def test_a_provider_outside_its_dates_is_excluded_by_the_day_it_is_in_the_city(
    client: Caller, peipao: Peipao
) -> None:
    best = ranked(client, "/v1/needs/n-p0001-mentor/matches", limit=1)["matches"][0]["provider_id"]
    with peipao.store.transaction(who="staff-1", why="聘期届满") as tx:
        provider = tx.providers.get(best)
        ended = dt.date(2026, 11, 22)
        tx.providers.update(_with(provider, valid_from=None, valid_to=ended))
    said = client.get("/v1/needs/n-p0001-mentor/explain", params={"provider": best}).json()
    assert said["excluded_because"] == "资源方今天不在有效期内"


def _with(record: Any, **changes: Any) -> Any:
    from dataclasses import replace

    return replace(record, **changes)


def test_what_is_read_back_is_what_was_stated(client: Caller, peipao: Peipao) -> None:
    client.post("/v1/projects", json={**PROFILE, "id": "new-4", "needs": [{**NEED, "id": "n4"}]})
    found = client.get("/v1/projects/new-4").json()
    stated = PROFILE["attributes"]
    assert {key: found["attributes"][key] for key in stated} == stated
    assert found["needs"][0]["attributes"] == NEED["attributes"]
    with peipao.store.reading() as tx:
        assert isinstance(tx.projects.get("new-4"), Project)


def test_opening_a_need_later_is_ranked_by_its_own_words(client: Caller) -> None:
    client.post("/v1/projects", json={**PROFILE, "id": "new-5"})
    answer = client.post("/v1/needs", json={**NEED, "project_id": "new-5", "id": "n5"})
    assert answer.status_code == 201
    found = ranked(client, "/v1/projects/new-5/matches", kind="mentor")
    assert found["need_id"] == "n5"
    assert "导师的擅长领域未覆盖项目必须解决的问题" in found["excluded"]


def test_the_stage_of_a_project_opens_the_needs_it_is_due(client: Caller) -> None:
    client.post("/v1/projects", json={**PROFILE, "id": "new-6", "open_stage_needs": True})
    kinds = {need["kind"] for need in client.get("/v1/projects/new-6").json()["needs"]}
    assert {"mentor", "service_officer"} <= kinds


def test_sending_the_same_project_twice_changes_nothing(client: Caller) -> None:
    body = {**PROFILE, "id": "new-7", "needs": [{**NEED, "id": "n7"}]}
    first = client.post("/v1/projects", json=body)
    again = client.post("/v1/projects", json=body)
    assert (again.status_code, again.json()) == (201, first.json())
    other = client.post("/v1/projects", json={**body, "name": "另一个项目"})
    assert (other.status_code, other.json()["code"]) == (409, "already-exists")


def test_every_place_says_how_sure_it_is_and_what_it_is_about(asker: Caller) -> None:
    found = ranked(asker, "/v1/projects/p0003/matches", kind="mentor", limit=100)
    for one in found["matches"]:
        low, high = one["affinity_interval"]
        assert 0 < low < one["affinity"] < high < 1
        assert {part["topic"] for part in one["contributions"]} >= {"基准", "产业", "需求"}
    lengths = [one["length"] for one in found["shortlist"]]
    assert [one["level"] for one in found["shortlist"]] == [0.8, 0.9]
    assert lengths == sorted(lengths)
    assert 0 < lengths[-1] <= found["n_eligible"]
    assert all(0 <= one["coverage"] <= 1 <= one["usual_length"] for one in found["shortlist"])


def test_an_explanation_says_the_same_and_adds_up_by_topic(asker: Caller) -> None:
    found = ranked(asker, "/v1/projects/p0003/matches", kind="mentor")
    best = found["matches"][0]
    path = f"/v1/needs/{found['need_id']}/explain"
    said = ranked(asker, path, provider=best["provider_id"])
    assert said["shortlist"] == found["shortlist"]
    assert said["affinity_interval"] == pytest.approx(best["affinity_interval"], abs=1e-6)
    assert sum(part["value"] for part in said["topics"]) == pytest.approx(said["margin"], abs=1e-9)
    assert len({part["topic"] for part in said["topics"]}) == len(said["topics"])
