"""Requests, the clocks of needs, comments, and statements of closed months.

The clocks of needs that are stored already are started by `Store.migrate` afterwards: deadlines
need a calendar, which no migration has.

Revision: 0004, after 0003.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def _requests() -> None:
    op.create_table(
        "requests",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("project_id", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("source_id", sa.String(length=200), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_requests_project_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_requests")),
        sa.UniqueConstraint("channel", "source_id", name=op.f("uq_requests_channel_source_id")),
    )
    with op.batch_alter_table("requests") as table:
        table.create_index(op.f("ix_requests_project_id"), ["project_id"])
    with op.batch_alter_table("needs") as table:
        table.add_column(sa.Column("request_id", sa.String(length=64), nullable=True))
        table.add_column(sa.Column("channel", sa.String(length=40), nullable=True))
        table.add_column(sa.Column("district", sa.String(length=40), nullable=True))
        table.create_foreign_key(op.f("fk_needs_request_id"), "requests", ["request_id"], ["id"])
        table.create_index(op.f("ix_needs_request_id"), ["request_id"])


def _steps() -> None:
    op.create_table(
        "need_steps",
        sa.Column("need_id", sa.String(length=64), nullable=False),
        sa.Column("step", sa.String(length=40), nullable=False),
        sa.Column("turn", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_month", sa.String(length=7), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=True),
        sa.Column("assumed", sa.Boolean(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("result", sa.String(length=40), nullable=True),
        sa.Column("overdue_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("turn >= 1", name=op.f("ck_need_steps_turn")),
        sa.CheckConstraint(
            "(done_at IS NULL) = (result IS NULL)", name=op.f("ck_need_steps_ended")
        ),
        sa.ForeignKeyConstraint(["need_id"], ["needs.id"], name=op.f("fk_need_steps_need_id")),
        sa.PrimaryKeyConstraint("need_id", "step", "turn", name=op.f("pk_need_steps")),
    )
    with op.batch_alter_table("need_steps") as table:
        table.create_index(op.f("ix_need_steps_step_due_month"), ["step", "due_month"])
        table.create_index(op.f("ix_need_steps_done_at_due_at"), ["done_at", "due_at"])


def _comments() -> None:
    op.create_table(
        "comments",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("need_id", sa.String(length=64), nullable=False),
        sa.Column("side", sa.String(length=40), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["need_id"], ["needs.id"], name=op.f("fk_comments_need_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comments")),
    )
    with op.batch_alter_table("comments") as table:
        table.create_index(op.f("ix_comments_need_id"), ["need_id"])


def _statements() -> None:
    op.create_table(
        "statements",
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("figures", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.CheckConstraint("number >= 0", name=op.f("ck_statements_number")),
        sa.PrimaryKeyConstraint("month", "number", name=op.f("pk_statements")),
    )


def upgrade() -> None:
    _requests()
    _steps()
    _comments()
    _statements()


def downgrade() -> None:
    op.drop_table("statements")
    op.drop_table("comments")
    op.drop_table("need_steps")
    with op.batch_alter_table("needs") as table:
        table.drop_index(op.f("ix_needs_request_id"))
        table.drop_constraint(op.f("fk_needs_request_id"), type_="foreignkey")
        table.drop_column("district")
        table.drop_column("channel")
        table.drop_column("request_id")
    op.drop_table("requests")
