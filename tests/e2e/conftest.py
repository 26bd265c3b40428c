"""Tests in a real browser run on a small trained city behind a real server."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest
import uvicorn
from browser import Browser, a_browser
from trained_city import home, peipao, trained_home, wired

from serving.api.app import create_app
from serving.wiring import Peipao

__all__ = ["address", "browser", "home", "peipao", "trained_home", "wired"]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One window for all tests; skipped where there is no browser."""
    with a_browser() as opened:
        yield opened


@pytest.fixture
def address(browser: Browser, peipao: Peipao) -> Iterator[str]:
    """Address of a real server on loopback; made only where there is a browser."""
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
