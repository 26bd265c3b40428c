"""Bodies of the books: monthly facts, the chase list and the programme's figures."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from serving.api.schemas import Id, Why

Month = Annotated[str, Field(pattern=r"^20\d{2}-(0[1-9]|1[0-2])$", examples=["2026-10"])]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Out(BaseModel):
    model_config = ConfigDict(extra="forbid", from_attributes=True)


class FactIn(_In):
    """One figure of a project and month."""

    value: float = Field(ge=0, le=1e12, description="数值,单位见 GET /v1/books/facts")
    source: str = Field(min_length=1, max_length=60, description="来源,如 企业填报;不写人名")
    confidence: float = Field(default=1.0, gt=0, le=1, description="可信度")


class FactsMonthIn(_In):
    """Figures of one project and month."""

    facts: dict[Annotated[str, Field(max_length=40)], FactIn] = Field(
        min_length=1, max_length=50, description="指标编号到数值"
    )
    restate: bool = Field(default=False, description="允许改动已结账月份;须写明 why")
    why: Why = Field(default="", description="原因;写入台账")


class FactsNotedOut(_Out):
    """How many figures were new."""

    new: int
    same: int


class FactKindOut(_Out):
    """What is noted every month."""

    id: str
    zh: str
    unit: str
    whole: bool
    required: bool
    verified: bool


class MonthlyFactOut(_Out):
    """A figure that holds."""

    month: str
    name: str
    value: float
    source: str
    confidence: float
    project_id: Id
    by: str
    number: int = Field(description="0 为首次登记,其后每次更正加一")
    at: dt.datetime


class OwedOut(_Out):
    """A project that owes figures."""

    project_id: Id
    missing: list[str]
    officer: str | None


class ChaseListOut(_Out):
    """Who is to be asked for figures of a month."""

    month: str
    due_at: dt.datetime
    overdue: bool
    accompanied: int
    owed: list[OwedOut]


class RateOut(_Out):
    """Needs due and how many were answered."""

    due: int
    responded: int
    late: int
    silent: int
    rate: float | None = Field(description="按时响应的份额;没有到期需求时为 null")


class FiguresOut(_Out):
    """The programme's figures of a span of months."""

    first: str
    last: str
    as_of: dt.datetime
    spaces: int
    firms_served: int
    response: RateOut
    facts: dict[str, float]
    reported: dict[str, int]
    targets: dict[str, float]
