"""Affinity becomes an exact, checked assignment."""

from __future__ import annotations
