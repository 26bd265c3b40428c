"""The tables of notices and of their way to the people concerned."""

from __future__ import annotations

import sqlalchemy as sa

from peipao.store.schema.columns import CODE, ID, code, key, metadata, number, text, time

notices = sa.Table(
    "notices",
    metadata,
    key(),
    sa.Column("recipient", sa.String(80), nullable=False),
    code("event"),
    sa.Column("subject", sa.String(80), nullable=False),
    text("params"),
    time("created_at"),
    sa.Index(None, "recipient", "created_at"),
    sa.Index(None, "subject"),
    sa.Index(None, "created_at"),
)

deliveries = sa.Table(
    "deliveries",
    metadata,
    sa.Column("notice_id", ID, sa.ForeignKey("notices.id"), primary_key=True),
    sa.Column("channel", CODE, primary_key=True),
    code("state"),
    number("attempts"),
    time("next_at", nullable=True),
    time("done_at", nullable=True),
    sa.Column("problem", CODE),
    sa.Index(None, "state", "next_at"),
)
