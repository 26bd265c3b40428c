"""Tests in a real browser run on a small trained city behind a real server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from browser import Browser, a_browser
from served_app import served
from trained_city import home, peipao, trained_home, wired

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
    with served(peipao) as at:
        yield at
