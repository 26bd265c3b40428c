"""The table of monthly facts."""

from __future__ import annotations

import sqlalchemy as sa

from peipao.store.schema.columns import CODE, ID, metadata, text, time
from peipao.store.schema.requests import MONTH

monthly_facts = sa.Table(
    "monthly_facts",
    metadata,
    sa.Column("project_id", ID, sa.ForeignKey("projects.id"), primary_key=True),
    sa.Column("month", MONTH, primary_key=True),
    sa.Column("name", CODE, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("value", sa.Double, nullable=False),
    text("source"),
    sa.Column("confidence", sa.Double, nullable=False),
    time("at"),
    text("by"),
    sa.CheckConstraint("value >= 0", name="value"),
    sa.CheckConstraint("confidence > 0 AND confidence <= 1", name="confidence"),
    sa.CheckConstraint("number >= 0", name="number"),
    sa.Index(None, "month"),
)
