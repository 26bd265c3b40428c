"""The tables, portable between SQLite and PostgreSQL.

`providers.used` may exceed `capacity` where staff lowered the capacity below what is held: the
matches stay, and nothing new is taken until places are free again. So the database checks that
neither is negative, and the conditional update of `matches.py` that nobody goes over.
"""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from typing_extensions import override

from peipao.domain.states import HOLDING

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UtcTime(sa.TypeDecorator[dt.datetime]):
    """An aware time, stored and read in UTC to the microsecond."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    @override
    def process_bind_param(
        self, value: dt.datetime | None, dialect: sa.Dialect
    ) -> dt.datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored time must know its zone")
        moment = value.astimezone(dt.UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    @override
    def process_result_value(
        self, value: dt.datetime | None, dialect: sa.Dialect
    ) -> dt.datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


_ID = sa.String(64)
_CODE = sa.String(40)
_SHA = sa.String(64)
_HELD = "state IN ({})".format(", ".join(f"'{state.value}'" for state in HOLDING))


def _key() -> sa.Column[str]:
    return sa.Column("id", _ID, primary_key=True)


def _to(table: str, *, nullable: bool = False, index: bool = False) -> sa.Column[str]:
    name = table.removesuffix("es" if table == "matches" else "s") + "_id"
    return sa.Column(name, _ID, sa.ForeignKey(f"{table}.id"), nullable=nullable, index=index)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def _code(name: str) -> sa.Column[str]:
    return sa.Column(name, _CODE, nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False)


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean, nullable=False)


def _time(name: str, *, nullable: bool = False) -> sa.Column[dt.datetime]:
    return sa.Column(name, UtcTime, nullable=nullable)


projects = sa.Table(
    "projects",
    metadata,
    _key(),
    _text("name"),
    _code("stage"),
    _text("attributes"),
    _text("external_ids"),
    _flag("generated"),
)

sensitive_facts = sa.Table(
    "sensitive_facts",
    metadata,
    sa.Column("project_id", _ID, sa.ForeignKey("projects.id"), primary_key=True),
    sa.Column("name", _CODE, primary_key=True),
    sa.Column("as_of", sa.Date, primary_key=True),
    sa.Column("source", sa.String(200), primary_key=True),
    _text("value"),
    # Which key opens the value; NULL is a value in plain text, of before there were keys.
    sa.Column("key_id", sa.String(16)),
    sa.Column("confidence", sa.Double, nullable=False, server_default="1"),
)

needs = sa.Table(
    "needs",
    metadata,
    _key(),
    _to("projects", index=True),
    _code("kind"),
    _time("opened_at"),
    _text("attributes"),
    _number("wanted"),
    sa.Column("owner", _ID),
    _number("priority"),
    _code("state"),
    _number("version"),
    sa.CheckConstraint("wanted >= 1", name="wanted"),
    sa.CheckConstraint("priority >= 0", name="priority"),
    sa.Index(None, "kind", "state"),
)

providers = sa.Table(
    "providers",
    metadata,
    _key(),
    _code("kind"),
    _text("name"),
    _number("capacity"),
    _text("attributes"),
    _text("districts_served"),
    sa.Column("valid_from", sa.Date),
    sa.Column("valid_to", sa.Date),
    _flag("paused"),
    sa.Column("organisation", sa.Text),
    _number("used"),
    _flag("generated"),
    _number("version"),
    sa.CheckConstraint("capacity >= 0", name="capacity"),
    sa.CheckConstraint("used >= 0", name="used"),
    sa.Index(None, "kind", "version"),
)

rounds = sa.Table(
    "rounds",
    metadata,
    _key(),
    _code("kind"),
    _time("created_at"),
    _text("created_by"),
    _text("seed"),
    _text("versions"),
    sa.Column("digest", _SHA, nullable=False),
    _text("figures"),
    _text("certificate"),
    _code("state"),
    sa.Column("approved_by", sa.Text),
    _number("version"),
    sa.CheckConstraint("approved_by IS NULL OR approved_by <> created_by", name="two_persons"),
    sa.Index(None, "kind", "created_at"),
)

outcomes = sa.Table(
    "outcomes",
    metadata,
    sa.Column("round_id", _ID, sa.ForeignKey("rounds.id"), primary_key=True),
    sa.Column("need_id", _ID, sa.ForeignKey("needs.id"), primary_key=True),
    _code("type"),
    sa.Column("position", sa.Integer),
    _text("reason"),
    sa.Column("officer", _ID),
    sa.Index(None, "need_id"),
)

matches = sa.Table(
    "matches",
    metadata,
    _key(),
    _to("rounds"),
    _to("needs", index=True),
    _to("providers", index=True),
    sa.Column("affinity", sa.Double, nullable=False),
    _text("reasons"),
    _code("state"),
    sa.Column("ended_reason", sa.Text),
    _number("version"),
    sa.CheckConstraint("affinity >= 0 AND affinity <= 1", name="affinity"),
    sa.UniqueConstraint("round_id", "need_id", "provider_id"),
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
    _key(),
    _to("needs", index=True),
    _to("providers"),
    _code("type"),
    _time("at"),
    _code("said_by"),
    _to("matches", nullable=True),
    sa.Column("value", sa.Double),
    sa.Column("detail", sa.Text),
)

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
    _text("who"),
    _code("verb"),
    _text("subject"),
    _text("why"),
    _text("versions"),
    _text("payload"),
    sa.Column("previous_hash", _SHA, nullable=False),
    sa.Column("entry_hash", _SHA, nullable=False),
    sa.Index(None, "subject"),
)

keys = sa.Table(
    "keys",
    metadata,
    _key(),
    sa.Column("hash", _SHA, nullable=False, unique=True),
    _text("scopes"),
    _text("label"),
    _time("created_at"),
    _time("expires_at", nullable=True),
    _time("revoked_at", nullable=True),
)

model_packages = sa.Table(
    "model_packages",
    metadata,
    sa.Column("version", _ID, primary_key=True),
    _code("kind"),
    _text("folder"),
    sa.Column("manifest_sha256", _SHA, nullable=False),
    _time("created_at"),
    _text("figures"),
    _flag("active"),
    sa.Index(
        "uq_model_packages_active_kind",
        "kind",
        unique=True,
        sqlite_where=sa.text("active"),
        postgresql_where=sa.text("active"),
    ),
)

vetoes = sa.Table(
    "vetoes",
    metadata,
    sa.Column("need_id", _ID, sa.ForeignKey("needs.id"), primary_key=True),
    sa.Column("provider_id", _ID, sa.ForeignKey("providers.id"), primary_key=True),
    _text("reason"),
    _text("said_by"),
    _time("at"),
)
