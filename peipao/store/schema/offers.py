"""The tables of offers: answers, links to answer by, places that fell free, and kept replies."""

from __future__ import annotations

import sqlalchemy as sa

from peipao.store.schema.columns import ID, SHA, code, flag, key, metadata, text, time, to

answers = sa.Table(
    "answers",
    metadata,
    sa.Column("match_id", ID, sa.ForeignKey("matches.id"), primary_key=True),
    sa.Column("side", sa.String(16), primary_key=True),
    flag("accepted"),
    sa.Column("reason", sa.String(40)),
    time("at"),
    sa.Column("answered_by", sa.String(80), nullable=False),
)

links = sa.Table(
    "links",
    metadata,
    key(),
    sa.Column("hash", SHA, nullable=False, unique=True),
    code("side"),
    to("matches", nullable=True, index=True),
    to("providers", nullable=True),
    time("created_at"),
    time("expires_at"),
    time("used_at", nullable=True),
    time("revoked_at", nullable=True),
)

vacancies = sa.Table(
    "vacancies",
    metadata,
    sa.Column("match_id", ID, sa.ForeignKey("matches.id"), primary_key=True),
    to("needs", index=True),
    time("at"),
    sa.Column("filling", sa.String(40), index=True),
    sa.Column("filled_by", ID),
    sa.Column("moved", ID),
    time("closed_at", nullable=True),
)

replies = sa.Table(
    "replies",
    metadata,
    sa.Column("actor", sa.String(80), primary_key=True),
    sa.Column("key", ID, primary_key=True),
    sa.Column("request", SHA, nullable=False),
    time("at"),
    text("body"),
    sa.Index(None, "at"),
)
