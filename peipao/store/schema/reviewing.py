"""The tables of what happens to a round before it is published: findings and seed promises."""

from __future__ import annotations

import sqlalchemy as sa

from peipao.store.schema.columns import ID, SHA, code, key, metadata, text, time

preflight_findings = sa.Table(
    "preflight_findings",
    metadata,
    sa.Column("round_id", ID, sa.ForeignKey("rounds.id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    code("code"),
    text("detail"),
    sa.Column("overridden_by", sa.Text),
    sa.Column("override_reason", sa.Text),
    time("overridden_at", nullable=True),
)

seed_commitments = sa.Table(
    "seed_commitments",
    metadata,
    key(),
    code("kind"),
    sa.Column("hash", SHA, nullable=False, unique=True),
    text("source"),
    time("created_at"),
    text("created_by"),
    # The secret under the key for facts, until it is revealed in `secret`.
    text("sealed"),
    sa.Column("key_id", sa.String(16), nullable=False),
    sa.Column("inputs", SHA),
    time("frozen_at", nullable=True),
    sa.Column("secret", SHA),
    sa.Column("value", sa.Text),
    time("revealed_at", nullable=True),
    sa.Column("round_id", ID, sa.ForeignKey("rounds.id"), unique=True),
    sa.Index(None, "kind", "created_at"),
)
