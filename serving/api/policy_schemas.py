"""What comes in and goes out over HTTP about policies; facts are checked by the calculator."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from peipao.policy.evaluate import Status
from serving.api.schemas import Id

Day = Annotated[
    str,
    Field(max_length=40, description="YYYY-MM-DD", json_schema_extra={"format": "date"}),
]
PolicyId = Annotated[str, Field(min_length=1, max_length=80, examples=["qd-startup-subsidy-2025"])]
FactsByName = Annotated[
    dict[str, Any],
    Field(
        max_length=200,
        description="字段的编号、中文名或别名 -> 取值;字段见 docs/policy.md",
    ),
]
Source = Literal["register", "department", "document", "officer", "founder"]


class _In(BaseModel):
    # a model that is printed must not show what is known of a person
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class _Out(BaseModel):
    model_config = ConfigDict(extra="forbid", from_attributes=True)


class PolicyCheckIn(_In):
    """A profile to check, or a stored project with facts assumed to be otherwise."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "date": "2026-05-01",
                "facts": {
                    "entity_type": "小微企业",
                    "registration_date": "2025-03-01",
                    "employees": 12,
                    "founder_category": ["高校毕业生"],
                },
            }
        }
    )

    facts: FactsByName = Field(default_factory=dict, repr=False)
    project_id: Id | None = Field(default=None, description="省略则只看 facts,什么都不存")
    date: Day | None = Field(default=None, description="符合条件的日期;省略为今天")
    application_date: Day | None = Field(default=None, description="申请日期;省略同上")
    policies: tuple[PolicyId, ...] = Field(
        default=(), max_length=200, description="只查这些政策;省略为面向创业者和企业的全部政策"
    )


class FactsIn(_In):
    """Facts of a stored project; sealed at rest."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "facts": {"college_graduation_date": "2024-06-30", "first_startup_in_city": True},
                "as_of": "2026-05-01",
                "source": "officer",
            }
        }
    )

    facts: FactsByName = Field(repr=False)
    as_of: Day | None = Field(default=None, description="何日的情况;省略为今天")
    source: Source = "founder"
    confidence: float | None = Field(default=None, gt=0, le=1, strict=True)


class FactsOut(_Out):
    """What was written."""

    project_id: str
    stored: int = Field(description="新登记或有变化的事实数")
    forgotten: int
    data_version: str


class FactOut(_Out):
    """One stored fact."""

    name: str
    zh: str
    value: Any
    as_of: dt.date
    source: str
    confidence: float


class QuestionOut(_Out):
    """A fact to ask for."""

    fact: str
    zh: str
    text: str
    decides: float = Field(description="问到后平均能定下几项政策")
    concerns: int = Field(description="与几项未定政策有关")


class AmountOut(_Out):
    """One sum of money; a bound that is null is not known."""

    nature: str
    period: str
    low: float
    high: float | None
    total_low: float
    total_high: float | None
    formula: str
    stated: bool = Field(description="false 表示其中有我们的理解")
    text: str


class WindowOut(_Out):
    """Until when it can be applied for."""

    opens: dt.date | None
    closes: dt.date | None
    days_left: int | None
    text: str


class NearMissOut(_Out):
    """The smallest change that would make it eligible."""

    policy_id: str
    text: str
    changes: list[str]
    wait_until: dt.date | None
    months: int
    cost: float
    still_missing: list[str]


class PolicyAnswerOut(_Out):
    """What is said of one policy."""

    policy_id: str
    zh: str
    kind: str
    team: str
    status: Status = Field(description="按三值逻辑:缺一项事实即为未知")
    decided: Status = Field(description="无论缺失的事实是什么都成立的结论")
    differs: bool
    certain: bool = Field(description="条文已核实且结论已定;否则一律以发文机关答复为准")
    verified: bool
    headline: str
    failed: list[str]
    missing: list[QuestionOut]
    quickest: list[str] | None = Field(description="最少问清哪几项即可符合;null 表示问清也不符合")
    open_points: list[str]
    near: NearMissOut | None
    amounts: list[AmountOut]
    window: WindowOut
    documents: list[str] = Field(description="申报材料;空表示所见来源没有列明")
    documents_text: str = Field(examples=["材料清单:来源未载,以经办机构为准"])
    issuing_body: str
    doc_number: str | None
    source: list[str]
    unverified_parts: list[str]
    readings: list[str]
    rule_version: str
    confidence: float


class TotalOut(_Out):
    """A sum of one nature."""

    low: float
    high: float
    complete: bool


class CombinationOut(_Out):
    """What can be had together."""

    chosen: list[str]
    left_out: dict[str, str]
    totals: dict[str, TotalOut]
    groups: list[str]
    note: str


class ThresholdOut(_Out):
    """One condition of a rung."""

    field: str
    requirement: str
    now: str
    met: bool | None
    gap: str
    alternative: bool


class RungOut(_Out):
    """One step of a ladder."""

    zh: str
    note: str | None
    policy_id: str | None
    status: Status
    thresholds: list[ThresholdOut]
    near: NearMissOut | None


class PolicyReportOut(_Out):
    """The answers for one applicant on two dates."""

    project_id: str | None
    date: dt.date
    application_date: dt.date
    summary: str
    personal_facts_used: bool
    assumed: list[str] = Field(description="假设的事实(编号)")
    notes: list[str]
    answers: list[PolicyAnswerOut]
    combination: CombinationOut
    ladders: dict[str, list[RungOut]]
    questions: list[QuestionOut]
    tables_version: str
    data_version: str | None


class PolicyOut(_Out):
    """A policy as it is listed."""

    id: str
    zh: str
    kind: str
    team: str
    stages: list[str]
    issuing_body: str
    doc_number: str | None
    valid_from: dt.date | None
    valid_to: dt.date | None
    status: str
    superseded_by: str | None
    verified: bool
    unverified_parts: list[str]
    source: list[str]
    rule_version: str


class PolicyDetailOut(_Out):
    """A policy with its conditions."""

    policy: PolicyOut
    conditions: Any = Field(description='中文条件;{"all": […]} 全部满足,{"any": […]} 至少一项')
    asked: dict[str, str] = Field(description="字段 -> 问法")
    documents: list[str]
    documents_text: str
