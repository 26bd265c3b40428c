"""The tables of requests, of the steps of needs, of what is said about them, and of closed months.

`need_steps.due_month` is the month in Shanghai in which `due_at` lies: no two databases compute it
alike, so it is written down.
"""

from __future__ import annotations

import sqlalchemy as sa

from peipao.store.schema.columns import ID, SHA, code, flag, key, metadata, text, time, to

MONTH = sa.String(7)

requests = sa.Table(
    "requests",
    metadata,
    key(),
    to("projects", index=True),
    code("channel"),
    sa.Column("source_id", sa.String(200)),
    text("words"),
    time("opened_at"),
    sa.UniqueConstraint("channel", "source_id"),
)

need_steps = sa.Table(
    "need_steps",
    metadata,
    sa.Column("need_id", ID, sa.ForeignKey("needs.id"), primary_key=True),
    sa.Column("step", sa.String(40), primary_key=True),
    sa.Column("turn", sa.Integer, primary_key=True, autoincrement=False),
    time("started_at"),
    time("due_at"),
    sa.Column("due_month", MONTH, nullable=False),
    sa.Column("owner", ID),
    flag("assumed"),
    time("done_at", nullable=True),
    sa.Column("result", sa.String(40)),
    time("overdue_at", nullable=True),
    time("warned_at", nullable=True),
    sa.CheckConstraint("turn >= 1", name="turn"),
    sa.CheckConstraint("(done_at IS NULL) = (result IS NULL)", name="ended"),
    sa.Index(None, "step", "due_month"),
    sa.Index(None, "done_at", "due_at"),
)

comments = sa.Table(
    "comments",
    metadata,
    key(),
    to("needs", index=True),
    code("side"),
    text("by"),
    time("at"),
    text("words"),
)

statements = sa.Table(
    "statements",
    metadata,
    sa.Column("month", MONTH, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    time("at"),
    text("by"),
    text("why"),
    text("figures"),
    sa.Column("digest", SHA, nullable=False),
    sa.CheckConstraint("number >= 0", name="number"),
)
