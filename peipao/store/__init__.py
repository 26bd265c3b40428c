"""Tables, transactions and the ledger; `Store` is the door, domain records go in and come out."""

from __future__ import annotations

from peipao.store.chain import LedgerHead, parse_head, parse_heads, verify_entries
from peipao.store.keys import ApiKey
from peipao.store.models import ModelRecord
from peipao.store.replies import KEPT, Once
from peipao.store.sealing import Sealing
from peipao.store.transaction import Store, Transaction
from peipao.store.vetoes import Veto

__all__ = [
    "KEPT",
    "ApiKey",
    "LedgerHead",
    "ModelRecord",
    "Once",
    "Sealing",
    "Store",
    "Transaction",
    "Veto",
    "parse_head",
    "parse_heads",
    "verify_entries",
]
