"""The tables of calls: what is called for, who bids, and the marks of reviewers."""

from __future__ import annotations

import sqlalchemy as sa

from peipao.store.schema.columns import ID, code, key, metadata, number, text, time, to

calls = sa.Table(
    "calls",
    metadata,
    key(),
    code("kind"),
    text("title"),
    time("created_at"),
    sa.Column("created_by", sa.String(80), nullable=False),
    time("closes_at"),
    text("need_ids"),
    text("rule"),
    code("state"),
    sa.Column("drafted_by", sa.String(80)),
    sa.Column("award", sa.Text),
    number("version"),
    sa.Index(None, "state", "closes_at"),
)

bids = sa.Table(
    "bids",
    metadata,
    key(),
    to("calls"),
    to("needs", index=True),
    to("providers"),
    text("plan"),
    time("at"),
    sa.Column("placed_by", sa.String(80), nullable=False),
    time("withdrawn_at", nullable=True),
    sa.UniqueConstraint("call_id", "need_id", "provider_id"),
)

marks = sa.Table(
    "marks",
    metadata,
    sa.Column("bid_id", ID, sa.ForeignKey("bids.id"), primary_key=True),
    sa.Column("reviewer", sa.String(80), primary_key=True),
    number("mark"),
    time("at"),
    sa.CheckConstraint("mark >= 0 AND mark <= 100", name="mark"),
)
