"""In front of every route: a request body is small, declared as JSON and strictly read."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from peipao.errors import BodyTooLargeError, PeipaoError, UnsupportedMediaTypeError
from serving.api.problems import problem_response
from serving.api.strict_json import parse_strict

_WITH_BODY = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_DRAIN_FACTOR = 16
"""A body up to this many times the limit is read and thrown away, so that the client, which is
still sending, can read the answer instead of meeting a closed connection."""


class JsonGuard:
    """ASGI middleware; refuses with problem+json before any route runs."""

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self._app, self._max_bytes = app, max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, with its body read and checked."""
        if scope["type"] != "http" or scope["method"] not in _WITH_BODY:
            await self._app(scope, receive, send)
            return
        try:
            body = await self._checked_body(Headers(scope=scope), receive)
        except PeipaoError as error:
            await problem_response(error)(scope, receive, send)
            return
        if body is not None:
            await self._app(scope, _replayed(body, receive), send)

    async def _checked_body(self, headers: Headers, receive: Receive) -> bytes | None:
        declared = headers.get("content-length", "")
        if declared.isdecimal() and int(declared[:18]) > self._max_bytes * _DRAIN_FACTOR:
            raise BodyTooLargeError(self._max_bytes)
        body = await _read(receive, self._max_bytes)
        if body:
            if not _is_json(headers.get("content-type", "")):
                raise UnsupportedMediaTypeError
            parse_strict(body)
        return body


async def _read(receive: Receive, limit: int) -> bytes | None:
    """Return the body, or None if the client has gone before it ended."""
    chunks: list[bytes] = []
    size, more = 0, True
    while more and size <= limit * _DRAIN_FACTOR:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        chunk = message.get("body", b"")
        size += len(chunk)
        if size <= limit:
            chunks.append(chunk)
        more = message.get("more_body", False)
    if size > limit:
        raise BodyTooLargeError(limit)
    return b"".join(chunks)


def _is_json(content_type: str) -> bool:
    return content_type.split(";", maxsplit=1)[0].strip().lower() == "application/json"


def _replayed(body: bytes, receive: Receive) -> Receive:
    sent = False

    async def replay() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
