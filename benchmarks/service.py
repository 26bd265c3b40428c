"""The HTTP service in a process of its own, and a keep-alive client to call it."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.processes import ROOT, Server, serving_process

SERVE = ("-m", "serving.cli.main", "serve", "--port", "0")
_POLL_S, _PATIENCE_S = 0.01, 120.0


class Client:
    """A keep-alive connection."""

    def __init__(self, port: int) -> None:
        """Connect on first use."""
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)

    def timed(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> tuple[float, int, bytes, str]:
        """Return (ms, status, body, entity tag) of one request."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        started = time.perf_counter()
        self.connection.request(method, path, body, sent)
        answer = self.connection.getresponse()
        content = answer.read()
        spent = (time.perf_counter() - started) * 1000
        return spent, answer.status, content, answer.headers.get("etag", "")

    def post(self, path: str, body: dict[str, Any], key: str | None = None) -> tuple[int, bytes]:
        """Return (status, body) of a POST."""
        headers = {"content_type": "application/json"}
        if key is not None:
            headers["Idempotency_Key"] = key
        _, status, content, _ = self.timed("POST", path, json.dumps(body).encode(), **headers)
        return status, content


@contextmanager
def started(
    home: Path, url: str | None = None, *, before: tuple[str, ...] = ()
) -> Iterator[tuple[Server, Client, float]]:
    """Start the service on a home; yield it once it is ready, and how many seconds that took.

    Args:
        home: the folder.
        url: of the database; None is the SQLite file of the home.
        before: a command that runs the interpreter, such as a tracer.
    """
    began = time.perf_counter()
    # Python's own search path must find the packages wherever the service is started.
    variables = {"PEIPAO_HOME": str(home), "PYTHONPATH": str(ROOT)}
    if url is not None:
        variables["PEIPAO_STORE__URL"] = url
    with serving_process(SERVE, home.parent, before=before, **variables) as server:
        client = Client(server.wait_for_address())
        wait(client, "/readyz")
        yield server, client, time.perf_counter() - began


def wait(client: Client, path: str) -> None:
    """Return once a path answers 200; the socket is there before anybody listens.

    Raises:
        RuntimeError: the service is not ready for two minutes.
    """
    last = time.perf_counter() + _PATIENCE_S
    while not answers(client, path):
        if time.perf_counter() > last:
            raise RuntimeError(f"{path} does not answer 200 for {_PATIENCE_S:.0f} s")
        time.sleep(_POLL_S)


def answers(client: Client, path: str) -> bool:
    """Tell whether a path answers 200 now."""
    try:
        return client.timed("GET", path)[1] == 200
    except (ConnectionError, http.client.HTTPException):
        client.connection.close()
        return False
