"""What comes in and goes out about rounds over HTTP: terms, findings, promises, differences."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from serving.api.schemas import Code, GivenWhy, Id, Why, Words

MOST_SCORES = 20_000
Pair = Annotated[list[Id], Field(min_length=2, max_length=2, description="[需求编号, 资源方编号]")]
Minimum = Annotated[int, Field(ge=0, le=10_000, strict=True)]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Out(BaseModel):
    model_config = ConfigDict(extra="forbid", from_attributes=True)


class QuotaIn(_In):
    """A bound on the matches of everybody who has one of some values, or of those named."""

    id: Id
    side: Literal["need", "provider"]
    attribute: Code | None = Field(default=None, description="project.属性、需求或资源方属性")
    values: list[Code] = Field(default=[], max_length=200)
    members: list[Id] = Field(default=[], max_length=10_000, description="不按属性时逐个列出")
    least: int = Field(default=0, ge=0, le=1_000_000, strict=True)
    most: int | None = Field(default=None, ge=0, le=1_000_000, strict=True)


class ScoreIn(_In):
    """A score of one pair."""

    need: Id
    provider: Id
    score: float = Field(ge=0, le=1, description="越高越好")


class TermsIn(_In):
    """What a round is asked beside its needs and providers."""

    pins: list[Pair] = Field(default=[], max_length=10_000, description="指定的配对")
    vetoes: list[Pair] = Field(default=[], max_length=10_000, description="本轮否决的配对")
    quotas: list[QuotaIn] = Field(default=[], max_length=500)
    need_min: dict[Id, Minimum] = Field(default={}, description="需求 -> 至少得到几个")
    provider_min: dict[Id, Minimum] = Field(default={}, description="资源方 -> 至少接几个")
    previous: Id | None = Field(default=None, description="尽量保持不变的另一轮")
    max_changes: int | None = Field(default=None, ge=0, le=100_000, strict=True)
    change_cost: float = Field(default=0.0, ge=0, le=1_000)
    objective: Literal["total", "rawls", "leximin", "stable"] = "total"
    scores: list[ScoreIn] = Field(
        default=[], max_length=MOST_SCORES, description="评分表,代替模型匹配度;空则用模型"
    )


class RoundIn(TermsIn):
    """A round to draft."""

    kind: Code
    seed: Words | None = Field(
        default=None, description="摇号种子;省略时由上一轮结果推导,指定的须经放行"
    )
    why: Why = ""


class WithdrawIn(_In):
    """Why a published round is taken back; both sides of every offer are told."""

    why: GivenWhy


class FindingOut(_Out):
    """What preflight found; it blocks the check until somebody answers for it."""

    round_id: str
    number: int
    code: str
    detail: str
    overridden_by: str | None
    override_reason: str | None
    overridden_at: dt.datetime | None


class OverrideIn(_In):
    """Why a finding may pass."""

    why: GivenWhy = Field(min_length=4)


class CommitIn(_In):
    """A promise of the seed of the next round of a kind."""

    kind: Code
    source: Words = Field(description="公开值的来源,须尚未公布")
    why: Why = ""


class FreezeIn(TermsIn):
    """Closes the inputs of a promised round."""

    why: Why = ""


class DrawIn(_In):
    """The public value, as its source published it."""

    value: Words
    why: Why = ""


class CommitmentOut(_Out):
    """A promise of a seed and how far it has come; the secret is there once it was drawn."""

    id: str
    kind: str
    hash: str = Field(description="密值的 SHA-256")
    source: str
    created_at: dt.datetime
    created_by: str
    inputs: str | None = Field(description="冻结输入的 SHA-256")
    frozen_at: dt.datetime | None
    secret: str | None
    value: str | None
    revealed_at: dt.datetime | None
    round_id: str | None


class SentNoticeOut(_Out):
    """One notice about a round or one of its matches."""

    id: str
    to: str
    event: str
    subject: str
    params: dict[str, str]
    created_at: dt.datetime


class ReplayedOut(_Out):
    """The replay gave the same bytes, or found the stored plan right where a search may differ."""

    round_id: str
    digest: str
    inputs: str
    lines: int
    recomputed: bool = Field(
        description="false:分组互相交叉,限时求解这次止于另一方案;已改为逐项核对存储的方案"
    )


class PairDiffOut(_Out):
    """A pair that only one of two rounds made, or with another affinity."""

    need_id: str
    provider_id: str
    before: float | None
    after: float | None


class OutcomeDiffOut(_Out):
    """A need whose outcome differs."""

    need_id: str
    before: str | None
    after: str | None


class RoundDiffOut(_Out):
    """What differs between two rounds."""

    first: str
    second: str
    kind: str
    same_result: bool
    same_inputs: bool
    kept: int
    pairs: list[PairDiffOut]
    outcomes: list[OutcomeDiffOut]
    figures: dict[str, tuple[float | None, float | None]]
    rests_on: dict[str, tuple[str, str]]


class CellOut(_Out):
    """How one group fared; never fewer than five needs."""

    label: str
    needs: int
    match_rate: float
    first_choice_rate: float | None
    waited_days: float


class GroupOut(_Out):
    """The cells of one way of grouping."""

    by: str
    label: str
    cells: list[CellOut]
    hidden: int | None


class RoundReportOut(_Out):
    """The fairness of a round."""

    round_id: str
    kind: str
    state: str
    seed: str
    seed_from: str
    trial: int
    groups: list[GroupOut]
    widest: dict[str, float]


class PairingIn(_In):
    """A pairing that ran before the system did."""

    project: Id
    kind: Code
    provider: Id
    since: dt.date
    need: Id | None = None


class PairingsIn(_In):
    """Running pairings, taken all or none."""

    pairings: list[PairingIn] = Field(min_length=1, max_length=5_000)
    why: Why = ""


class ImportedOut(_Out):
    """How many pairings are new."""

    added: int
    known: int
    rounds: list[str]
