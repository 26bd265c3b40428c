"""Measurements of the whole service; `python -m benchmarks` writes them to RESULTS.md."""

from __future__ import annotations
