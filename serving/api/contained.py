"""The outermost layer: a defect of ours becomes a problem and a log line without anybody's data."""

from __future__ import annotations

import json
import logging
import traceback
from pathlib import Path

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.api.problems import internal_error

LOG = logging.getLogger("peipao.api")
_FRAMES = 12


class Contained:
    """ASGI middleware; the message of an exception may quote a record and is never written."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; answer and note what nobody foresaw."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def noted(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, noted)
        except Exception as error:  # noqa: BLE001  the last line of defence
            note_defect(error, getattr(scope.get("route"), "path", "none"), scope["method"])
            if not started:
                await internal_error()(scope, receive, send)


def note_defect(error: Exception, route: str, method: str) -> None:
    """Log a defect of ours by its kind and place, without its message."""
    LOG.error(_line(error, route, method))


def _line(error: Exception, route: str, method: str) -> str:
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    return json.dumps(
        {
            "event": "internal-error",
            "error": type(error).__name__,
            "route": route,
            "method": method,
            "frames": [f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in frames],
        },
        ensure_ascii=False,
    )
