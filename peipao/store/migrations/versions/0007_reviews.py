"""What preflight found about rounds, promises of seeds, and since when a pairing runs.

Revision: 0007, after 0006.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "preflight_findings",
        sa.Column("round_id", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("overridden_by", sa.Text(), nullable=True),
        sa.Column("override_reason", sa.Text(), nullable=True),
        sa.Column("overridden_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["round_id"], ["rounds.id"], name=op.f("fk_preflight_findings_round_id")
        ),
        sa.PrimaryKeyConstraint("round_id", "number", name=op.f("pk_preflight_findings")),
    )
    op.create_table(
        "seed_commitments",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("inputs", sa.String(length=64), nullable=True),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("secret", sa.String(length=64), nullable=True),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("revealed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("round_id", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["round_id"], ["rounds.id"], name=op.f("fk_seed_commitments_round_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seed_commitments")),
        sa.UniqueConstraint("hash", name=op.f("uq_seed_commitments_hash")),
        sa.UniqueConstraint("round_id", name=op.f("uq_seed_commitments_round_id")),
    )
    with op.batch_alter_table("seed_commitments") as table:
        table.create_index(op.f("ix_seed_commitments_kind_created_at"), ["kind", "created_at"])
    with op.batch_alter_table("matches") as table:
        table.add_column(sa.Column("since", sa.Date(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("matches") as table:
        table.drop_column("since")
    op.drop_table("seed_commitments")
    op.drop_table("preflight_findings")
