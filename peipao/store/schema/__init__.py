"""The tables by noun; importing any of them makes all of them known to `metadata`."""

from __future__ import annotations

from peipao.store.schema.books import keys, ledger, model_packages
from peipao.store.schema.columns import UtcTime, metadata
from peipao.store.schema.notices import deliveries, notices
from peipao.store.schema.pairing import feedback, matches, outcomes, rounds, vetoes
from peipao.store.schema.people import needs, projects, providers, sensitive_facts

__all__ = [
    "UtcTime",
    "deliveries",
    "feedback",
    "keys",
    "ledger",
    "matches",
    "metadata",
    "model_packages",
    "needs",
    "notices",
    "outcomes",
    "projects",
    "providers",
    "rounds",
    "sensitive_facts",
    "vetoes",
]
