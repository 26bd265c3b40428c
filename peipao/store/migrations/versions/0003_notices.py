"""Notices to whoever is concerned, and their way through each channel.

Revision: 0003, after 0002.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "notices",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("recipient", sa.String(length=80), nullable=False),
        sa.Column("event", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("params", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
    )
    with op.batch_alter_table("notices") as table:
        table.create_index(op.f("ix_notices_recipient_created_at"), ["recipient", "created_at"])
        table.create_index(op.f("ix_notices_subject"), ["subject"])
        table.create_index(op.f("ix_notices_created_at"), ["created_at"])
    op.create_table(
        "deliveries",
        sa.Column("notice_id", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["notices.id"], name=op.f("fk_deliveries_notice_id")
        ),
        sa.PrimaryKeyConstraint("notice_id", "channel", name=op.f("pk_deliveries")),
    )
    with op.batch_alter_table("deliveries") as table:
        table.create_index(op.f("ix_deliveries_state_next_at"), ["state", "next_at"])


def downgrade() -> None:
    op.drop_table("deliveries")
    op.drop_table("notices")
