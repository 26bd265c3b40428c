"""Answers to questions about a round, and of solves in the background."""

from __future__ import annotations

import datetime as dt
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from serving.api.schemas import ContributionOut


class _Out(BaseModel):
    model_config = ConfigDict(extra="forbid", from_attributes=True)


class HolderOut(_Out):
    """Who holds a place that was asked for."""

    need: str = Field(description="编号,隐去大部分")
    lead: float = Field(description="其配对价值高出多少,匹配度单位")


class HurdleOut(_Out):
    """One thing that stands in the way of a pair."""

    sort: str
    id: str
    before: float | None = Field(description="现在强行配对的损失;null 为无法强行配对")
    after: float | None = Field(description="去掉这一障碍后的损失")
    decisive: bool = Field(description="去掉后该配对即属于某个最优方案")
    sentence: str


class DecisionOut(_Out):
    """Why a round decided on a pair as it did."""

    round_id: str
    need_id: str
    provider_id: str
    made: bool
    ground: str
    affinity: float | None
    rank: int | None = Field(description="资源方在该需求合格名单中的名次")
    margin: float | None = Field(description="改作相反决定时总体目标的损失")
    flip: float | None = Field(description="使决定翻转的最小匹配度变动")
    holders: list[HolderOut]
    sentence: str
    hurdles: list[HurdleOut]
    contributions: list[ContributionOut]
    reasons: list[str]


class TightPlaceOut(_Out):
    """Where one more place would bring something."""

    sort: str = Field(description="provider、group 或 district")
    id: str
    label: str
    gain: float = Field(description="增加 1 个名额时总体目标的增加")
    loss: float | None = Field(description="减少 1 个名额时的损失;null 为无解或不适用")
    through: str | None = Field(description="区市:名额应给哪个资源方")


class OtherPlanOut(_Out):
    """A whole plan, told by what differs from the best."""

    rank: int
    objective_value: float
    cost: float
    added: list[tuple[str, str]]
    dropped: list[tuple[str, str]]


class SolveJobOut(_Out):
    """An instance that is being solved in the background, or was."""

    id: str
    state: str = Field(description="running、done 或 failed")
    started_at: dt.datetime
    spent_s: float = Field(description="已搜索的秒数;不需要搜索的问题不报")
    best: float | None = Field(description="目前最好方案的目标值")
    bound: float | None = Field(description="任何方案都不会超过的目标值")
    gap: float | None = Field(description="两者之差")
    cancelled: bool
    answer: dict[str, Any] | None = Field(description="完成后的结果,格式同 solve")
    code: str | None = Field(description="失败时的错误代码")
    detail: str | None
