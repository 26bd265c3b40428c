"""What comes in and goes out over HTTP; attributes are checked by the kind file, not here."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from peipao.domain.ids import ID_PATTERN
from peipao.domain.records import FeedbackType, OutcomeType
from peipao.domain.states import MatchState, NeedState, RoundState
from peipao.domain.working_days import SHANGHAI

Id = Annotated[str, Field(pattern=ID_PATTERN, examples=["p-0001"])]
Code = Annotated[str, Field(min_length=1, max_length=40)]
Words = Annotated[str, Field(min_length=1, max_length=200)]
Why = Annotated[str, Field(max_length=500)]
GivenWhy = Annotated[str, Field(min_length=1, max_length=500, pattern=r"\S", description="原因")]
Moment = Annotated[
    AwareDatetime,
    Field(ge=dt.datetime(2000, 1, 1, tzinfo=SHANGHAI), lt=dt.datetime(2100, 1, 1, tzinfo=SHANGHAI)),
]
"""A time whose month in Shanghai has books: what lies outside would be counted nowhere."""

Attributes = Annotated[
    dict[str, Any],
    Field(
        max_length=100,
        description='按类别文件声明的属性;需求的属性可写成 {"value": …, "stance": '
        '"must|prefer|indifferent"}',
    ),
]
Limit = Annotated[int, Field(ge=1, le=100, strict=True, description="至多返回几条")]

DEFAULT_LIMIT, MAX_LIMIT = 20, 100


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Out(BaseModel):
    model_config = ConfigDict(extra="forbid", from_attributes=True)


class NewNeed(_In):
    """A need that comes with its project."""

    kind: Code
    id: Id | None = None
    attributes: Attributes = {}
    wanted: int | None = Field(default=None, ge=1, le=100, strict=True)
    priority: int = Field(default=0, ge=0, le=1000, strict=True)
    owner: Id | None = None


class NeedIn(NewNeed):
    """A need of a stored project."""

    project_id: Id


class ProjectIn(_In):
    """A project, with its needs if it has any."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": "p-demo-1",
                "name": "海蓝智测",
                "stage": "startup",
                "attributes": {
                    "industries": ["artificial-intelligence"],
                    "place": {"district": "laoshan"},
                    "intro": "面向海洋牧场的水质在线监测设备与算法",
                },
                "needs": [{"kind": "mentor", "attributes": {"skills": ["first_order"]}}],
            }
        }
    )

    name: Words
    stage: Code
    id: Id | None = None
    attributes: Attributes = {}
    external_ids: dict[Code, Words] = Field(default_factory=dict, max_length=20)
    needs: tuple[NewNeed, ...] = Field(default=(), max_length=50)
    open_stage_needs: bool = Field(
        default=False,
        strict=True,
        description="为所处阶段应配的类别(如初创期的导师、服务专员)自动提出需求",
    )


class ProviderIn(_In):
    """A provider of one kind."""

    kind: Code
    name: Words
    id: Id | None = None
    capacity: int | None = Field(default=None, ge=0, le=100_000, strict=True)
    attributes: Attributes = {}
    districts_served: tuple[Code, ...] = Field(default=(), max_length=50)
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None
    paused: bool = Field(default=False, strict=True)
    organisation: Words | None = None


class ProfileProject(_In):
    """A project that is not stored."""

    stage: Code
    attributes: Attributes = {}


class RankIn(_In):
    """A profile to rank for; nothing of it is stored."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "kind": "mentor",
                "project": {
                    "stage": "startup",
                    "attributes": {
                        "industries": ["artificial-intelligence"],
                        "place": {"district": "laoshan"},
                    },
                },
                "attributes": {"skills": {"value": ["first_order"], "stance": "must"}},
            }
        }
    )

    kind: Code
    project: ProfileProject
    attributes: Attributes = {}
    limit: Limit = DEFAULT_LIMIT


class FeedbackIn(_In):
    """One event about a pair; sending the same id twice is harmless."""

    id: Id
    need_id: Id
    provider_id: Id
    type: FeedbackType
    said_by: Code
    at: Moment | None = None
    match_id: Id | None = None
    value: float | None = Field(default=None, strict=True)
    detail: Code | None = None


class ReviewIn(_In):
    """A step of a round's review."""

    why: Why = ""


class VersionsOut(_Out):
    """On what an answer rests."""

    model: str
    data: str
    rules: str
    tables: str


class ContributionOut(_Out):
    """One summand of the margin."""

    label: str
    value: float
    topic: str = Field(
        description="此项所属的话题:产业、需求、阶段、区市、文本、项目、过往成效;基准为人人相同的起点"
    )


