"""What every writing use case shares: ids for new records and the version after a write."""

from __future__ import annotations

from collections.abc import Callable

from peipao.store import Transaction

NewId = Callable[[str], str]
"""Prefix -> a new id."""


def version_after(tx: Transaction, before: str) -> str:
    """Return the data version once a transaction has ended; `before` if it wrote nothing."""
    written = tx.ledger.written()
    return str(written[-1].sequence) if written else before
