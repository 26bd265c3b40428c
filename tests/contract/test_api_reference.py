from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

import serving
from peipao.config import Settings
from peipao.errors import PeipaoError
from serving.api.app import create_app
from serving.api.problems import STATUS, all_errors
from serving.api.reference_pages import reference_pages
from serving.wiring import wire

DOCS = Path(serving.__file__).resolve().parent.parent / "docs" / "reference"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    """An app on an empty home: its documents need no data."""
    peipao = wire(Settings(home=tmp_path_factory.mktemp("home")))
    yield create_app(peipao)
    peipao.close()


@pytest.fixture(scope="module")
def document(app: FastAPI) -> dict[str, Any]:
    return app.openapi()


def operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for methods in document["paths"].values() for one in methods.values()]


@pytest.mark.parametrize("name", ["openapi.json", "errors.md"])
def test_the_reference_page_that_is_kept_is_the_one_the_code_makes(app: FastAPI, name: str) -> None:
    """Run `make openapi` and read the difference when this fails."""
    assert (DOCS / name).read_text(encoding="utf-8") == reference_pages(app)[name]


@pytest.mark.parametrize("error", list(all_errors()), ids=lambda error: error.code)
def test_every_error_is_mapped_and_documented(error: type[PeipaoError]) -> None:
    assert error in STATUS
    assert f"## {error.code}\n" in (DOCS / "errors.md").read_text(encoding="utf-8")


def test_operation_ids_are_unique_names(document: dict[str, Any]) -> None:
    names = [one["operationId"] for one in operations(document)]
    assert sorted(names) == sorted(set(names))
    assert all(re.fullmatch(r"[a-z_]+", name) for name in names)


def test_every_operation_has_a_tag_a_chinese_summary_and_its_refusals(
    document: dict[str, Any],
) -> None:
    for one in operations(document):
        assert one["tags"], one["operationId"]
        assert re.search(r"[\u4e00-\u9fff]", one["summary"]), one["operationId"]
        refusals = [found for status, found in one["responses"].items() if status[0] in "45"]
        problems = [found for found in refusals if "application/problem+json" in found["content"]]
        assert problems or one["operationId"] in {"healthz", "readyz"}, one["operationId"]


def test_every_reference_inside_the_document_leads_somewhere(document: dict[str, Any]) -> None:
    targets = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document)))
    assert targets <= set(document["components"]["schemas"])


def test_every_route_of_the_app_is_documented(app: FastAPI, document: dict[str, Any]) -> None:
    assert {
        "/v1/projects",
        "/v1/projects/{project_id}",
        "/v1/projects/{project_id}/matches",
        "/v1/projects/{project_id}/policies",
        "/v1/projects/{project_id}/facts",
        "/v1/projects/{project_id}/facts/{fact}",
        "/v1/policies",
        "/v1/policies/{policy_id}",
        "/v1/policies/check",
        "/v1/policies/bank",
        "/v1/needs",
        "/v1/needs/{need_id}/matches",
        "/v1/needs/{need_id}/explain",
        "/v1/rank",
        "/v1/rounds",
        "/v1/rounds/{round_id}",
        "/v1/rounds/{round_id}/matches",
        "/v1/rounds/{round_id}/outcomes",
        "/v1/rounds/{round_id}/check",
        "/v1/rounds/{round_id}/approve",
        "/v1/rounds/{round_id}/publish",
        "/v1/rounds/{round_id}/withdraw",
        "/v1/rounds/{round_id}/close",
        "/v1/offers",
        "/v1/matches/{match_id}",
        "/v1/matches/{match_id}/answer",
        "/v1/matches/{match_id}/met",
        "/v1/matches/{match_id}/end",
        "/v1/matches/{match_id}/links",
        "/v1/links/{link_id}/revoke",
        "/v1/providers/{provider_id}/links",
        "/v1/providers/{provider_id}/load",
        "/v1/providers/{provider_id}/pause",
        "/v1/providers/{provider_id}/resume",
        "/v1/answer",
        "/v1/answer/met",
        "/v1/answer/end",
        "/v1/answer/load",
        "/v1/answer/pause",
        "/v1/rounds/{round_id}/findings",
        "/v1/rounds/{round_id}/findings/{number}/override",
        "/v1/rounds/{round_id}/bundle",
        "/v1/rounds/{round_id}/replay",
        "/v1/rounds/{round_id}/diff/{other_id}",
        "/v1/rounds/{round_id}/report",
        "/v1/rounds/{round_id}/notices",
        "/v1/pairings/import",
        "/v1/seeds",
        "/v1/seeds/{seed_id}",
        "/v1/seeds/{seed_id}/freeze",
        "/v1/seeds/{seed_id}/draw",
        "/v1/answer/calls",
        "/v1/answer/notices",
        "/v1/providers/{provider_id}/notices",
        "/v1/answer/bids",
        "/v1/answer/bids/{bid_id}/withdraw",
        "/v1/calls",
        "/v1/calls/{call_id}",
        "/v1/calls/{call_id}/bids",
        "/v1/calls/{call_id}/award",
        "/v1/calls/{call_id}/publish",
        "/v1/calls/{call_id}/cancel",
        "/v1/assignments/jobs",
        "/v1/assignments/jobs/{job_id}",
        "/v1/books/facts",
        "/v1/books/figures",
        "/v1/books/missing",
        "/v1/projects/{project_id}/monthly-facts",
        "/v1/projects/{project_id}/monthly-facts/{month}",
        "/v1/rounds/{round_id}/bottlenecks",
        "/v1/rounds/{round_id}/plans",
        "/v1/rounds/{round_id}/why",
        "/v1/bids/{bid_id}/withdraw",
        "/v1/bids/{bid_id}/mark",
        "/v1/feedback",
        "/v1/requests",
        "/v1/requests/{request_id}",
        "/v1/projects/{project_id}/needs",
        "/v1/projects/{project_id}/notices",
        "/v1/needs/{need_id}",
        "/v1/needs/{need_id}/acknowledge",
        "/v1/needs/{need_id}/close",
        "/v1/needs/{need_id}/comments",
        "/v1/needs/{need_id}/owner",
        "/v1/needs/{need_id}/refer",
        "/v1/needs/{need_id}/resolve",
        "/v1/needs/{need_id}/withdraw",
        "/v1/response-rate",
        "/v1/unanswered-needs",
        "/v1/overdue-steps",
        "/v1/months/{month}/close",
        "/v1/months/{month}/restate",
        "/v1/months/{month}/statements",
        "/v1/kinds",
        "/v1/kinds/{kind}",
        "/v1/industries/classify",
        "/v1/providers",
        "/v1/assignments/solve",
        "/v1/algorithm-notice",
        "/healthz",
        "/readyz",
        "/metrics",
    } == set(document["paths"])
