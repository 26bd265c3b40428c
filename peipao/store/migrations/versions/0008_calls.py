"""Calls with their bids and the marks of reviewers.

Revision: 0008, after 0007.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def _id(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=64), nullable=False)


def _who(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=80), nullable=nullable)


def _at(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, _TIME, nullable=nullable)


def _to(table: str, name: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([name], [target], name=op.f(f"fk_{table}_{name}"))


def upgrade() -> None:
    op.create_table(
        "calls",
        _id("id"),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        _at("created_at"),
        _who("created_by"),
        _at("closes_at"),
        sa.Column("need_ids", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        _who("drafted_by", nullable=True),
        sa.Column("award", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calls")),
    )
    with op.batch_alter_table("calls") as table:
        table.create_index(op.f("ix_calls_state_closes_at"), ["state", "closes_at"])
    _bids()
    _marks()


def _bids() -> None:
    op.create_table(
        "bids",
        _id("id"),
        _id("call_id"),
        _id("need_id"),
        _id("provider_id"),
        sa.Column("plan", sa.Text(), nullable=False),
        _at("at"),
        _who("placed_by"),
        _at("withdrawn_at", nullable=True),
        _to("bids", "call_id", "calls.id"),
        _to("bids", "need_id", "needs.id"),
        _to("bids", "provider_id", "providers.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bids")),
        sa.UniqueConstraint(
            "call_id", "need_id", "provider_id", name=op.f("uq_bids_call_id_need_id_provider_id")
        ),
    )
    with op.batch_alter_table("bids") as table:
        table.create_index(op.f("ix_bids_need_id"), ["need_id"])


def _marks() -> None:
    op.create_table(
        "marks",
        _id("bid_id"),
        _who("reviewer"),
        sa.Column("mark", sa.Integer(), nullable=False),
        _at("at"),
        sa.CheckConstraint("mark >= 0 AND mark <= 100", name=op.f("ck_marks_mark")),
        _to("marks", "bid_id", "bids.id"),
        sa.PrimaryKeyConstraint("bid_id", "reviewer", name=op.f("pk_marks")),
    )


def downgrade() -> None:
    for name in ("marks", "bids", "calls"):
        op.drop_table(name)
