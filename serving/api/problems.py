"""One table turns our errors into HTTP; every refusal is problem+json (RFC 9457)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import orjson
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from peipao import errors
from peipao.errors import InvalidInputError, PeipaoError
from serving.api.strict_json import escaped

MEDIA_TYPE: Final = "application/problem+json"

STATUS: Final[Mapping[type[PeipaoError], int]] = {
    errors.InvalidInputError: 422,
    errors.UnknownValueError: 422,
    errors.SheetRefusedError: 422,
    errors.SensitiveFactError: 422,
    errors.MalformedBodyError: 400,
    errors.UnsupportedMediaTypeError: 415,
    errors.BodyTooLargeError: 413,
    errors.UnknownKindError: 404,
    errors.NotFoundError: 404,
    errors.AlreadyExistsError: 409,
    errors.IllegalTransitionError: 409,
    errors.CapacityTakenError: 409,
    errors.DuplicateMatchError: 409,
    errors.StaleWriteError: 409,
    errors.InfeasibleError: 409,
    errors.CheckFailedError: 409,
    errors.PreflightBlockedError: 409,
    errors.NoActiveModelError: 409,
    errors.NeedFilledError: 409,
    errors.NotEligibleError: 409,
    errors.NobodyFreeError: 409,
    errors.AlreadyAnsweredError: 409,
    errors.AnswerTooLateError: 409,
    errors.CallClosedError: 409,
    errors.KeyReusedError: 422,
    errors.MonthClosedError: 409,
    errors.MakerIsCheckerError: 403,
    errors.ForbiddenError: 403,
    errors.UnauthenticatedError: 401,
    errors.TooManyFailuresError: 429,
    errors.TooManyCallsError: 429,
    errors.UndeliverableError: 503,
    errors.TooManySolvesError: 429,
    errors.SolverFailedError: 503,
    errors.DatabaseNotReadyError: 503,
    errors.ModelPackageError: 503,
    errors.KindFileError: 500,
    errors.ReferenceDataError: 500,
    errors.LedgerBrokenError: 500,
    errors.BackupError: 500,
    errors.UnsafeBindError: 500,
    errors.SettingsError: 500,
    errors.SealedFactError: 500,
}
"""Every error raised on purpose and its status; a test walks all subclasses."""

_HTTP_TITLES: Final = {
    404: ("no-such-route", "没有这个地址"),
    405: ("method-not-allowed", "此地址不支持该方法"),
}
_INTERNAL: Final = ("internal-error", "服务内部错误")

_CHINESE: Final = {
    "missing": "缺少必填项",
    "extra_forbidden": "没有这个字段",
    "string_type": "应为文本",
    "string_too_short": "文本过短",
    "string_too_long": "文本过长",
    "string_pattern_mismatch": "格式不符",
    "int_type": "应为整数",
    "int_parsing": "应为整数",
    "int_from_float": "应为整数",
    "float_type": "应为数字",
    "float_parsing": "应为数字",
    "finite_number": "应为有限的数",
    "bool_type": "应为 true 或 false",
    "bool_parsing": "应为 true 或 false",
    "dict_type": "应为对象",
    "model_type": "应为对象",
    "model_attributes_type": "应为对象",
    "list_type": "应为数组",
    "tuple_type": "应为数组",
    "too_long": "条目过多",
    "too_short": "条目过少",
    "enum": "不在允许的取值中",
    "literal_error": "不在允许的取值中",
    "greater_than_equal": "小于允许的最小值",
    "greater_than": "应大于下限",
    "less_than_equal": "大于允许的最大值",
    "less_than": "应小于上限",
    "datetime_parsing": "应为 RFC 3339 的时间",
    "datetime_from_date_parsing": "应为 RFC 3339 的时间",
    "timezone_aware": "时间应注明时区",
    "date_parsing": "应为 YYYY-MM-DD 的日期",
    "date_from_datetime_parsing": "应为 YYYY-MM-DD 的日期",
}
_BOUNDS: Final = ("ge", "gt", "le", "lt", "min_length", "max_length", "pattern", "expected")


class ProblemItem(BaseModel):
    """One thing that is wrong, and where."""

    model_config = ConfigDict(extra="forbid")

    where: str = Field(description="请求体内为 JSON 指针(#/…),其余为 query.名 或 path.名")
    detail: str = Field(description="有何问题,应为何值")


class Problem(BaseModel):
    """The body of every refusal (RFC 9457)."""

    model_config = ConfigDict(extra="forbid")

    type: str = Field(examples=["urn:peipao:problem:unknown-kind"])
    code: str = Field(description="稳定的错误代码,见 docs/reference/errors.md")
    title: str = Field(description="中文标题")
    status: int
    detail: str = Field(description="中文说明:问题所在与应有的取值")
    errors: list[ProblemItem] = Field(default_factory=list)


def all_errors(root: type[PeipaoError] = PeipaoError) -> Iterator[type[PeipaoError]]:
    """Yield every subclass of an error, depth first, in the order of definition."""
    for error in root.__subclasses__():
        yield error
        yield from all_errors(error)


def problem_response(error: PeipaoError) -> Response:
    """Return the answer for an error of ours."""
    items = []
    if isinstance(error, InvalidInputError):
        right = f";应为:{error.right}" if error.right else ""
        items = [{"where": error.where, "detail": f"{error.problem}{right}"}]
    headers = {}
    if isinstance(error, errors.UnauthenticatedError):
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, errors.TooManyFailuresError | errors.TooManyCallsError):
        headers["Retry-After"] = str(error.wait_s)
    status = STATUS[type(error)]
    if status == 503:
        headers["Retry-After"] = "5"
    return _answer(status, error.code, error.title, str(error), items, headers=headers)


async def handle_peipao_error(_request: Request, error: Exception) -> Response:
    """Answer for an error raised on purpose."""
    if not isinstance(error, PeipaoError):
        raise error
    return problem_response(error)


async def handle_validation_error(_request: Request, error: Exception) -> Response:
    """Answer for a request of the wrong shape; what was sent is not repeated."""
    if not isinstance(error, RequestValidationError):
        raise error
    items = list(_items(error.errors()))
    detail = ";".join(f"{item['where']}:{item['detail']}" for item in items[:5])
    return _answer(422, InvalidInputError.code, InvalidInputError.title, detail, items)


async def handle_http_error(_request: Request, error: Exception) -> Response:
    """Answer for an address or method that is not there."""
    if not isinstance(error, HTTPException):
        raise error
    code, title = _HTTP_TITLES.get(error.status_code, (f"http-{error.status_code}", "请求无法处理"))
    return _answer(error.status_code, code, title, title, [], headers=error.headers)


def internal_error() -> Response:
    """Return the answer for a defect of ours, without its particulars."""
    code, title = _INTERNAL
    return _answer(500, code, title, "服务遇到未预料的问题,已记入日志", [])


def problems_of(*raised: type[PeipaoError]) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI `responses` of a route for the errors it may raise."""
    always = (errors.UnauthenticatedError, errors.ForbiddenError, errors.TooManyFailuresError)
    given = (errors.DatabaseNotReadyError, errors.InvalidInputError)
    every: tuple[type[PeipaoError], ...] = (*raised, *always, *given)
    found: dict[int, set[str]] = {}
    for error in every:
        found.setdefault(STATUS[error], set()).add(f"{error.code} {error.title}")
    return {status: documented("、".join(sorted(found[status]))) for status in sorted(found)}


