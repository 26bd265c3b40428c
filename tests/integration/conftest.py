"""Integration tests run on a small trained city, and on one that `peipao demo` made."""

from __future__ import annotations

from command_line import demo, run, run_demo
from trained_city import asker, client, drafts, home, peipao, steady, trained_home, wired

__all__ = [
    "asker",
    "client",
    "demo",
    "drafts",
    "home",
    "peipao",
    "run",
    "run_demo",
    "steady",
    "trained_home",
    "wired",
]
