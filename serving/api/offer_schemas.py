"""What comes in and goes out over HTTP about offers, answers and links."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from fastapi import Header, Response
from pydantic import BaseModel, ConfigDict, Field

from peipao.domain.offers import Side
from peipao.domain.states import MatchState
from serving.api.schemas import Code, Id, Moment, Why
from serving.usecases.exactly_once import Reply

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=64,
        pattern=r"^[\x21-\x7e]+$",
        description="幂等键:同一键重复发送只生效一次,得到同一答复;保留至少 7 天",
    ),
]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Out(BaseModel):
    model_config = ConfigDict(extra="forbid", from_attributes=True)


class OfferIn(_In):
    """A need that is to get a place at once."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"need_id": "n00001", "provider_id": "m00001"}}
    )

    need_id: Id
    provider_id: Id | None = Field(default=None, description="指定资源方;省略则取空闲者中最合适的")
    agreed: Side | None = Field(default=None, description="提出的一方;视为已接受")
    why: Why = ""


class AnswerIn(_In):
    """What one side says to an offer."""

    accept: bool = Field(strict=True)
    reason: Code | None = Field(default=None, description="谢绝时必填:原因代码")


class SideAnswerIn(AnswerIn):
    """An answer given for a side."""

    side: Side
    why: Why = ""


class MetIn(_In):
    """The first meeting."""

    at: Moment | None = Field(default=None, description="何时会面;省略为现在")


class EndIn(_In):
    """Why a match ends."""

    reason: Code


class LoadIn(_In):
    """How many places a provider wants to keep."""

    places: int = Field(ge=0, le=100_000, strict=True)
    reason: Code


class PauseIn(_In):
    """Why a provider pauses."""

    reason: Code


class LinkIn(_In):
    """For whom a link is, and how long it lasts."""

    side: Side
    days: int = Field(default=7, ge=1, le=14, strict=True)


class BidLinkIn(_In):
    """How long a provider's link lasts."""

    days: int = Field(default=7, ge=1, le=14, strict=True)


class MatchOut(_Out):
    """Where a match stands after a write."""

    match_id: str
    need_id: str
    provider_id: str
    state: MatchState
    answer_by: dt.datetime | None
    accepted_by: list[Side]
    reason: str | None


class LoadOut(_Out):
    """Where a provider stands after a write."""

    provider_id: str
    capacity: int
    used: int
    paused: bool
    passed_on: list[str] = Field(description="顺延给下一位候补的推荐")


class LinkOut(_Out):
    """A link; its text is shown this once."""

    id: str
    text: str = Field(description="作为 Bearer 凭据,或附在页面地址的 # 之后;只显示这一次")
    path: str
    side: Side
    match_id: str | None
    provider_id: str | None
    expires_at: dt.datetime


class RevokedLinkOut(_Out):
    """A link that opens nothing any more."""

    id: str
    revoked_at: dt.datetime | None


class AnswerOut(_Out):
    """What one side said."""

    side: Side
    accepted: bool
    at: dt.datetime
    reason: str | None


class VacancyOut(_Out):
    """What became of the place of a match that fell through."""

    filling: Literal["open", "alternate", "exchange", "waiting", "gone"]
    words: str
    filled_by: str | None
    moved: str | None


class OfferOut(_Out):
    """A match with its answers."""

    id: str
    round_id: str
    need_id: str
    project_id: str
    project: str
    provider_id: str
    provider: str
    affinity: float
    reasons: list[str]
    state: MatchState
    ended_reason: str | None
    answer_by: dt.datetime | None
    instead_of: str | None
    answers: list[AnswerOut]
    vacancy: VacancyOut | None
    version: int


class InvitationOut(_Out):
    """What a link is about."""

    match_id: str
    side: Side
    kind: str
    kind_label: str
    project: str
    provider: str
    reasons: list[str]
    state: MatchState
    state_words: str
    answer_by: dt.datetime | None
    answered: bool | None
    other_answered: bool | None
    expires_at: dt.datetime
    decline_reasons: dict[str, str]
    end_reasons: dict[str, str]


def answered(reply: Reply, status: int = 200) -> Response:
    """Return a reply as it was first given, byte for byte."""
    headers = {"Idempotent-Replayed": "true"} if reply.repeated else {}
    return Response(reply.body, status, headers, media_type="application/json")