class ShortlistOut(_Out):
    """How far down the list to look, to see the match that comes about with a stated chance."""

    level: float = Field(description="名单应包含此后实际对接的比例")
    length: int = Field(description="本榜需看到第几名")
    coverage: float | None = Field(description="评估时实测的包含比例;null 表示未测")
    usual_length: float | None = Field(description="评估时名单的平均长度")


INTERVAL = (
    "与本配对条件相同的配对,其平均机会的 90% 区间:来自权重、校准曲线与双方个体差异的不确定性;"
    "不是这一对本身机会的范围,双方投缘与否没有任何一列数据能说明"
)


class RankedOut(_Out):
    """One place of a ranked list."""

    rank: int
    provider_id: str
    name: str
    affinity: float = Field(description="匹配度:推荐后双方接受并见面的概率,(0,1)")
    affinity_interval: tuple[float, float] | None = Field(description=INTERVAL)
    margin: float
    reasons: list[str]
    contributions: list[ContributionOut]


class RankingOut(_Out):
    """A ranked list, best first."""

    kind: str
    need_id: str | None = Field(description="为其排序的需求;null 表示临时画像")
    project_id: str | None
    model_version: str
    data_version: str
    notice_version: str
    rules_version: str
    tables_version: str
    calibrated: bool = Field(description="false 表示尚无反馈,匹配度只可比较高低")
    n_eligible: int
    excluded: dict[str, int] = Field(description="排除原因 -> 资源方个数")
    shortlist: list[ShortlistOut]
    matches: list[RankedOut]


class AddedOut(_Out):
    """What was stored."""

    id: str
    data_version: str


class AddedProjectOut(AddedOut):
    """A stored project and its needs."""

    need_ids: list[str]


class NeedOut(_Out):
    """A stored need."""

    id: str
    project_id: str
    kind: str
    state: NeedState
    opened_at: dt.datetime
    wanted: int
    priority: int
    owner: str | None
    attributes: dict[str, Any]
    version: int


class ProjectOut(_Out):
    """A stored project with its needs; sensitive facts are never part of it."""

    id: str
    name: str
    stage: str
    attributes: dict[str, Any]
    generated: bool
    needs: list[NeedOut]
    data_version: str


class ExplanationOut(_Out):
    """Why a provider stands where it stands for a need."""

    need_id: str
    provider_id: str
    eligible: bool
    excluded_because: str | None
    rank: int | None
    n_eligible: int
    affinity: float | None
    affinity_interval: tuple[float, float] | None = Field(description=INTERVAL)
    margin: float | None
    contributions: list[ContributionOut]
    topics: list[ContributionOut] = Field(description="各项贡献按话题相加")
    shortlist: list[ShortlistOut] = Field(description="本需求的榜单需看到第几名")
    reasons: list[str]
    model_version: str
    data_version: str
    notice_version: str


class RoundOut(_Out):
    """A round without its matches."""

    id: str
    kind: str
    state: RoundState
    created_at: dt.datetime
    created_by: str
    approved_by: str | None
    seed: str
    digest: str
    figures: dict[str, float]
    certificate: dict[str, Any]
    model_version: str
    data_version: str
    rules_version: str
    tables_version: str
    notice_version: str
    version: int


class MatchOut(_Out):
    """A pair that a round decided."""

    id: str
    need_id: str
    provider_id: str
    affinity: float
    reasons: list[str]
    state: MatchState
    ended_reason: str | None


class MatchesOut(_Out):
    """The matches of a round."""

    round_id: str
    model_version: str
    data_version: str
    notice_version: str
    matches: list[MatchOut]


class OutcomeOut(_Out):
    """What a round decided for one need."""

    need_id: str
    type: OutcomeType
    position: int | None
    reason: str
    officer: str | None


class OutcomesOut(_Out):
    """The outcome of every need of a round."""

    round_id: str
    model_version: str
    data_version: str
    notice_version: str
    outcomes: list[OutcomeOut]


class FeedbackOut(_Out):
    """What was noted."""

    id: str
    recorded: bool = Field(description="false 表示此前已收到同一条反馈")
    data_version: str


class NoticeOut(_Out):
    """The public notice of the algorithm."""

    version: str
    title: str
    purpose: str
    inputs: list[str]
    not_used: list[str]
    objective: str
    constraints: list[str]
    review: list[str]
    filing_no: str | None


class HealthOut(_Out):
    """The process answers."""

    status: str


class ReadyOut(_Out):
    """Whether requests can be served, and what is missing."""

    ready: bool
    missing: list[str]
    models: dict[str, str] = Field(description="类别 -> 已校验的模型包版本")
