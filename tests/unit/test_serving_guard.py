from __future__ import annotations

import asyncio

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from serving.api.guard import JsonGuard

LIMIT = 2048


async def _echo(scope: Scope, receive: Receive, send: Send) -> None:
    body = await Request(scope, receive).body()
    await JSONResponse({"size": len(body)})(scope, receive, send)


def _post(content: bytes, kind: str = "application/json") -> httpx.Response:
    async def call() -> httpx.Response:
        app = httpx.ASGITransport(JsonGuard(_echo, LIMIT))
        async with httpx.AsyncClient(transport=app, base_url="http://peipao") as client:
            return await client.post("/x", content=content, headers={"content-type": kind})

    return asyncio.run(call())


def test_a_clean_body_reaches_the_route_whole() -> None:
    assert _post(b'{"a": 1}').json() == {"size": 8}


def test_a_call_without_a_body_passes() -> None:
    assert _post(b"", kind="").json() == {"size": 0}


@pytest.mark.parametrize(
    ("body", "kind", "status", "code"),
    [
        (b'{"a": NaN}', "application/json", 400, "malformed-body"),
        (b"a=1", "application/x-www-form-urlencoded", 415, "unsupported-media-type"),
        (b"{}", "", 415, "unsupported-media-type"),
        (b"{}", "text/plain", 415, "unsupported-media-type"),
        (b" " * (LIMIT + 1), "application/json", 413, "body-too-large"),
        (b" " * (LIMIT * 17), "application/json", 413, "body-too-large"),
    ],
)
def test_what_is_not_small_clean_json_is_refused_before_any_route(
    body: bytes, kind: str, status: int, code: str
) -> None:
    answer = _post(body, kind)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"


def _run(messages: list[dict[str, object]], headers: list[tuple[bytes, bytes]]) -> list[int]:
    statuses: list[int] = []
    waiting = iter(messages)

    async def receive() -> dict[str, object]:
        return next(waiting)

    async def send(message: dict[str, object]) -> None:
        if message["type"] == "http.response.start":
            statuses.append(int(str(message["status"])))

    scope = {"type": "http", "method": "POST", "path": "/", "headers": headers}
    asyncio.run(JsonGuard(_echo, LIMIT)(scope, receive, send))  # type: ignore[arg-type]
    return statuses


def test_a_body_sent_in_pieces_is_counted_without_its_length() -> None:
    piece = {"type": "http.request", "body": b" " * 1000, "more_body": True}
    last = {"type": "http.request", "body": b"", "more_body": False}
    json_type = [(b"content-type", b"application/json")]
    assert _run([piece, piece, piece, last], json_type) == [413]


def test_a_body_without_end_is_answered_after_a_bounded_wait() -> None:
    piece = {"type": "http.request", "body": b" " * 1000, "more_body": True}
    assert _run([piece] * 40, []) == [413]


def test_a_huge_declared_length_is_refused_before_a_byte_is_read() -> None:
    assert _run([], [(b"content-length", b"9" * 30)]) == [413]


def test_a_client_that_goes_away_gets_no_answer_and_reaches_no_route() -> None:
    piece = {"type": "http.request", "body": b"{}", "more_body": True}
    assert _run([piece, {"type": "http.disconnect"}], []) == []
