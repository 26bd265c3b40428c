"""What the holder of a short-lived link may do; the link opens its own match and nothing else."""

from __future__ import annotations

from fastapi import APIRouter, Response

from peipao.errors import (
    AlreadyAnsweredError,
    AnswerTooLateError,
    IllegalTransitionError,
    KeyReusedError,
    NotFoundError,
    StaleWriteError,
    TooManyCallsError,
    UnknownValueError,
)
from serving.api.auth import Holder
from serving.api.offer_schemas import (
    AnswerIn,
    EndIn,
    IdempotencyKey,
    InvitationOut,
    LoadIn,
    LoadOut,
    MatchOut,
    MetIn,
    PauseIn,
    answered,
)
from serving.api.problems import problems_of
from serving.api.uses import Uses

router = APIRouter(prefix="/v1/answer", tags=["凭链接答复"])

_WRITES = (
    NotFoundError,
    StaleWriteError,
    KeyReusedError,
    IllegalTransitionError,
    UnknownValueError,
    TooManyCallsError,
)
_NOW = MetIn()


@router.get(
    "",
    response_model=InvitationOut,
    responses=problems_of(NotFoundError, TooManyCallsError),
    summary="查看链接所指的推荐",
)
def show_invitation(use: Uses, link: Holder) -> object:
    """Return what the link is about and what may be answered."""
    return use.show_offers.invitation(link)


@router.post(
    "",
    response_model=MatchOut,
    responses=problems_of(*_WRITES, AlreadyAnsweredError, AnswerTooLateError),
    summary="接受或谢绝",
)
def answer(body: AnswerIn, use: Uses, link: Holder, key: IdempotencyKey = None) -> Response:
    """Accept the offer, or decline it with a reason."""
    by = use.answer_by_link
    return answered(by.answered(link, accept=body.accept, reason=body.reason, key=key))


@router.post(
    "/met", response_model=MatchOut, responses=problems_of(*_WRITES), summary="告知首次会面"
)
def tell_meeting(
    use: Uses, link: Holder, body: MetIn = _NOW, key: IdempotencyKey = None
) -> Response:
    """Say that both have met for the first time."""
    return answered(use.answer_by_link.met(link, at=body.at, key=key))


@router.post("/end", response_model=MatchOut, responses=problems_of(*_WRITES), summary="结束对接")
def end(body: EndIn, use: Uses, link: Holder, key: IdempotencyKey = None) -> Response:
    """End the match with a reason."""
    return answered(use.answer_by_link.end(link, body.reason, key))


@router.post(
    "/load", response_model=LoadOut, responses=problems_of(*_WRITES), summary="申请减少名额"
)
def ask_smaller_load(body: LoadIn, use: Uses, link: Holder, key: IdempotencyKey = None) -> Response:
    """Take fewer needs from now on; only a provider's link may."""
    return answered(use.answer_by_link.smaller(link, body.places, body.reason, key))


@router.post("/pause", response_model=LoadOut, responses=problems_of(*_WRITES), summary="暂停接单")
def pause(body: PauseIn, use: Uses, link: Holder, key: IdempotencyKey = None) -> Response:
    """Take nothing new until further notice; only a provider's link may."""
    return answered(use.answer_by_link.pause(link, body.reason, key))
