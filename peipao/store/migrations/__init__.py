"""Alembic revisions of the database, run by `peipao.store.migration`."""

from __future__ import annotations
