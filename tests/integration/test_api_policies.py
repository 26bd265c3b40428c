"""Policies over HTTP: answers for projects and profiles, what-if, facts, scopes and refusals."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from api_caller import Caller

from peipao.domain.records import SensitiveFact
from peipao.policy.answer import NO_DOCUMENTS
from serving.api.app import create_app
from serving.api.policy_schemas import PolicyReportOut
from serving.wiring import Peipao

TODAY = "2026-11-23"
SUBSIDY = "qd-startup-subsidy-2025"
PRIVATE = "零就业家庭或低保家庭登记失业人员"
FIRM = {
    "entity_type": "小微企业",
    "registration_date": "2025-03-01",
    "registered_city": "青岛市",
    "founder_category": ["高校毕业生", "离校2年内高校毕业生"],
    "birth_date": "2001-04-05",
    "prior_entity_registrations_in_city_since_2013_10": 0,
}


def answers(report: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["policy_id"]: one for one in report["answers"]}


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_a_stored_project_learns_what_it_can_have_today(asker: Caller) -> None:
    found = asker.get("/v1/projects/p0001/policies")
    assert found.status_code == 200
    report = PolicyReportOut.model_validate(found.json())
    assert (report.project_id, report.date) == ("p0001", dt.date(2026, 11, 23))
    assert len(report.answers) == 41
    assert report.personal_facts_used
    assert "项政策" in report.summary
    assert report.tables_version
    assert report.data_version
    for one in report.answers:
        assert one.headline
        assert one.source or not one.verified
        assert len(one.rule_version) == 64
        assert (one.documents, one.documents_text) == ([], NO_DOCUMENTS)
        if not one.verified:
            assert not one.certain
            assert "核实" in one.headline


def test_a_past_date_gives_that_dates_answer(asker: Caller) -> None:
    old = answers(asker.get("/v1/projects/p0001/policies?date=2024-06-01").json())
    new = answers(asker.get(f"/v1/projects/p0001/policies?date={TODAY}").json())
    assert "尚未施行" in old[SUBSIDY]["failed"][0]
    assert new["qd-startup-subsidy-2022"]["decided"] == "not_eligible"
    assert "到期" in new["qd-startup-subsidy-2022"]["headline"]
    assert old == answers(asker.get("/v1/projects/p0001/policies?date=2024-06-01").json())


def test_the_second_date_is_that_of_the_application(asker: Caller) -> None:
    body = {"facts": FIRM, "date": "2025-04-01", "policies": ["qd-startup-subsidy-2022"]}
    late = asker.post("/v1/policies/check", json={**body, "application_date": "2025-12-01"})
    ((one),) = late.json()["answers"]
    assert "申请截止于 2025-09-30" in str(one["failed"])
    early = asker.post("/v1/policies/check", json={**body, "application_date": "2025-03-01"})
    assert code(early) == (422, "invalid-input")
    assert early.json()["errors"][0]["where"] == "application_date"


def test_a_profile_is_answered_and_not_stored(client: Caller, peipao: Peipao) -> None:
    with peipao.store.reading() as tx:
        before = tx.data_version()
    found = client.post("/v1/policies/check", json={"facts": FIRM, "date": "2026-05-01"})
    report = PolicyReportOut.model_validate(found.json())
    assert (report.project_id, report.data_version, report.assumed) == (None, None, [])
    one = next(one for one in report.answers if one.policy_id == SUBSIDY)
    assert {q.fact for q in one.missing} >= {"founder_pension_insurance_active"}
    with peipao.store.reading() as tx:
        assert tx.data_version() == before


def test_chinese_labels_and_other_names_mean_the_same_fact(asker: Caller) -> None:
    said = [
        asker.post("/v1/policies/check", json={"facts": {name: 12}, "date": TODAY}).json()
        for name in ("employees", "从业人员", "staff", "STAFF", "员工")
    ]
    assert said == [said[0]] * 5


def test_what_if_changes_the_answer_and_nothing_that_is_stored(
    client: Caller, peipao: Peipao
) -> None:
    body = {"project_id": "p0001", "facts": {"award_level_best": "国家级"}, "date": TODAY}
    assumed = client.post("/v1/policies/check", json=body).json()
    stored = client.get(f"/v1/projects/p0001/policies?date={TODAY}").json()
    assert assumed["assumed"] == ["award_level_best"]
    assert stored["assumed"] == []
    assert assumed["data_version"] == stored["data_version"]
    other = client.post(
        "/v1/policies/check", json={**body, "facts": {"registered_city": "上海市"}}
    ).json()
    before, after = answers(stored), answers(other)
    assert any(before[key]["decided"] != after[key]["decided"] for key in before)
    assert all("上海" not in key for key in after)


def test_a_figure_that_a_stored_date_decides_cannot_be_assumed(client: Caller) -> None:
    for path in ("p0001", "p0002"):
        body = {"project_id": path, "facts": {"登记注册时间": 30}}
        refused = client.post("/v1/policies/check", json=body)
        assert code(refused) == (422, "invalid-input")
        assert "registration_date" in refused.json()["detail"]


@pytest.mark.parametrize(
    ("body", "where", "right"),
    [
        ({"facts": {"employes": 3}}, "facts", "employees(从业人员)"),
        ({"facts": {"员工们": 3}}, "facts", "employees(从业人员)"),
        ({"facts": {"": 3}}, "facts", "等共 148 个"),
        ({"facts": {"employees": "很多"}}, "facts.employees", "数字"),
        ({"facts": {"employees": 2.5}}, "facts.employees", "整数"),
        ({"facts": {"listed": "yes"}}, "facts.listed", "true 或 false"),
        ({"facts": {"birth_date": "2001/04/05"}}, "facts.birth_date", "YYYY-MM-DD"),
        ({"facts": {"founder_category": "残疾人"}}, "facts.founder_category", "列表"),
        ({"facts": {"employees": 3, "staff": 4}}, "facts.employees", "只写一次"),
        ({"facts": {"application_date": TODAY}}, "facts.application_date", "去掉"),
        ({"facts": {}, "date": "20260501"}, "#/date", "YYYY-MM-DD"),
        ({"facts": {}, "date": "2026-02-30"}, "#/date", "YYYY-MM-DD"),
        ({"facts": {}, "date": "1999-12-31"}, "date", "2000-01-01"),
        ({"facts": {}, "application_date": "昨天"}, "#/application_date", "YYYY-MM-DD"),
        ({"facts": {}, "policies": ["no-such"]}, "policies", "qd-"),
        ({"facts": {}, "more": 1}, "#/more", ""),
        ({"facts": []}, "#/facts", ""),
    ],
    ids=str,
)
def test_bad_input_names_the_place_and_what_would_be_right(
    asker: Caller, body: dict[str, Any], where: str, right: str
) -> None:
    refused = asker.post("/v1/policies/check", json=body)
    assert refused.status_code == 422
    assert refused.headers["content-type"] == "application/problem+json"
    (item,) = refused.json()["errors"]
    assert item["where"] == where
    assert right in item["detail"]


@pytest.mark.parametrize("day", ["20260501", "1777593600", "2026-5-1", "明天", "2026-05-01T00:00"])
def test_a_day_in_the_address_is_written_in_one_way(asker: Caller, day: str) -> None:
    refused = asker.get("/v1/projects/p0001/policies", params={"date": day})
    assert code(refused) == (422, "invalid-input")
    assert refused.json()["errors"][0]["where"] == "query.date"


def test_what_is_not_there_is_not_found(asker: Caller) -> None:
    for path in ("/v1/projects/nobody/policies", "/v1/policies/nothing", "/v1/projects/no/facts"):
        assert code(asker.get(path)) == (404, "not-found")
    body = {"project_id": "nobody", "facts": {}}
    assert code(asker.post("/v1/policies/check", json=body)) == (404, "not-found")


def test_the_policies_are_listed_with_source_version_and_whether_they_were_read(
    asker: Caller,
) -> None:
    listed = asker.get("/v1/policies").json()
    assert len(listed) == 49
    assert {one["verified"] for one in listed} == {True, False}
    detail = asker.get(f"/v1/policies/{SUBSIDY}").json()
    assert detail["policy"] == next(one for one in listed if one["id"] == SUBSIDY)
    assert "all" in detail["conditions"]
    assert "创业者类别" in str(detail["conditions"])
    assert detail["asked"]["founder_category"].endswith("?")
    assert (detail["documents"], detail["documents_text"]) == ([], NO_DOCUMENTS)


def test_stored_facts_enter_the_answer_from_their_day_on(client: Caller) -> None:
    told = client.post("/v1/projects/p0001/facts", json={"facts": {"行业不符": 1}})
    assert code(told) == (422, "unknown-value")
    body = {"facts": {"prohibited_industry": True}, "as_of": "2026-05-01", "source": "officer"}
    told = client.post("/v1/projects/p0001/facts", json=body)
    assert (told.status_code, told.json()["stored"]) == (201, 1)
    assert client.post("/v1/projects/p0001/facts", json=body).json()["stored"] == 0
    reports = {
        day: client.get(f"/v1/projects/p0001/policies?date={day}").json()
        for day in ("2026-04-30", "2026-05-01")
    }
    said = {
        day: str([one["failed"] for one in report["answers"]]) for day, report in reports.items()
    }
    assert "限制或淘汰类行业:不得有此情形" in said["2026-05-01"]
    assert "限制或淘汰类行业:不得有此情形" not in said["2026-04-30"]
    (shown,) = client.get("/v1/projects/p0001/facts").json()[-1:]
    assert shown["source"] in {"服务专员核实", "样例生成"}
    gone = client.request("DELETE", "/v1/projects/p0001/facts/prohibited_industry")
    assert gone.json()["forgotten"] == 1
    after = client.get("/v1/projects/p0001/policies?date=2026-05-01").json()
    before = reports["2026-04-30"]
    assert answers(after)[SUBSIDY]["failed"] == answers(before)[SUBSIDY]["failed"]


def test_a_correction_replaces_and_the_better_source_wins(client: Caller) -> None:
    def tell(value: int, source: str) -> None:
        body = {"facts": {"employees": value}, "as_of": "2026-05-01", "source": source}
        assert client.post("/v1/projects/p0002/facts", json=body).status_code == 201

    def held() -> float:
        facts = client.get("/v1/projects/p0002/facts").json()
        (one,) = [fact for fact in facts if fact["name"] == "employees"]
        return float(one["value"])

    tell(5, "founder")
    tell(6, "founder")
    assert held() == 6
    tell(9, "register")
    assert held() == 9
    tell(7, "founder")
    assert held() == 9


def test_only_the_scope_opens_facts_about_people(peipao: Peipao) -> None:
    app = create_app(peipao)
    reader = Caller(app, key=peipao.keys("门户", ["read", "write"], by="tests").text)
    confidant = Caller(app, key=peipao.keys("专员", ["read", "sensitive"], by="tests").text)
    body = {"facts": {"founder_category": [PRIVATE], "listed": False}, "as_of": "2026-05-01"}
    path = "/v1/projects/p0003"
    for method, way in (("POST", "facts"), ("GET", "facts"), ("DELETE", "facts/listed")):
        refused = reader.request(
            method, f"{path}/{way}", **({"json": body} if way[-1] == "s" else {})
        )
        assert code(refused) == (403, "forbidden")
        assert "sensitive" in refused.json()["detail"]
    assert confidant.post(f"{path}/facts", json=body).status_code == 201
    hidden, seen = (one.get(f"{path}/policies").json() for one in (reader, confidant))
    assert (hidden["personal_facts_used"], seen["personal_facts_used"]) == (False, True)
    assert "个人信息" in hidden["notes"][0]
    assert "founder_category" in {q["fact"] for q in hidden["questions"]}
    # whoever may not see it learns nothing: the answer is that of a project of which it is unknown
    confidant.request("DELETE", f"{path}/facts/founder_category")
    again = reader.get(f"{path}/policies").json()
    assert again["answers"] == hidden["answers"]


def test_no_answer_refusal_or_page_repeats_a_private_value(client: Caller, peipao: Peipao) -> None:
    path = "/v1/projects/p0004"
    body = {"facts": {"founder_category": [PRIVATE], "birth_date": "1987-06-05"}}
    assert client.post(f"{path}/facts", json=body).status_code == 201
    bad = {"facts": {"hardship_category": PRIVATE}, "source": "founder"}
    found = [
        client.get(f"{path}/policies"),
        client.get(path),
        client.post(f"{path}/facts", json=bad),
        client.post(f"{path}/facts", json={"facts": {"birth_date": f"{PRIVATE}"}}),
        client.post("/v1/policies/check", json={"facts": {"birth_date": PRIVATE}}),
        client.post(
            "/v1/policies/check", json={"project_id": "p0004", "facts": {"listed": PRIVATE}}
        ),
        client.get("/metrics"),
    ]
    for one in found:
        assert "1987" not in one.text
        policies_words = one.text.replace("为" + PRIVATE, "")
        assert one.status_code in {200, 422}
        if one.status_code == 422:
            assert PRIVATE not in policies_words
    with peipao.store.reading() as tx:
        lines = str(tx.ledger.list(limit=10_000))
    assert PRIVATE not in lines
    assert "founder_category" not in lines


def test_the_database_file_holds_no_fact_in_plain_text(client: Caller, home: Path) -> None:
    body = {"facts": {"founder_category": [PRIVATE], "annual_revenue_cny": 7654321}}
    assert client.post("/v1/projects/p0004/facts", json=body).status_code == 201
    raw = b"".join(path.read_bytes() for path in sorted(home.glob("peipao.db*")))
    assert PRIVATE.encode() not in raw
    assert b"7654321" not in raw
    assert b'["graduate' not in raw


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"facts": {}}, "facts"),
        ({"as_of": "2026-11-24"}, "as_of"),
        ({"as_of": "1899-12-31"}, "as_of"),
        ({"as_of": "x"}, "#/as_of"),
        ({"source": "hearsay"}, "#/source"),
        ({"confidence": 0}, "#/confidence"),
        ({"confidence": 1.5}, "#/confidence"),
        ({"facts": {"meets_policy": ["x"]}}, "facts.meets_policy"),
    ],
    ids=str,
)
def test_facts_that_do_not_fit_are_refused(
    asker: Caller, change: dict[str, Any], where: str
) -> None:
    refused = asker.post("/v1/projects/p0001/facts", json={"facts": {"listed": True}, **change})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["where"] == where


def test_a_row_that_nobody_can_read_is_named_and_left_out(client: Caller, peipao: Peipao) -> None:
    rows = [
        SensitiveFact("p0005", name, "不知所云", dt.date(2026, 1, 1), "导入")
        for name in ("birth_date", "ethnicity", "employees")
    ]
    with peipao.store.transaction(who="tests", why="导入") as tx:
        tx.sensitive.add_many(rows)
    report = client.get("/v1/projects/p0005/policies").json()
    assert "出生日期" in report["notes"][0]
    assert "ethnicity" in report["notes"][0]
    assert "不知所云" not in str(report)
