"""Integration tests run on a small trained city."""

from __future__ import annotations

from trained_city import asker, client, home, peipao, steady, trained_home, wired

__all__ = ["asker", "client", "home", "peipao", "steady", "trained_home", "wired"]
