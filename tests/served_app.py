"""An app behind a real server on loopback."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from serving.api.app import create_app
from serving.wiring import Peipao


@contextmanager
def served(peipao: Peipao) -> Iterator[str]:
    """Yield the address of a server that runs in a thread and is stopped afterwards."""
    bound = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(create_app(peipao), log_level="critical", access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
