"""Puts this folder on the path, so that test modules share the builders that lie beside it."""

from __future__ import annotations
