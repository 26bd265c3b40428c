"""Sensitive facts are sealed: which key opens each, and how sure it is.

Sealing itself needs a key, which no migration has: `Store.migrate` seals what is plain afterwards.
Going down keeps the ciphertext, its key's id in front of it, and going up again takes it back.

Revision: 0002, after 0001.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# In front of the ciphertext: 'sealed:', a key id of 16 characters, ':'.
_TAKE_BACK = """
UPDATE sensitive_facts SET key_id = substr(value, 8, 16), value = substr(value, 25)
WHERE value LIKE 'sealed:________________:%'
"""
_PUT_IN_FRONT = """
UPDATE sensitive_facts SET value = 'sealed:' || key_id || ':' || value WHERE key_id IS NOT NULL
"""


def upgrade() -> None:
    with op.batch_alter_table("sensitive_facts") as table:
        table.add_column(sa.Column("key_id", sa.String(length=16), nullable=True))
        table.add_column(sa.Column("confidence", sa.Double(), nullable=False, server_default="1"))
    op.execute(sa.text(_TAKE_BACK.replace(":", r"\:")))


def downgrade() -> None:
    op.execute(sa.text(_PUT_IN_FRONT.replace(":", r"\:")))
    with op.batch_alter_table("sensitive_facts") as table:
        table.drop_column("confidence")
        table.drop_column("key_id")
