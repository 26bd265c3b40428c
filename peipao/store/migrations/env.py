"""Run by Alembic: works on the connection that `peipao.store.migration` hands over."""

from __future__ import annotations

from alembic import context

from peipao.store.migration import CONTEXT

connection = context.config.attributes["connection"]
context.configure(connection=connection, **CONTEXT)
with context.begin_transaction():
    context.run_migrations()
