"""What the columns of all tables are made of; portable between SQLite and PostgreSQL."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from typing_extensions import override

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


ID = sa.String(64)
CODE = sa.String(40)
SHA = sa.String(64)


def key() -> sa.Column[str]:
    """Return the primary key `id`."""
    return sa.Column("id", ID, primary_key=True)


def to(table: str, *, nullable: bool = False, index: bool = False) -> sa.Column[str]:
    """Return the column that refers to another table, such as `need_id` to `needs`."""
    name = table.removesuffix("es" if table == "matches" else "s") + "_id"
    return sa.Column(name, ID, sa.ForeignKey(f"{table}.id"), nullable=nullable, index=index)


def text(name: str) -> sa.Column[str]:
    """Return a column of text of any length."""
    return sa.Column(name, sa.Text, nullable=False)


def code(name: str) -> sa.Column[str]:
    """Return a column of a short code."""
    return sa.Column(name, CODE, nullable=False)


def number(name: str) -> sa.Column[int]:
    """Return a column of a whole number."""
    return sa.Column(name, sa.Integer, nullable=False)


def flag(name: str) -> sa.Column[bool]:
    """Return a column of yes or no."""
    return sa.Column(name, sa.Boolean, nullable=False)


def time(name: str, *, nullable: bool = False) -> sa.Column[dt.datetime]:
    """Return a column of an aware time."""
    return sa.Column(name, UtcTime, nullable=nullable)
