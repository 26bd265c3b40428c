"""The command line: one module a noun."""

from __future__ import annotations
