"""The tables of rounds, their matches, and what was said about pairs."""

from __future__ import annotations

import sqlalchemy as sa

from peipao.domain.states import HOLDING
from peipao.store.schema.columns import ID, SHA, code, key, metadata, number, text, time, to

_HELD = "state IN ({})".format(", ".join(f"'{state.value}'" for state in HOLDING))

rounds = sa.Table(
    "rounds",
    metadata,
    key(),
    code("kind"),
    time("created_at"),
    text("created_by"),
    text("seed"),
    text("versions"),
    sa.Column("digest", SHA, nullable=False),
    text("figures"),
    text("certificate"),
    code("state"),
    sa.Column("approved_by", sa.Text),
    number("version"),
    sa.CheckConstraint("approved_by IS NULL OR approved_by <> created_by", name="two_persons"),
    sa.Index(None, "kind", "created_at"),
)

outcomes = sa.Table(
    "outcomes",
    metadata,
    sa.Column("round_id", ID, sa.ForeignKey("rounds.id"), primary_key=True),
    sa.Column("need_id", ID, sa.ForeignKey("needs.id"), primary_key=True),
    code("type"),
    sa.Column("position", sa.Integer),
    text("reason"),
    sa.Column("officer", ID),
    sa.Index(None, "need_id"),
)

matches = sa.Table(
    "matches",
    metadata,
    key(),
    to("rounds"),
    to("needs", index=True),
    to("providers", index=True),
    sa.Column("affinity", sa.Double, nullable=False),
    text("reasons"),
    code("state"),
    sa.Column("ended_reason", sa.Text),
    time("answer_by", nullable=True),
    sa.Column("instead_of", ID),
    # The day a pairing from before the system began; of others the ledger knows the times.
    sa.Column("since", sa.Date),
    number("version"),
    sa.CheckConstraint("affinity >= 0 AND affinity <= 1", name="affinity"),
    sa.UniqueConstraint("round_id", "need_id", "provider_id"),
    sa.Index(None, "state", "answer_by"),
    sa.Index(
        "uq_matches_held_pair",
        "need_id",
        "provider_id",
        unique=True,
        sqlite_where=sa.text(_HELD),
        postgresql_where=sa.text(_HELD),
    ),
)

feedback = sa.Table(
    "feedback",
    metadata,
    key(),
    to("needs", index=True),
    to("providers"),
    code("type"),
    time("at"),
    code("said_by"),
    to("matches", nullable=True),
    sa.Column("value", sa.Double),
    sa.Column("detail", sa.Text),
)

vetoes = sa.Table(
    "vetoes",
    metadata,
    sa.Column("need_id", ID, sa.ForeignKey("needs.id"), primary_key=True),
    sa.Column("provider_id", ID, sa.ForeignKey("providers.id"), primary_key=True),
    text("reason"),
    text("said_by"),
    time("at"),
)
