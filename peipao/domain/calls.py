"""揭榜挂帅: needs on a public list, bids with a plan, and an award by a published rule."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from peipao.errors import InvalidInputError


class CallState(StrEnum):
    """Where a call stands."""

    OPEN = "open"
    DRAFTED = "drafted"
    AWARDED = "awarded"
    CANCELLED = "cancelled"


CALL_LABELS: Mapping[CallState, str] = MappingProxyType(
    {
        CallState.OPEN: "揭榜中",
        CallState.DRAFTED: "拟定授榜",
        CallState.AWARDED: "已授榜",
        CallState.CANCELLED: "已取消",
    }
)
CALL_MOVES: Mapping[CallState, tuple[CallState, ...]] = MappingProxyType(
    {
        CallState.OPEN: (CallState.DRAFTED, CallState.CANCELLED),
        # A draft may be made anew until somebody else publishes it.
        CallState.DRAFTED: (CallState.DRAFTED, CallState.AWARDED, CallState.CANCELLED),
        CallState.AWARDED: (),
        CallState.CANCELLED: (),
    }
)
"""State -> the states that may follow."""

WHOLE = 100
"""What the weights of a rule add up to."""

MAX_PLAN = 4000


@dataclass(frozen=True, slots=True)
class AwardRule:
    """By what a call is awarded; published with it and never changed afterwards.

    A bid's score is the weighted mean of four figures in [0, 1]: affinity; the mean of the marks
    that reviewers gave its plan; the provider's past results, (met + 1) / (accepted + 2); and the
    need's waiting time, full after `waiting_days`.

    Attributes:
        affinity, strength, results, waiting: weights in percent, together 100.
        floor: percent; a bid of lower score is not awarded, >= 1.
        waiting_days: >= 1.
    """

    affinity: int = 40
    strength: int = 40
    results: int = 10
    waiting: int = 10
    floor: int = 20
    waiting_days: int = 90

    def __post_init__(self) -> None:
        """Refuse a rule that cannot be applied."""
        weights = (self.affinity, self.strength, self.results, self.waiting)
        if min(weights) < 0 or sum(weights) != WHOLE:
            raise InvalidInputError("rule", f"权重 {weights} 不合适", f"不为负,合计 {WHOLE}")
        if not 1 <= self.floor <= WHOLE:
            raise InvalidInputError("rule.floor", "取值不合适", f"1 至 {WHOLE}")
        if not 1 <= self.waiting_days <= 3650:
            raise InvalidInputError("rule.waiting_days", "取值不合适", "1 至 3650")


@dataclass(frozen=True, slots=True)
class Call:
    """榜单: needs of one kind that providers may bid for.

    Attributes:
        title: Chinese, public.
        need_ids: sorted.
        closes_at: from then on no bid is taken.
        drafted_by: who drafted the award, and so may not publish it.
        award: the award as JSON text, canonical; None before it was drafted.
    """

    id: str
    kind: str
    title: str
    created_at: dt.datetime
    created_by: str
    closes_at: dt.datetime
    need_ids: tuple[str, ...]
    rule: AwardRule = AwardRule()
    state: CallState = CallState.OPEN
    drafted_by: str | None = None
    award: str | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class Bid:
    """揭榜意向: a provider asks for a need, with a plan.

    Attributes:
        plan: in the bidder's words; for reviewers alone.
        by: the account or link that placed it.
        withdrawn_at: None while it stands.
        marks: reviewer -> 0 to 100.
    """

    id: str
    call_id: str
    need_id: str
    provider_id: str
    plan: str = field(repr=False)
    at: dt.datetime
    by: str
    withdrawn_at: dt.datetime | None = None
    marks: Mapping[str, int] = field(default_factory=dict)


class BidResult(StrEnum):
    """What became of a bid."""

    AWARDED = "awarded"
    NOT_ELIGIBLE = "not-eligible"
    BELOW_FLOOR = "below-floor"
    OUTSCORED = "outscored"
    PLACES_USED = "places-used"


LOST_REASONS: Mapping[str, str] = MappingProxyType(
    {
        BidResult.NOT_ELIGIBLE.value: "不符合准入条件",
        BidResult.BELOW_FLOOR.value: "得分低于规则的下限",
        BidResult.OUTSCORED.value: "名额授予得分更高者",
        BidResult.PLACES_USED.value: "空余名额已授予总分更优的需求",
    }
)
"""Why a bid was not awarded: code -> Chinese words."""
