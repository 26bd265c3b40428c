"""Contract tests that need data run on the small trained city."""

from __future__ import annotations

from trained_city import home, trained_home

__all__ = ["home", "trained_home"]
