"""Policy reports as the values that their schemas describe."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from typing import Any

from peipao.errors import InvalidInputError
from peipao.policy.answer import PolicyAnswer
from peipao.policy.ladder import Rung
from peipao.policy.near_miss import NearMiss
from serving.usecases.policy_bank import BankReport, Pairs
from serving.usecases.policy_report import NO_PERSONAL, PolicyReport

_PLAIN = (
    "policy_id", "zh", "kind", "team", "status", "decided", "differs", "certain", "verified",
    "headline", "failed", "quickest", "open_points", "documents", "documents_text", "issuing_body",
    "doc_number",
    "source", "unverified_parts", "readings", "rule_version", "confidence",
)  # fmt: skip


def report_json(report: PolicyReport) -> dict[str, Any]:
    """Return a report in the shape of `PolicyReportOut`."""
    return {
        "project_id": report.project_id,
        "date": report.dates.entitlement,
        "application_date": report.dates.application,
        "summary": report.summary,
        "personal_facts_used": report.personal,
        "assumed": list(report.assumed),
        "notes": list(report.notes),
        "answers": [_answer(one, report.near.get(one.policy_id)) for one in report.answers],
        "combination": asdict(report.combination),
        "ladders": {zh: [_rung(rung) for rung in rungs] for zh, rungs in report.ladders.items()},
        "questions": [asdict(question) for question in report.questions],
        "tables_version": report.tables_version,
        "data_version": report.data_version,
    }


def bank_json(report: BankReport, rows: int) -> dict[str, Any]:
    """Return the whole bank in the shape of `BankOut`; lists of changes are cut at `rows`."""
    diff = report.diff
    return {
        "date": report.day,
        "against": report.against,
        "projects": report.projects,
        "summary": diff.text(),
        "personal_facts_used": report.personal,
        "notes": [] if report.personal else [NO_PERSONAL],
        "counts": [asdict(one) for one in report.counts],
        "became_eligible": _changed(diff.became_eligible, rows),
        "became_unknown": _changed(diff.became_unknown, rows),
        "lost": _changed(diff.lost, rows),
        "opened": None if report.opened is None else list(report.opened),
        "tables_version": report.tables_version,
        "data_version": report.data_version,
    }


def _changed(pairs: Pairs, rows: int) -> dict[str, Any]:
    return {"count": len(pairs), "rows": list(pairs[:rows])}


def day_of(text: str | None, where: str) -> dt.date | None:
    """Return a day written as `YYYY-MM-DD` and in no other way; None stays None.

    Raises:
        InvalidInputError: it is no such day.
    """
    if text is None:
        return None
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.isoformat() != text:
        raise InvalidInputError(where, f"{text[:40]!r} 不是日期", "YYYY-MM-DD")
    return day


def _answer(answer: PolicyAnswer, near: NearMiss | None) -> dict[str, Any]:
    return {
        **{name: getattr(answer, name) for name in _PLAIN},
        "missing": [asdict(question) for question in answer.missing],
        "near": _near(near),
        "amounts": [{**asdict(one), "text": one.text()} for one in answer.amounts],
        "window": asdict(answer.window),
    }


def _near(near: NearMiss | None) -> dict[str, Any] | None:
    if near is None:
        return None
    return {
        "policy_id": near.policy_id,
        "text": near.text,
        "changes": [change.text for change in near.changes],
        "wait_until": near.wait_until,
        "months": near.months,
        "cost": near.cost,
        "still_missing": list(near.still_missing),
    }


def _rung(rung: Rung) -> dict[str, Any]:
    return {
        "zh": rung.zh,
        "note": rung.note,
        "policy_id": rung.policy_id,
        "status": rung.status,
        "thresholds": [asdict(one) for one in rung.thresholds],
        "near": _near(rung.near),
    }
