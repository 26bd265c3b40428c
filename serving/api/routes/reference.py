"""Kinds, feedback and the public notice."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from peipao.errors import AlreadyExistsError, NotFoundError, UnknownKindError
from serving.api.auth import Teller, needs
from serving.api.problems import problems_of
from serving.api.schemas import Code, FeedbackIn, FeedbackOut, NoticeOut
from serving.api.topic_schemas import ClassifiedTextOut, TextIn
from serving.api.uses import Uses
from serving.usecases.keys import Scope

router = APIRouter(prefix="/v1")


@router.post(
    "/feedback",
    status_code=201,
    response_model=FeedbackOut,
    responses=problems_of(NotFoundError, AlreadyExistsError),
    tags=["反馈"],
    summary="记录一条反馈",
)
def record_feedback(body: FeedbackIn, use: Uses, actor: Teller) -> object:
    """Note one event about a pair; the same id twice is noted once."""
    return use.record_feedback(
        id=body.id,
        need_id=body.need_id,
        provider_id=body.provider_id,
        type=body.type,
        said_by=body.said_by,
        at=body.at,
        match_id=body.match_id,
        value=body.value,
        detail=body.detail,
        by=actor.name,
    )


@router.get(
    "/kinds",
    tags=["类别"],
    responses=problems_of(),
    dependencies=needs(Scope.READ),
    summary="列出匹配类别",
)
def list_kinds(use: Uses) -> list[dict[str, Any]]:
    """Return every kind with its label, team and active model."""
    return use.show_kinds()


@router.get(
    "/kinds/{kind}",
    tags=["类别"],
    responses=problems_of(UnknownKindError),
    dependencies=needs(Scope.READ),
    summary="查看一个类别的属性、比较与规则",
)
def show_kind(kind: Code, use: Uses) -> dict[str, Any]:
    """Return what a kind file declares: attributes with unit and source, comparisons, rules."""
    return use.show_kinds.one(kind)


@router.post(
    "/industries/classify",
    response_model=ClassifiedTextOut,
    tags=["类别"],
    responses=problems_of(),
    dependencies=needs(Scope.READ),
    summary="按文字建议所属产业与赛道",
)
def classify_text(body: TextIn, use: Uses) -> object:
    """Suggest industries for a free text, with confidence; nothing is stored or filled in."""
    return use.classify_text(body.text)


@router.get(
    "/algorithm-notice",
    response_model=NoticeOut,
    tags=["公示"],
    responses=problems_of(),
    dependencies=needs(Scope.READ),
    summary="算法公示",
)
def show_notice(use: Uses) -> object:
    """Return the public notice of the algorithm, which every ranked answer names by version."""
    return use.notice
