"""The whole bank over HTTP: counts, changes, progress, and what each scope allows."""

from __future__ import annotations

import datetime as dt
from typing import Any

import orjson
import pytest
from api_caller import Caller

from peipao.domain.records import SensitiveFact
from serving.api.app import create_app
from serving.api.policy_bank_schemas import BankOut
from serving.usecases.policy_report import NO_PERSONAL
from serving.wiring import Peipao

DAY, BEFORE = "2026-11-23", "2025-04-01"
LINES = {"accept": "application/x-ndjson"}
TAX = "cn-rd-super-deduction"


def test_the_bank_over_http_is_that_of_the_use_case(asker: Caller, steady: Peipao) -> None:
    answer = asker.post("/v1/policies/bank", json={"against": BEFORE, "rows": 3})
    assert answer.status_code == 200
    found = BankOut.model_validate(answer.json(), strict=False)
    report = steady.check_bank(by="tests", against=dt.date.fromisoformat(BEFORE))
    assert (found.date, found.against) == (report.day, report.against)
    assert [one.model_dump() for one in found.counts] == [
        {name: getattr(one, name) for name in type(one).__slots__} for one in report.counts
    ]
    assert found.summary == report.diff.text()
    assert found.became_eligible.count == len(report.diff.became_eligible)
    assert found.became_eligible.rows == list(report.diff.became_eligible[:3])
    assert (found.opened, found.personal_facts_used, found.notes) == (None, True, [])


def test_who_asks_for_lines_is_told_how_far_it_is_and_gets_the_same(asker: Caller) -> None:
    body = {"against": BEFORE}
    whole = asker.post("/v1/policies/bank", json=body).json()
    answer = asker.post("/v1/policies/bank", json=body, headers=LINES)
    assert answer.headers["content-type"] == "application/x-ndjson"
    lines = [orjson.loads(line) for line in answer.text.splitlines()]
    shares = [line["share"] for line in lines[:-1]]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    assert {line["doing"] for line in lines[:-1]} >= {f"测算 {DAY}", f"测算 {BEFORE}"}
    assert lines[-1] == {"result": whole}


@pytest.mark.parametrize("headers", [{}, LINES], ids=["whole", "lines"])
@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"date": "1999-01-01"}, "date"),
        ({"against": "morgen"}, "#/against"),
        ({"rows": -1}, "#/rows"),
        ({"open_needs": "yes"}, "#/open_needs"),
    ],
    ids=str,
)
def test_what_does_not_fit_is_refused_before_the_first_line(
    asker: Caller, headers: dict[str, str], change: dict[str, Any], where: str
) -> None:
    refused = asker.post("/v1/policies/bank", json=change, headers=headers)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["where"] == where


def keyed(peipao: Peipao, *scopes: str) -> Caller:
    made = peipao.keys("tests", scopes, by="tests")
    return Caller(create_app(peipao), key=made.text)


def tell(peipao: Peipao, project: str, facts: dict[str, str]) -> None:
    day = dt.date.fromisoformat(DAY)
    rows = [SensitiveFact(project, name, said, day, "服务专员核实") for name, said in facts.items()]
    with peipao.store.transaction(who="tests", why="试") as tx:
        tx.sensitive.put_many(rows)


def test_without_the_scope_facts_about_people_count_as_unknown(peipao: Peipao) -> None:
    tell(peipao, "p0004", {"founder_category": '["就业困难人员"]', "insurance_mode": "灵活就业"})
    policy = "qd-flexible-social-insurance-2025"
    plain, trusted = keyed(peipao, "read"), keyed(peipao, "read", "sensitive")
    seen, known = (one.post("/v1/policies/bank", json={}).json() for one in (plain, trusted))
    assert (seen["personal_facts_used"], seen["notes"]) == (False, [NO_PERSONAL])
    assert (known["personal_facts_used"], known["notes"]) == (True, [])
    assert ["p0004", policy] in known["became_eligible"]["rows"]
    assert ["p0004", policy] not in seen["became_eligible"]["rows"]


def test_needs_are_opened_with_the_scope_to_write_alone(peipao: Peipao) -> None:
    kind = peipao.catalogue.owner_kind()
    assert kind is not None
    with peipao.store.reading() as tx:
        free = next(
            one.id
            for one in tx.projects.list()
            if all(need.kind != kind.name for need in tx.needs.of_project(one.id))
        )
    tell(peipao, free, {"has_rd_expense": "true", "industry_excluded": "false"})
    refused = keyed(peipao, "read").post("/v1/policies/bank", json={"open_needs": True})
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    answer = keyed(peipao, "read", "write").post("/v1/policies/bank", json={"open_needs": True})
    found = answer.json()
    assert [free, TAX] in found["became_eligible"]["rows"]
    with peipao.store.reading() as tx:
        opened = tx.needs.get_many(found["opened"])
    assert free in {need.project_id for need in opened}
    assert {need.kind for need in opened} == {kind.name}
