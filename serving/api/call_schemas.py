"""What comes in and goes out over HTTP about calls, bids and awards."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from peipao.domain.calls import AwardRule, BidResult, CallState
from serving.api.schemas import Code, GivenWhy, Id, Moment, Why

Percent = Annotated[int, Field(ge=0, le=100, strict=True)]
Plan = Annotated[str, Field(min_length=1, max_length=4000)]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Out(BaseModel):
    model_config = ConfigDict(extra="forbid", from_attributes=True)


class RuleBody(_In):
    """By what a call is awarded; the four weights add up to 100."""

    affinity: Percent = 40
    strength: Percent = 40
    results: Percent = 10
    waiting: Percent = 10
    floor: int = Field(default=20, ge=1, le=100, strict=True, description="低于此分(百分)不授榜")
    waiting_days: int = Field(default=90, ge=1, le=3650, strict=True)

    def rule(self) -> AwardRule:
        """Return the rule."""
        return AwardRule(**self.model_dump())


class CallIn(_In):
    """Needs of one kind that providers may bid for."""

    kind: Code
    title: str = Field(min_length=1, max_length=80)
    need_ids: tuple[Id, ...] = Field(min_length=1, max_length=500)
    closes_at: Moment
    rule: RuleBody = RuleBody()
    why: Why = ""


class OwnBidIn(_In):
    """A bid of the provider who holds the link."""

    call_id: Id
    need_id: Id
    plan: Plan


class BidIn(_In):
    """A bid that staff takes down for a provider."""

    need_id: Id
    provider_id: Id
    plan: Plan


class MarkIn(_In):
    """A reviewer's mark of a plan."""

    mark: Percent
    why: Why = ""


class AwardIn(_In):
    """Words for the ledger."""

    why: Why = ""


class CancelIn(_In):
    """Why a call is called off."""

    why: GivenWhy


class ListedNeedOut(_Out):
    """A need on the list."""

    id: str
    project_id: str
    project: str
    wanted: int
    attributes: dict[str, Any]
    n_bids: int


class CallOut(_Out):
    """A call as everybody may see it."""

    id: str
    kind: str
    title: str
    state: CallState
    state_words: str
    created_at: dt.datetime
    closes_at: dt.datetime
    rule: RuleBody
    needs: list[ListedNeedOut]


class MovedCallOut(_Out):
    """Where a call stands after a write."""

    id: str
    state: CallState
    version: int


class PlacedBidOut(_Out):
    """A bid as it was placed or taken back."""

    bid_id: str
    call_id: str
    need_id: str
    provider_id: str
    at: dt.datetime
    withdrawn: bool


class MarkedBidOut(_Out):
    """A bid with its marks."""

    id: str
    marks: dict[str, int]


class BidOut(_Out):
    """A bid with its result."""

    id: str
    call_id: str
    need_id: str
    provider_id: str
    plan: str | None
    at: dt.datetime
    withdrawn: bool
    marks: dict[str, int]
    score: float | None
    result: BidResult | None
    words: str | None
