"""Long work that tells how far it is: one JSON object a line, the result or the refusal last."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from typing import Final

import orjson
from starlette.requests import Request

from peipao.errors import PeipaoError
from serving.api.contained import note_defect
from serving.api.problems import internal_error, problem_response

LINES: Final = "application/x-ndjson"

Progress = Callable[[str, float], None]
Work = Callable[[Progress], object]
"""Does the work, tells of it, and returns a JSON value."""


class _GoneError(Exception):
    """The caller hung up."""


def wants_lines(request: Request) -> bool:
    """Tell whether the caller asked for lines and not for one answer at the end."""
    accepted = request.headers.get("accept", "").split(",")
    return any(part.partition(";")[0].strip().lower() == LINES for part in accepted)


def told(work: Work, route: str) -> Iterator[bytes]:
    """Yield lines `{"doing", "share"}`, then `{"result"}` or `{"problem"}`.

    The work runs in a thread of its own. When the caller hangs up, it ends at the next step that
    it tells of; what it would have written after that is not written.
    """
    lines: queue.SimpleQueue[tuple[bool, dict[str, object]]] = queue.SimpleQueue()
    gone = threading.Event()

    def tell(doing: str, share: float) -> None:
        if gone.is_set():
            raise _GoneError
        lines.put((False, {"doing": doing, "share": round(share, 3)}))

    def run() -> None:
        lines.put((True, _ended(work, tell, route)))

    threading.Thread(target=run, name="peipao-told", daemon=True).start()
    try:
        over = False
        while not over:
            over, line = lines.get()
            yield orjson.dumps(line) + b"\n"
    finally:
        gone.set()


def _ended(work: Work, tell: Progress, route: str) -> dict[str, object]:
    try:
        return {"result": work(tell)}
    except _GoneError:
        return {}
    except PeipaoError as error:
        return {"problem": orjson.loads(bytes(problem_response(error).body))}
    except Exception as error:  # noqa: BLE001  the headers are sent: the last line must say it
        note_defect(error, route, "POST")
        return {"problem": orjson.loads(bytes(internal_error().body))}
