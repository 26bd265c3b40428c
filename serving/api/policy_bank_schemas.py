"""What comes in and goes out over HTTP about the whole bank of policies."""

from __future__ import annotations

import datetime as dt

from pydantic import BaseModel, ConfigDict, Field

from serving.api.policy_schemas import Day


class _Out(BaseModel):
    model_config = ConfigDict(extra="forbid", from_attributes=True)


class BankIn(BaseModel):
    """The whole bank on a day, compared with another one."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={"example": {"date": "2026-05-01", "against": "2026-04-30"}},
    )

    date: Day | None = Field(default=None, description="测算日期;省略为今天")
    against: Day | None = Field(default=None, description="与哪一天比较;省略为前一天")
    open_needs: bool = Field(
        default=False,
        strict=True,
        description="为新符合政策而无专员需求的项目提出专员需求(需要 write 权限,不参考个人信息)",
    )
    rows: int = Field(
        default=1000, ge=0, le=100_000, strict=True, description="每张变化表最多列几行"
    )


class CountsOut(_Out):
    """How many projects stand how with one policy."""

    policy_id: str
    zh: str
    verified: bool
    eligible: int
    unknown: int
    not_eligible: int
    gained: int = Field(description="与另一天相比新符合的项目数")


class ChangedOut(_Out):
    """Projects whose answer changed; `rows` may be cut, `count` is whole."""

    count: int
    rows: list[tuple[str, str]] = Field(description="[项目, 政策],按编号排列")


class BankOut(_Out):
    """The whole bank on a day, and what changed since another one."""

    date: dt.date
    against: dt.date
    projects: int
    summary: str
    personal_facts_used: bool
    notes: list[str]
    counts: list[CountsOut]
    became_eligible: ChangedOut
    became_unknown: ChangedOut
    lost: ChangedOut = Field(description="原先符合,现在不符合")
    opened: list[str] | None = Field(description="新开的专员需求;null 表示没有要求开")
    tables_version: str
    data_version: str
