"""The columnar contracts between stages: frozen, ids beside arrays, shapes in the docstring."""

from __future__ import annotations
