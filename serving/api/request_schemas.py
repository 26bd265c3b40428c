"""What comes in and goes out about requests, needs, their clocks, and the response rate."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from peipao.domain.requests import RequestChannel, Side
from peipao.domain.states import NeedState
from serving.api.schemas import AddedOut, Code, GivenWhy, Id, Moment, NewNeed, Why

Spoken = Annotated[str, Field(max_length=2_000, description="原话;只供该项目与工作人员查看")]
Month = Annotated[str, Field(pattern=r"^20\d{2}-(0[1-9]|1[0-2])$", examples=["2026-03"])]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Out(BaseModel):
    model_config = ConfigDict(extra="forbid", from_attributes=True)


class RequestIn(_In):
    """A request; it opens one need a kind."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "project_id": "p-demo-1",
                "channel": "portal",
                "source_id": "QCT-2026-000123",
                "words": "想找一位懂渠道的导师",
                "needs": [{"kind": "mentor", "attributes": {"skills": ["channel_development"]}}],
            }
        }
    )

    project_id: Id
    channel: RequestChannel = RequestChannel.PORTAL
    needs: tuple[NewNeed, ...] = Field(
        default=(), max_length=20, description="每个类别至多一项;省略则请服务专员了解"
    )
    words: Spoken = ""
    id: Id | None = None
    source_id: Annotated[str, Field(min_length=1, max_length=200)] | None = Field(
        default=None, description="在该渠道的编号;重复提交返回第一次的诉求"
    )
    said_at: Moment | None = Field(default=None, description="提出的时间;省略为现在")


class SubmittedOut(AddedOut):
    """A stored request and its needs."""

    need_ids: list[str]
    already: bool = Field(description="true 表示此前已收到,这是第一次的诉求")


class StepOut(_Out):
    """One step of a need."""

    step: str
    label: str
    turn: int = Field(description="第几次;推荐未成后重新响应为 2")
    started_at: dt.datetime
    due_at: dt.datetime = Field(description="期限:青岛当日 24 时之前的最后一刻")
    done_at: dt.datetime | None
    result: str | None = Field(description="done、fell_through、withdrawn、closed;null 为未完")
    owner: str | None
    overdue: bool
    assumed: bool = Field(description="true 表示期限跨入尚未公布节假日安排的年份,按周一至周五计")


class CommentOut(_Out):
    """What one side said about a need."""

    id: str
    side: Side
    by: str
    at: dt.datetime
    words: str


class FollowedNeedOut(_Out):
    """Where a need stands."""

    id: str
    project_id: str
    kind: str
    label: str
    state: NeedState
    state_label: str
    opened_at: dt.datetime
    request_id: str | None
    channel: RequestChannel | None
    owner: str | None
    officer_name: str | None
    position: int | None = Field(description="等候位次;没有则为 null")
    waiting_because: str | None
    version: int
    steps: list[StepOut]
    comments: list[CommentOut]


class FollowedRequestOut(_Out):
    """A request with its needs."""

    id: str
    project_id: str
    channel: RequestChannel
    source_id: str | None
    words: str
    opened_at: dt.datetime
    needs: list[FollowedNeedOut]


class CommentIn(_In):
    """Something said about a need."""

    words: Annotated[str, Field(min_length=1, max_length=2_000)]
    id: Id | None = Field(default=None, description="重复提交同一编号无害")
    project_id: Id | None = Field(default=None, description="门户代项目留言时必填")
    side: Side | None = Field(default=None, description="省略:门户为 founder,工作人员为 staff")


class WithdrawIn(_In):
    """A project takes one of its needs back."""

    project_id: Id
    why: Why = ""


class ActIn(_In):
    """A step that needs no more than a reason."""

    why: Why = ""


class ReferIn(_In):
    """A need goes to a named officer."""

    officer: Id | None = Field(default=None, description="服务专员编号;省略为现经办人")
    why: Why = ""


class OwnerIn(_In):
    """A need changes hands."""

    officer: Id
    why: Why = ""


class CloseIn(_In):
    """A need will not be served."""

    reason: Code = Field(description="duplicate、not_eligible、unreachable、project_ended 或 other")
    why: Why = ""


class MovedOut(_Out):
    """A need after a step."""

    id: str
    state: NeedState
    owner: str | None
    version: int


class WaitingNeedOut(_Out):
    """A need with an open step."""

    need_id: str
    project_id: str
    kind: str
    label: str
    district: str | None
    channel: RequestChannel | None
    state_label: str
    step: str
    step_label: str
    turn: int
    owner: str | None
    started_at: dt.datetime
    due_at: dt.datetime
    days_left: int = Field(description="距期限的日历天数;已过为负")
    overdue: bool
    assumed: bool


class ToldNoticeOut(_Out):
    """A notice in the words people read."""

    id: str
    event: str
    subject: str
    words: str
    params: dict[str, str]
    created_at: dt.datetime


class RateOut(_Out):
    """Figures of one group."""

    group: str = Field(description="分组的取值;空为未注明,合计也为空")
    due: int = Field(description="应响应的需求")
    responded: int = Field(description="期限内已响应")
    late: int = Field(description="逾期才响应")
    silent: int = Field(description="至今未响应")
    rate: float | None = Field(description="响应率 = responded / due;due 为 0 时为 null")


class RateReportOut(_Out):
    """The response rate of a span of months."""

    by: str
    first: Month
    last: Month
    groups: list[RateOut]
    total: RateOut
    as_of: dt.datetime
    closed: list[Month] = Field(description="已结账、以月报为准的月份")


class RateRowOut(_Out):
    """The figures of one cell."""

    month: Month
    kind: str
    channel: str
    district: str
    due: int
    responded: int
    late: int


class StatementOut(_Out):
    """The figures of a month as somebody stated them."""

    month: Month
    number: int = Field(description="0 为结账,1 起为重述;以最后一次为准")
    at: dt.datetime
    by: str
    why: str
    digest: str = Field(description="记入台账的 SHA-256")
    rows: list[RateRowOut]


class RestateIn(_In):
    """Why a closed month is stated anew."""

    why: GivenWhy
