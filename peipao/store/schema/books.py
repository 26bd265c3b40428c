"""The tables of the ledger, of API keys and of model packages."""

from __future__ import annotations

import sqlalchemy as sa

from peipao.store.schema.columns import ID, SHA, code, flag, key, metadata, text, time

ledger = sa.Table(
    "ledger",
    metadata,
    sa.Column(
        "sequence",
        sa.BigInteger().with_variant(sa.Integer, "sqlite"),
        primary_key=True,
        autoincrement=False,
    ),
    # Text, as the hash of a line covers these very characters.
    sa.Column("at", sa.String(32), nullable=False),
    text("who"),
    code("verb"),
    text("subject"),
    text("why"),
    text("versions"),
    text("payload"),
    sa.Column("previous_hash", SHA, nullable=False),
    sa.Column("entry_hash", SHA, nullable=False),
    sa.Index(None, "subject"),
)

keys = sa.Table(
    "keys",
    metadata,
    key(),
    sa.Column("hash", SHA, nullable=False, unique=True),
    text("scopes"),
    text("label"),
    time("created_at"),
    time("expires_at", nullable=True),
    time("revoked_at", nullable=True),
)

model_packages = sa.Table(
    "model_packages",
    metadata,
    sa.Column("version", ID, primary_key=True),
    code("kind"),
    text("folder"),
    sa.Column("manifest_sha256", SHA, nullable=False),
    time("created_at"),
    text("figures"),
    flag("active"),
    sa.Index(
        "uq_model_packages_active_kind",
        "kind",
        unique=True,
        sqlite_where=sa.text("active"),
        postgresql_where=sa.text("active"),
    ),
)
