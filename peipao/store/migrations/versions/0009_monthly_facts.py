"""Monthly facts of projects.

Revision: 0009, after 0008.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "monthly_facts",
        sa.Column("project_id", sa.String(length=64), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.CheckConstraint("value >= 0", name=op.f("ck_monthly_facts_value")),
        sa.CheckConstraint(
            "confidence > 0 AND confidence <= 1", name=op.f("ck_monthly_facts_confidence")
        ),
        sa.CheckConstraint("number >= 0", name=op.f("ck_monthly_facts_number")),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_monthly_facts_project_id")
        ),
        sa.PrimaryKeyConstraint(
            "project_id", "month", "name", "number", name=op.f("pk_monthly_facts")
        ),
    )
    with op.batch_alter_table("monthly_facts") as table:
        table.create_index(op.f("ix_monthly_facts_month"), ["month"])


def downgrade() -> None:
    """Remove the table."""
    op.drop_table("monthly_facts")
