"""推荐与答复: who has answered an offer, by which link, and what became of a freed place."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from peipao.errors import UnknownValueError


class Side(StrEnum):
    """Who answers: an offer is accepted when both have."""

    PROVIDER = "provider"
    FOUNDER = "founder"


SIDES: Mapping[Side, str] = MappingProxyType({Side.PROVIDER: "资源方", Side.FOUNDER: "项目方"})
"""Side -> Chinese word."""

WITHDRAWN = "round-withdrawn"
MOVED = "moved"
PAUSED = "paused"
SMALLER_LOAD = "smaller-load"
MAY_COME_AGAIN = frozenset({WITHDRAWN, MOVED, PAUSED, SMALLER_LOAD})
"""Why an offer ended that nobody refused: such a pair may be made again."""

NO_ANSWER = "no-answer"

DECLINE_REASONS: Mapping[str, str] = MappingProxyType(
    {
        "no-time": "近期没有时间",
        "not-my-field": "不在擅长的领域",
        "stage": "项目阶段不合适",
        "too-far": "距离过远",
        "conflict": "存在利益关联,须回避",
        "served": "需求已由他人解决",
        "prefers-other": "希望对接其他资源方",
        "other": "其他原因",
    }
)
"""Why somebody declines: code -> Chinese words."""

END_REASONS: Mapping[str, str] = MappingProxyType(
    {
        "done": "目标已达成",
        "mismatch": "双方不合适",
        "no-contact": "无法取得联系",
        "left": "一方退出",
        "conflict": "存在利益关联,须回避",
        "other": "其他原因",
    }
)
"""Why a match ends: code -> Chinese words."""


def checked_reason(reason: str, where: str, known: Mapping[str, str]) -> str:
    """Return a reason that is one of the codes.

    Raises:
        UnknownValueError: it is none; lists those there are.
    """
    if reason not in known:
        raise UnknownValueError(where, reason[:40], (f"{code}({known[code]})" for code in known))
    return reason


@dataclass(frozen=True, slots=True)
class Answer:
    """What one side has answered to an offer; a side answers once.

    Attributes:
        reason: code out of `DECLINE_REASONS` where it declined, else None.
        by: the account or link that answered; never a person's name.
    """

    match_id: str
    side: Side
    accepted: bool
    at: dt.datetime
    by: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """A short-lived way for one side of one match, or for one provider, to answer; only a hash.

    Attributes:
        id: public part, safe to log.
        hash: SHA-256 of the whole text in hexadecimal.
        match_id: what it is about; None where a provider is invited to bid.
        provider_id: who answers; None for the founder's side.
        used_at: of the first call; None before.
    """

    id: str
    hash: str
    side: Side
    created_at: dt.datetime
    expires_at: dt.datetime
    match_id: str | None = None
    provider_id: str | None = None
    used_at: dt.datetime | None = None
    revoked_at: dt.datetime | None = None

    def is_valid(self, at: dt.datetime) -> bool:
        """Tell whether the link opens anything at that time."""
        return self.revoked_at is None and at < self.expires_at


class Filling(StrEnum):
    """How a place that fell free was filled."""

    ALTERNATE = "alternate"
    EXCHANGE = "exchange"
    WAITING = "waiting"
    GONE = "gone"


FILLINGS: Mapping[Filling, str] = MappingProxyType(
    {
        Filling.ALTERNATE: "由下一位候补接替",
        Filling.EXCHANGE: "调整一处未答复的推荐后接替",
        Filling.WAITING: "暂无空闲且符合条件的候补,继续等候",
        Filling.GONE: "需求已不再等候",
    }
)
"""Filling -> Chinese words."""


@dataclass(frozen=True, slots=True)
class Vacancy:
    """空缺: the place of a need that fell free when an offer fell through.

    Attributes:
        match_id: the match that fell through; `need_id` is its need.
        filling: what became of it; None while it is open.
        filled_by: the match made instead.
        moved: the match made for the one other need whose offer was exchanged.
    """

    match_id: str
    need_id: str
    at: dt.datetime
    filling: Filling | None = None
    filled_by: str | None = None
    moved: str | None = None
    closed_at: dt.datetime | None = None
