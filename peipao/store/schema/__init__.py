"""The tables by noun; importing any of them makes all of them known to `metadata`."""

from __future__ import annotations

from peipao.store.schema.books import keys, ledger, model_packages
from peipao.store.schema.calls import bids, calls, marks
from peipao.store.schema.columns import UtcTime, metadata
from peipao.store.schema.facts import monthly_facts
from peipao.store.schema.notices import deliveries, notices
from peipao.store.schema.offers import answers, links, replies, vacancies
from peipao.store.schema.pairing import feedback, matches, outcomes, rounds, vetoes
from peipao.store.schema.people import needs, projects, providers, sensitive_facts
from peipao.store.schema.requests import comments, need_steps, requests, statements
from peipao.store.schema.reviewing import preflight_findings, seed_commitments

__all__ = [
    "UtcTime",
    "answers",
    "bids",
    "calls",
    "comments",
    "deliveries",
    "feedback",
    "keys",
    "ledger",
    "links",
    "marks",
    "matches",
    "metadata",
    "model_packages",
    "monthly_facts",
    "need_steps",
    "needs",
    "notices",
    "outcomes",
    "preflight_findings",
    "projects",
    "providers",
    "replies",
    "requests",
    "rounds",
    "seed_commitments",
    "sensitive_facts",
    "statements",
    "vacancies",
    "vetoes",
]
