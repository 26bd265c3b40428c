"""Everything that talks to somebody."""

from __future__ import annotations
