"""Offers: make them, answer for a side, begin and end the service, change a provider's load."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from peipao.domain.states import MatchState
from peipao.errors import (
    AlreadyAnsweredError,
    AnswerTooLateError,
    CapacityTakenError,
    DuplicateMatchError,
    IllegalTransitionError,
    KeyReusedError,
    NeedFilledError,
    NoActiveModelError,
    NobodyFreeError,
    NotEligibleError,
    NotFoundError,
    StaleWriteError,
    UnknownKindError,
    UnknownValueError,
)
from serving.api.auth import Offerer, needs
from serving.api.offer_schemas import (
    BidLinkIn,
    EndIn,
    IdempotencyKey,
    LinkIn,
    LinkOut,
    LoadIn,
    LoadOut,
    MatchOut,
    MetIn,
    OfferIn,
    OfferOut,
    PauseIn,
    RevokedLinkOut,
    SideAnswerIn,
    answered,
)
from serving.api.problems import problems_of
from serving.api.schemas import Id
from serving.api.uses import Uses
from serving.usecases.exactly_once import Call
from serving.usecases.keys import Scope
from serving.usecases.make_link import MadeLink

router = APIRouter(prefix="/v1", tags=["推荐与答复"])

_WRITES = (NotFoundError, StaleWriteError, KeyReusedError)
_MOVES = (*_WRITES, IllegalTransitionError, UnknownValueError)
_NOW = MetIn()
_ORDINARY = BidLinkIn()


@router.post(
    "/offers",
    status_code=201,
    response_model=MatchOut,
    responses=problems_of(
        *_WRITES,
        NeedFilledError,
        NotEligibleError,
        CapacityTakenError,
        DuplicateMatchError,
        NobodyFreeError,
        NoActiveModelError,
    ),
    summary="为一项需求直接推荐(迟到的需求、当场选定)",
)
def offer(body: OfferIn, use: Uses, actor: Offerer, key: IdempotencyKey = None) -> Response:
    """Offer a need a place at once; what was accepted stays as it is."""
    call = Call(actor.name, body.why, key)
    reply = use.place_need(
        body.need_id, call=call, provider_id=body.provider_id, agreed=body.agreed
    )
    return answered(reply, 201)


@router.get(
    "/offers",
    response_model=list[OfferOut],
    responses=problems_of(UnknownKindError),
    dependencies=needs(Scope.READ),
    summary="列出推荐与对接",
)
def list_offers(
    use: Uses,
    state: MatchState | None = None,
    kind: Annotated[str | None, Query(max_length=40)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 100,
    after: Annotated[str, Query(max_length=64, pattern=r"^[A-Za-z0-9_-]*$")] = "",
) -> object:
    """Return matches by id with their answers and deadlines, from the one behind `after`."""
    return use.show_offers(state=state, kind=kind, limit=limit, after=after)


@router.get(
    "/matches/{match_id}",
    response_model=OfferOut,
    responses=problems_of(NotFoundError),
    dependencies=needs(Scope.READ),
    summary="查看一项推荐或对接",
)
def show_match(match_id: Id, use: Uses) -> object:
    """Return one match: who has answered, until when, and what came after."""
    return use.show_offers.one(match_id)


@router.post(
    "/matches/{match_id}/answer",
    response_model=MatchOut,
    responses=problems_of(*_MOVES, AlreadyAnsweredError, AnswerTooLateError),
    summary="代一方答复推荐",
)
def answer_for(
    match_id: Id, body: SideAnswerIn, use: Uses, actor: Offerer, key: IdempotencyKey = None
) -> Response:
    """Note what one side has told staff or the portal."""
    call = Call(actor.name, body.why, key)
    return answered(
        use.answer_offer(match_id, body.side, accept=body.accept, call=call, reason=body.reason)
    )


@router.post(
    "/matches/{match_id}/met",
    response_model=MatchOut,
    responses=problems_of(*_MOVES),
    summary="登记首次会面",
)
def note_meeting(
    match_id: Id, use: Uses, actor: Offerer, body: MetIn = _NOW, key: IdempotencyKey = None
) -> Response:
    """Note the first meeting of an accepted match: the service begins."""
    call = Call(actor.name, key=key)
    return answered(use.run_match.met(match_id, said_by="staff", call=call, at=body.at))


@router.post(
    "/matches/{match_id}/end",
    response_model=MatchOut,
    responses=problems_of(*_MOVES),
    summary="结束对接",
)
def end_match(
    match_id: Id, body: EndIn, use: Uses, actor: Offerer, key: IdempotencyKey = None
) -> Response:
    """End a match with a reason; the pair is never made again."""
    return answered(use.run_match.end(match_id, body.reason, call=Call(actor.name, key=key)))


@router.post(
    "/matches/{match_id}/links",
    status_code=201,
    response_model=LinkOut,
    responses=problems_of(NotFoundError, IllegalTransitionError),
    summary="为一方建立答复链接",
)
def make_link(match_id: Id, body: LinkIn, use: Uses, actor: Offerer) -> object:
    """Make a short-lived link by which one side answers; a gateway asks for it when it sends."""
    return _link(use.make_link.for_match(match_id, body.side, by=actor.name, days=body.days))


@router.post(
    "/links/{link_id}/revoke",
    response_model=RevokedLinkOut,
    responses=problems_of(NotFoundError),
    summary="停用链接",
)
def revoke_link(link_id: Id, use: Uses, actor: Offerer) -> object:
    """Make a link useless from now on."""
    return use.make_link.revoke(link_id, by=actor.name)


@router.post(
    "/providers/{provider_id}/links",
    status_code=201,
    response_model=LinkOut,
    responses=problems_of(NotFoundError),
    summary="为资源方建立揭榜链接",
)
def make_bid_link(
    provider_id: Id, use: Uses, actor: Offerer, body: BidLinkIn = _ORDINARY
) -> object:
    """Make a short-lived link by which a provider sees the open calls and bids."""
    return _link(use.make_link.for_provider(provider_id, by=actor.name, days=body.days))


@router.post(
    "/providers/{provider_id}/load",
    response_model=LoadOut,
    responses=problems_of(*_MOVES),
    summary="减少资源方的名额",
)
def lower_load(
    provider_id: Id, body: LoadIn, use: Uses, actor: Offerer, key: IdempotencyKey = None
) -> Response:
    """Lower a provider's capacity; open offers beyond it go to the next in line."""
    call = Call(actor.name, key=key)
    return answered(use.change_load.smaller(provider_id, body.places, body.reason, call=call))


@router.post(
    "/providers/{provider_id}/pause",
    response_model=LoadOut,
    responses=problems_of(*_MOVES),
    summary="暂停资源方接单",
)
def pause_provider(
    provider_id: Id, body: PauseIn, use: Uses, actor: Offerer, key: IdempotencyKey = None
) -> Response:
    """Let a provider take nothing new; its open offers go to the next in line."""
    call = Call(actor.name, key=key)
    return answered(use.change_load.pause(provider_id, body.reason, call=call))


@router.post(
    "/providers/{provider_id}/resume",
    response_model=LoadOut,
    responses=problems_of(*_MOVES),
    summary="恢复资源方接单",
)
def resume_provider(
    provider_id: Id, use: Uses, actor: Offerer, key: IdempotencyKey = None
) -> Response:
    """Let a provider take needs again."""
    return answered(use.change_load.resume(provider_id, call=Call(actor.name, key=key)))


def _link(made: MadeLink) -> LinkOut:
    link = made.link
    return LinkOut(
        id=link.id,
        text=made.text,
        path=made.path,
        side=link.side,
        match_id=link.match_id,
        provider_id=link.provider_id,
        expires_at=link.expires_at,
    )
