"""Offers with a time to answer, who answered, links to answer by, free places and kept replies.

Revision: 0005, after 0004.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def _id(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=64), nullable=nullable)


def _at(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, _TIME, nullable=nullable)


def _to(table: str, name: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([name], [target], name=op.f(f"fk_{table}_{name}"))


def upgrade() -> None:
    with op.batch_alter_table("matches") as table:
        table.add_column(_at("answer_by", nullable=True))
        table.add_column(_id("instead_of", nullable=True))
        table.create_index(op.f("ix_matches_state_answer_by"), ["state", "answer_by"])
    _answers()
    _links()
    _vacancies()
    _replies()


def _answers() -> None:
    op.create_table(
        "answers",
        _id("match_id"),
        sa.Column("side", sa.String(length=16), nullable=False),
        sa.Column("accepted", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=True),
        _at("at"),
        sa.Column("answered_by", sa.String(length=80), nullable=False),
        _to("answers", "match_id", "matches.id"),
        sa.PrimaryKeyConstraint("match_id", "side", name=op.f("pk_answers")),
    )


def _links() -> None:
    op.create_table(
        "links",
        _id("id"),
        _id("hash"),
        sa.Column("side", sa.String(length=40), nullable=False),
        _id("match_id", nullable=True),
        _id("provider_id", nullable=True),
        _at("created_at"),
        _at("expires_at"),
        _at("used_at", nullable=True),
        _at("revoked_at", nullable=True),
        _to("links", "match_id", "matches.id"),
        _to("links", "provider_id", "providers.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_links")),
        sa.UniqueConstraint("hash", name=op.f("uq_links_hash")),
    )
    with op.batch_alter_table("links") as table:
        table.create_index(op.f("ix_links_match_id"), ["match_id"])


def _vacancies() -> None:
    op.create_table(
        "vacancies",
        _id("match_id"),
        _id("need_id"),
        _at("at"),
        sa.Column("filling", sa.String(length=40), nullable=True),
        _id("filled_by", nullable=True),
        _id("moved", nullable=True),
        _at("closed_at", nullable=True),
        _to("vacancies", "match_id", "matches.id"),
        _to("vacancies", "need_id", "needs.id"),
        sa.PrimaryKeyConstraint("match_id", name=op.f("pk_vacancies")),
    )
    with op.batch_alter_table("vacancies") as table:
        table.create_index(op.f("ix_vacancies_need_id"), ["need_id"])
        table.create_index(op.f("ix_vacancies_filling"), ["filling"])


def _replies() -> None:
    op.create_table(
        "replies",
        sa.Column("actor", sa.String(length=80), nullable=False),
        _id("key"),
        _id("request"),
        _at("at"),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("actor", "key", name=op.f("pk_replies")),
    )
    with op.batch_alter_table("replies") as table:
        table.create_index(op.f("ix_replies_at"), ["at"])


def downgrade() -> None:
    for name in ("replies", "vacancies", "links", "answers"):
        op.drop_table(name)
    with op.batch_alter_table("matches") as table:
        table.drop_index(op.f("ix_matches_state_answer_by"))
        table.drop_column("instead_of")
        table.drop_column("answer_by")
