"""The ground of peipao: words, tables, storage and reference data; it knows no algorithm."""

from __future__ import annotations
