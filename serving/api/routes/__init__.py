"""One module a noun; a route translates and calls one use case."""

from __future__ import annotations
