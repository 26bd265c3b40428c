"""The tables of projects, their needs, and providers.

`providers.used` may exceed `capacity` where staff lowered the capacity below what is held: the
matches stay, and nothing new is taken until places are free again. So the database checks that
neither is negative, and the conditional update of `matches.py` that nobody goes over.
"""

from __future__ import annotations

import sqlalchemy as sa

from peipao.store.schema.columns import CODE, ID, code, flag, key, metadata, number, text, time, to

projects = sa.Table(
    "projects",
    metadata,
    key(),
    text("name"),
    code("stage"),
    text("attributes"),
    text("external_ids"),
    flag("generated"),
)

sensitive_facts = sa.Table(
    "sensitive_facts",
    metadata,
    sa.Column("project_id", ID, sa.ForeignKey("projects.id"), primary_key=True),
    sa.Column("name", CODE, primary_key=True),
    sa.Column("as_of", sa.Date, primary_key=True),
    sa.Column("source", sa.String(200), primary_key=True),
    text("value"),
    # Which key opens the value; NULL is a value in plain text, of before there were keys.
    sa.Column("key_id", sa.String(16)),
    sa.Column("confidence", sa.Double, nullable=False, server_default="1"),
)

needs = sa.Table(
    "needs",
    metadata,
    key(),
    to("projects", index=True),
    code("kind"),
    time("opened_at"),
    text("attributes"),
    number("wanted"),
    sa.Column("owner", ID),
    number("priority"),
    code("state"),
    to("requests", nullable=True, index=True),
    sa.Column("channel", CODE),
    # Where the project was when the need came in; figures by district rest on it.
    sa.Column("district", CODE),
    number("version"),
    sa.CheckConstraint("wanted >= 1", name="wanted"),
    sa.CheckConstraint("priority >= 0", name="priority"),
    sa.Index(None, "kind", "state"),
)

providers = sa.Table(
    "providers",
    metadata,
    key(),
    code("kind"),
    text("name"),
    number("capacity"),
    text("attributes"),
    text("districts_served"),
    sa.Column("valid_from", sa.Date),
    sa.Column("valid_to", sa.Date),
    flag("paused"),
    sa.Column("organisation", sa.Text),
    number("used"),
    flag("generated"),
    number("version"),
    sa.CheckConstraint("capacity >= 0", name="capacity"),
    sa.CheckConstraint("used >= 0", name="used"),
    sa.Index(None, "kind", "version"),
)
