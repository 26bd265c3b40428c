"""The assignment kernel: exact, incremental, on plain arrays, compiled to machine code."""

from __future__ import annotations
