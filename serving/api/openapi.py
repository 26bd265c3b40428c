"""The OpenAPI document: FastAPI's own, plus the bare routes and the problem media type."""

from __future__ import annotations

import json
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from peipao.errors import NoActiveModelError, NotFoundError, UnknownKindError
from serving.api.problems import MEDIA_TYPE, Problem, documented, problems_of
from serving.api.routes.ranking import NEED_MATCHES, PROJECT_MATCHES
from serving.api.schemas import DEFAULT_LIMIT, MAX_LIMIT, ContributionOut, RankedOut, RankingOut

TITLE = "陪跑服务匹配接口"
DESCRIPTION = (
    "为创业项目推荐并配对服务专员、导师、空间等资源方。"
    "拒绝一律为 application/problem+json,错误代码见 docs/reference/errors.md。"
)
OPEN = frozenset({"/healthz", "/readyz"})
_REF = "#/components/schemas/{model}"
_ID_SCHEMA = {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"}
_BARE = {
    PROJECT_MATCHES: ("rank_project", "为已登记的项目排序", "project_id"),
    NEED_MATCHES: ("rank_need", "为已登记的需求排序", "need_id"),
}


def document(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document of the app, made once."""
    if app.openapi_schema is None:
        app.openapi_schema = _made(app)
    return app.openapi_schema


def document_text(app: FastAPI) -> str:
    """Return the document as it is kept in docs/reference/openapi.json."""
    return json.dumps(document(app), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _made(app: FastAPI) -> dict[str, Any]:
    made = get_openapi(title=TITLE, version=app.version, description=DESCRIPTION, routes=app.routes)
    schemas = made.setdefault("components", {}).setdefault("schemas", {})
    for model in (Problem, RankingOut, RankedOut, ContributionOut):
        found = model.model_json_schema(ref_template=_REF)
        schemas.update(found.pop("$defs", {}))
        schemas[model.__name__] = found
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    for path, (operation, summary, key) in _BARE.items():
        made["paths"][path] = {"get": _bare_operation(path, operation, summary, key)}
    _secure(made)
    for path, methods in made["paths"].items():
        for operation in methods.values():
            _settle(path, operation)
    return made


def _bare_operation(path: str, name: str, summary: str, key: str) -> dict[str, Any]:
    parameters = [_parameter(key, "path", _ID_SCHEMA)]
    if path == PROJECT_MATCHES:
        parameters.append(_parameter("kind", "query", {"type": "string", "maxLength": 40}))
    limit = {
        "type": "integer",
        "minimum": 1,
        "maximum": MAX_LIMIT,
        "default": DEFAULT_LIMIT,
    }
    parameters.append({**_parameter("limit", "query", limit), "required": False})
    seen = {**_parameter("If-None-Match", "header", {"type": "string"}), "required": False}
    parameters.append(seen)
    schema = {"$ref": _REF.format(model=RankingOut.__name__)}
    refusals = problems_of(NotFoundError, UnknownKindError, NoActiveModelError)
    return {
        "operationId": name,
        "tags": ["推荐"],
        "summary": summary,
        "parameters": parameters,
        "responses": {
            "200": {
                "description": "按匹配度从高到低的资源方,附理由",
                "headers": {"ETag": {"schema": {"type": "string"}}},
                "content": {"application/json": {"schema": schema}},
            },
            "304": {"description": "与 If-None-Match 所指的列表相同"},
            **{str(status): found for status, found in refusals.items()},
        },
    }


def _parameter(name: str, place: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": place, "required": True, "schema": schema}


def _secure(made: dict[str, Any]) -> None:
    scheme = {
        "type": "http",
        "scheme": "bearer",
        "description": "密钥 pp_<编号>_<密文>;尚未建立任何密钥时,本机访问无需密钥",
    }
    made["components"]["securitySchemes"] = {"key": scheme}
    made["security"] = [{"key": []}, {}]


def _settle(path: str, operation: dict[str, Any]) -> None:
    """Say of an operation what holds for all: problem bodies, and what the guard refuses."""
    responses = operation["responses"]
    found = responses.get("422")
    if found is not None and "ValidationError" in json.dumps(found):
        responses["422"] = documented("invalid-input 输入有误")
    if path in OPEN:
        operation["security"] = []
        return
    if "requestBody" in operation:
        responses["400"] = documented("malformed-body 请求体不是合格的 JSON")
        responses["413"] = documented("body-too-large 请求体过大")
        responses["415"] = documented("unsupported-media-type 请求体类型不受支持")
    responses["500"] = documented("internal-error 服务内部错误")


__all__ = ["MEDIA_TYPE", "document", "document_text"]
