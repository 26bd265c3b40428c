"""What comes in and goes out where texts are classified."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from features.topics import LONGEST

Confidence = Annotated[float, Field(ge=0, le=1, description="可能性,0 至 1")]


class TextIn(BaseModel):
    """A free text."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={"example": {"text": "用无人机给海岛送生鲜,航线已获批"}},
    )

    text: Annotated[str, Field(max_length=LONGEST)]


class _Out(BaseModel):
    model_config = ConfigDict(extra="forbid", from_attributes=True)


class LikelyTrackOut(_Out):
    """A line of business that a text speaks of."""

    name: str
    confidence: Confidence


class LikelyIndustryOut(_Out):
    """An industry that a text speaks of, and the words that say so."""

    industry: str
    label: str
    confidence: Confidence
    tracks: list[LikelyTrackOut]
    words: list[str]


class ClassifiedTextOut(_Out):
    """What a text is about; a suggestion, which nothing is filled in by."""

    abstained: Annotated[bool, Field(description="文字没有说明所属产业,不作建议")]
    industries: list[LikelyIndustryOut]
    silent: Confidence
    tables_version: str