def documented(description: str) -> dict[str, Any]:
    """Return one OpenAPI response of the problem media type."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": description, "content": {MEDIA_TYPE: {"schema": schema}}}


def errors_page() -> str:
    """Return the reference page of all error codes, as it is kept in docs/reference/errors.md."""
    rows = [(e.code, e.title, STATUS[e], _first_line(e)) for e in all_errors()]
    rows += [(code, title, status, "") for status, (code, title) in _HTTP_TITLES.items()]
    rows.append((*_INTERNAL, 500, ""))
    parts = ["# 错误代码\n", "由 `serving/api/problems.py` 生成;`make openapi` 重写。\n"]
    parts += [
        f"## {code}\n\n{title} · HTTP {status}\n" + (f"\n{text}\n" if text else "")
        for code, title, status, text in sorted(rows)
    ]
    return "\n".join(parts)


def _first_line(error: type[PeipaoError]) -> str:
    return (error.__doc__ or "").strip().splitlines()[0]


def _items(issues: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, str]]:
    for issue in issues:
        text = _CHINESE.get(issue["type"], f"取值不合法({issue['type']})")
        facts = issue.get("ctx", {})
        bounds = [f"{key} = {facts[key]}" for key in _BOUNDS if key in facts]
        yield {
            "where": _where(issue["loc"]),
            "detail": text + (f"({'、'.join(bounds)})" if bounds else ""),
        }


def _where(place: Iterable[object]) -> str:
    first, *rest = (str(part) for part in place)
    if first == "body":
        return "/".join(["#", *(escaped(part) for part in rest)])
    return ".".join([first, *rest])


def _answer(
    status: int,
    code: str,
    title: str,
    detail: str,
    items: Sequence[Mapping[str, str]],
    *,
    headers: Mapping[str, str] | None = None,
) -> Response:
    content: dict[str, object] = {
        "type": f"urn:peipao:problem:{code}",
        "code": code,
        "title": title,
        "status": status,
        "detail": _clean(detail),
    }
    if items:
        content["errors"] = [{key: _clean(text) for key, text in i.items()} for i in items]
    body = orjson.dumps(content)
    return Response(body, status, {**(headers or {})}, media_type=MEDIA_TYPE)


def _clean(text: str) -> str:
    # A path may carry what is no Unicode text; an answer must not.
    return text.encode("utf-8", "replace").decode("utf-8")
