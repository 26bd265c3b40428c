"""通知: what somebody concerned is told, and how far it has got on its way."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from peipao.canonical import sha256_json
from peipao.domain.notice_words import EVENTS, reason_words, slots_of
from peipao.domain.steps import LABELS, StepName
from peipao.domain.working_days import minute_of
from peipao.errors import InvalidInputError, UnknownValueError

STAFF = "staff"
"""The recipient that is nobody in particular: whoever is on duty in the city's office."""

_RECIPIENT = re.compile(r"^(?:(?:project|provider|officer):[A-Za-z0-9_-]{1,64}|staff)$")
_SUBJECT = re.compile(r"^[a-z_]{1,15}:[A-Za-z0-9_-]{1,64}$")
_PARAM = re.compile(r"^[A-Za-z0-9_:.+-]{0,80}$")


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing that one recipient is told; ids and codes only, no personal data.

    Attributes:
        id: derived from all the rest, so that telling the same twice tells it once.
        to: `project:ID`, `provider:ID`, `officer:ID` (a provider of the owners' kind) or `staff`.
        event: code out of `EVENTS`, which has the Chinese words.
        subject: what it is about, such as `need:n1`, `match:m1` or `round:r1`.
        params: fills the slots of the words, and may carry more for machines.
        created_at: aware, UTC; the time of the event.
    """

    id: str
    to: str
    event: str
    subject: str
    params: Mapping[str, str]
    created_at: dt.datetime


def a_notice(
    to: str, event: str, subject: str, at: dt.datetime, params: Mapping[str, str] | None = None
) -> Notice:
    """Return a notice with its id.

    Raises:
        UnknownValueError: no words are known for the event.
        InvalidInputError: recipient, subject or a parameter is no id or code, or one is missing.
    """
    told = dict(params or {})
    _check(to, event, subject, told)
    moment = at.astimezone(dt.UTC)
    digest = sha256_json([to, event, subject, told, moment.isoformat()])
    return Notice(f"nt-{digest[:24]}", to, event, subject, told, moment)


def words_of(notice: Notice) -> str:
    """Return what the notice says, in Chinese: times in Shanghai, reasons in words."""
    said = {**notice.params, "subject": notice.subject.partition(":")[2]}
    if "step" in said:
        said["step_zh"] = LABELS[StepName(said["step"])]
    if "reason" in said:
        said["reason"] = reason_words(said["reason"])
    if said.get("until"):
        said["until"] = minute_of(dt.datetime.fromisoformat(said["until"]))
    return EVENTS[notice.event].format_map(said)


class DeliveryState(StrEnum):
    """How far a notice has got through one channel."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"
    SKIPPED = "skipped"  # the channel does not serve this recipient


@dataclass(frozen=True, slots=True)
class Delivery:
    """The way of one notice through one channel.

    Attributes:
        channel: name of the channel in the settings.
        attempts: how often it was tried; 0 if skipped.
        next_at: when it is tried again; None unless waiting.
        done_at: when it arrived or was given up; None while waiting.
        problem: code of the last failure; None if there was none.
    """

    notice_id: str
    channel: str
    state: DeliveryState
    attempts: int
    next_at: dt.datetime | None = None
    done_at: dt.datetime | None = None
    problem: str | None = None


def checked_recipient(to: str) -> str:
    """Return a recipient that is written as one.

    Raises:
        InvalidInputError: says how one is written.
    """
    if _RECIPIENT.fullmatch(to) is None:
        right = "project:编号、provider:编号、officer:编号 或 staff"
        raise InvalidInputError("notice.to", f"收件方 {to[:80]!r} 不合法", right)
    return to


def _check(to: str, event: str, subject: str, params: Mapping[str, str]) -> None:
    checked_recipient(to)
    if event not in EVENTS:
        raise UnknownValueError("notice.event", event[:40], EVENTS)
    if _SUBJECT.fullmatch(subject) is None:
        raise InvalidInputError("notice.subject", f"{subject[:80]!r} 不合法", "如 need:n00001")
    for name, value in params.items():
        if _PARAM.fullmatch(value) is None:
            raise InvalidInputError(f"notice.params.{name}", "不是编号、代码或时间", "如 n00001")
    derived = {"subject", "step_zh"} if "step" in params else {"subject"}
    missing = sorted(slots_of(event) - derived - set(params))
    if missing:
        raise InvalidInputError("notice.params", f"缺少 {'、'.join(missing)}", "事件文字的各个空")
