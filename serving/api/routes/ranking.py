"""Ranked lists; the two busiest are plain Starlette routes that write their JSON themselves."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route
from typing_extensions import override

from peipao.domain.ids import checked_id
from peipao.errors import (
    InvalidInputError,
    NoActiveModelError,
    NotFoundError,
    SensitiveFactError,
    UnknownKindError,
    UnknownValueError,
)
from serving.api.auth import actor_of, needs, require
from serving.api.problems import problems_of
from serving.api.schemas import DEFAULT_LIMIT, MAX_LIMIT, ExplanationOut, Id, RankIn, RankingOut
from serving.api.uses import Uses, peipao_of
from serving.usecases.answers import Ranking
from serving.usecases.drafts import NeedDraft, ProjectDraft
from serving.usecases.keys import Scope

router = APIRouter(prefix="/v1", tags=["推荐"])

PROJECT_MATCHES = "/v1/projects/{project_id}/matches"
NEED_MATCHES = "/v1/needs/{need_id}/matches"


async def project_matches(request: Request) -> Response:
    """Rank the providers of one kind for a stored project."""
    require(actor_of(request), Scope.RANK)
    use, seen = peipao_of(request), request.headers.get("if-none-match")
    kind = request.query_params.get("kind")
    if kind is None:
        raise InvalidInputError("query.kind", "缺少必填项", "匹配类别")
    key, limit = checked_id(request.path_params["project_id"], "path.project_id"), _limit(request)

    def answer() -> Response:
        return _written(use.rank.project(key, kind, limit, seen_tag=seen))

    return await run_in_threadpool(answer)


async def need_matches(request: Request) -> Response:
    """Rank providers for a stored need."""
    require(actor_of(request), Scope.RANK)
    use, seen = peipao_of(request), request.headers.get("if-none-match")
    key, limit = checked_id(request.path_params["need_id"], "path.need_id"), _limit(request)

    def answer() -> Response:
        return _written(use.rank.need(key, limit, seen_tag=seen))

    return await run_in_threadpool(answer)


class _BareRoute(Route):
    """Says which route it is, as FastAPI's own do; the figures count by it."""

    @override
    def matches(self, scope: MutableMapping[str, Any]) -> tuple[Match, MutableMapping[str, Any]]:
        match, found = super().matches(scope)
        return match, {**found, "route": self}


BARE_ROUTES = (
    _BareRoute(PROJECT_MATCHES, project_matches, methods=["GET"]),
    _BareRoute(NEED_MATCHES, need_matches, methods=["GET"]),
)
"""They pass by FastAPI's parameter and response handling; `openapi.py` documents them."""


@router.post(
    "/rank",
    response_model=RankingOut,
    responses=problems_of(
        UnknownKindError, UnknownValueError, SensitiveFactError, NoActiveModelError
    ),
    dependencies=needs(Scope.RANK),
    summary="为一份未登记的画像排序",
)
def rank_profile(body: RankIn, use: Uses) -> Response:
    """Rank for a profile of which nothing is stored."""
    project = ProjectDraft("", body.project.stage, body.project.attributes)
    need = NeedDraft(body.kind, body.attributes)
    return _written(use.rank.profile(project, need, body.limit))


@router.get(
    "/needs/{need_id}/explain",
    response_model=ExplanationOut,
    responses=problems_of(NotFoundError, NoActiveModelError),
    dependencies=needs(Scope.RANK),
    summary="解释一个资源方为何在此名次或被排除",
)
def explain_pair(need_id: Id, use: Uses, provider: Annotated[Id, Query()]) -> object:
    """Say why a provider stands where it stands for a need, or why it is excluded."""
    return use.explain_pair(need_id, provider)


def _limit(request: Request) -> int:
    text = request.query_params.get("limit", str(DEFAULT_LIMIT))
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= MAX_LIMIT):
        raise InvalidInputError("query.limit", "取值不合法", f"1 至 {MAX_LIMIT} 的整数")
    return int(text)


def _written(found: Ranking) -> Response:
    headers = {"ETag": found.tag, "Cache-Control": "private, no-cache"}
    if found.unchanged:
        return Response(status_code=304, headers=headers)
    return Response(ranking_bytes(found), media_type="application/json", headers=headers)


def ranking_bytes(found: Ranking) -> bytes:
    """Return the JSON of a ranked list, in the shape of `RankingOut`."""
    versions = found.versions
    return orjson.dumps(
        {
            "kind": found.kind,
            "need_id": found.need_id,
            "project_id": found.project_id,
            "model_version": versions.model,
            "data_version": versions.data,
            "notice_version": found.notice_version,
            "rules_version": versions.rules,
            "tables_version": versions.tables,
            "calibrated": found.calibrated,
            "n_eligible": found.n_eligible,
            "excluded": dict(found.excluded),
            "shortlist": [
                {
                    "level": one.level,
                    "length": one.length,
                    "coverage": one.coverage,
                    "usual_length": one.usual_length,
                }
                for one in found.shortlist
            ],
            "matches": [
                {
                    "rank": rank,
                    "provider_id": one.provider_id,
                    "name": one.name,
                    "affinity": round(one.affinity, 6),
                    "affinity_interval": _rounded(one.affinity_interval),
                    "margin": round(one.margin, 6),
                    "reasons": list(one.reasons),
                    "contributions": [
                        {
                            "label": part.label,
                            "value": round(part.value, 6),
                            "topic": part.topic,
                        }
                        for part in one.contributions
                    ],
                }
                for rank, one in enumerate(found.matches, start=1)
            ],
        }
    )


def _rounded(interval: tuple[float, float] | None) -> list[float] | None:
    return None if interval is None else [round(end, 6) for end in interval]
