"""揭榜挂帅: calls, bids and awards; staff by key, bidders by their own link."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from peipao.domain.calls import CallState
from peipao.errors import (
    AlreadyExistsError,
    CallClosedError,
    CapacityTakenError,
    CheckFailedError,
    DuplicateMatchError,
    ForbiddenError,
    IllegalTransitionError,
    KeyReusedError,
    MakerIsCheckerError,
    NeedFilledError,
    NoActiveModelError,
    NotEligibleError,
    NotFoundError,
    SolverFailedError,
    StaleWriteError,
    UnknownKindError,
)
from serving.api.auth import Caller, Drafter, Holder, Publisher, needs, whole_provider
from serving.api.call_schemas import (
    AwardIn,
    BidIn,
    BidOut,
    CallIn,
    CallOut,
    CancelIn,
    MarkedBidOut,
    MarkIn,
    MovedCallOut,
    OwnBidIn,
    PlacedBidOut,
)
from serving.api.offer_schemas import IdempotencyKey, answered
from serving.api.problems import problems_of
from serving.api.schemas import Id
from serving.api.uses import Uses
from serving.usecases.exactly_once import Call
from serving.usecases.keys import Scope

router = APIRouter(prefix="/v1", tags=["揭榜挂帅"])

_BIDS = (
    NotFoundError,
    CallClosedError,
    NotEligibleError,
    AlreadyExistsError,
    KeyReusedError,
    NoActiveModelError,
    StaleWriteError,
)
_MOVES = (NotFoundError, IllegalTransitionError, StaleWriteError)
_NO_WORDS = AwardIn()


@router.post(
    "/calls",
    status_code=201,
    response_model=CallOut,
    responses=problems_of(UnknownKindError, NotFoundError),
    summary="发榜",
)
def open_call(body: CallIn, use: Uses, actor: Caller) -> object:
    """Put needs on a public list with the rule by which they will be awarded."""
    rule = body.rule.rule()
    made = use.run_call.open(
        body.kind,
        body.title,
        body.need_ids,
        body.closes_at,
        rule,
        by=actor.name,
        why=body.why,
    )
    return use.show_calls.one(made.id)


@router.get(
    "/calls",
    response_model=list[CallOut],
    responses=problems_of(UnknownKindError),
    dependencies=needs(Scope.READ),
    summary="列出榜单",
)
def list_calls(
    use: Uses,
    state: CallState | None = None,
    kind: Annotated[str | None, Query(max_length=40)] = None,
) -> object:
    """Return calls with their needs and rules, the latest first."""
    return use.show_calls(state=state, kind=kind)


@router.get(
    "/calls/{call_id}",
    response_model=CallOut,
    responses=problems_of(NotFoundError),
    dependencies=needs(Scope.READ),
    summary="查看榜单",
)
def show_call(call_id: Id, use: Uses) -> object:
    """Return one call."""
    return use.show_calls.one(call_id)


@router.post(
    "/calls/{call_id}/bids",
    status_code=201,
    response_model=PlacedBidOut,
    responses=problems_of(*_BIDS),
    summary="代资源方揭榜",
)
def bid_for(
    call_id: Id, body: BidIn, use: Uses, actor: Caller, key: IdempotencyKey = None
) -> Response:
    """Take down a bid for a provider."""
    asking = Call(actor.name, key=key)
    reply = use.run_call.bid(call_id, body.need_id, body.provider_id, body.plan, asking=asking)
    return answered(reply, 201)


@router.get(
    "/calls/{call_id}/bids",
    response_model=list[BidOut],
    responses=problems_of(NotFoundError),
    dependencies=needs(Scope.CALLS),
    summary="查看揭榜意向与方案(评审用)",
)
def list_bids(call_id: Id, use: Uses) -> object:
    """Return the bids of a call with their plans and marks."""
    return use.show_calls.bids(call_id)


@router.post(
    "/bids/{bid_id}/withdraw",
    response_model=PlacedBidOut,
    responses=problems_of(NotFoundError, CallClosedError, KeyReusedError),
    summary="代资源方撤回揭榜",
)
def withdraw_bid_for(bid_id: Id, use: Uses, actor: Caller, key: IdempotencyKey = None) -> Response:
    """Take a bid back while the call is open."""
    return answered(use.run_call.withdraw(bid_id, asking=Call(actor.name, key=key)))


@router.post(
    "/bids/{bid_id}/mark",
    response_model=MarkedBidOut,
    responses=problems_of(NotFoundError, CallClosedError, MakerIsCheckerError),
    summary="评审评分",
)
def mark_bid(bid_id: Id, body: MarkIn, use: Uses, actor: Caller) -> object:
    """Give the plan of a bid a mark; nobody marks a bid of their own."""
    return use.run_call.mark(bid_id, body.mark, by=actor.name, why=body.why)


@router.post(
    "/calls/{call_id}/award",
    response_model=MovedCallOut,
    responses=problems_of(*_MOVES, NoActiveModelError, SolverFailedError, CheckFailedError),
    summary="按公布的规则拟定授榜",
)
def draft_award(call_id: Id, use: Uses, actor: Drafter, body: AwardIn = _NO_WORDS) -> object:
    """Decide who wins by the published rule; nobody is told before another person publishes it."""
    return use.award_call.draft(call_id, by=actor.name, why=body.why)


@router.post(
    "/calls/{call_id}/publish",
    response_model=MovedCallOut,
    responses=problems_of(
        *_MOVES, MakerIsCheckerError, CapacityTakenError, NeedFilledError, DuplicateMatchError
    ),
    summary="公布授榜(须为拟定人以外的人)",
)
def publish_award(call_id: Id, use: Uses, actor: Publisher, body: AwardIn = _NO_WORDS) -> object:
    """Offer every winner its need and tell the others why not."""
    return use.award_call.publish(call_id, by=actor.name, why=body.why)


@router.post(
    "/calls/{call_id}/cancel",
    response_model=MovedCallOut,
    responses=problems_of(*_MOVES),
    summary="取消榜单",
)
def cancel_call(call_id: Id, body: CancelIn, use: Uses, actor: Caller) -> object:
    """Call it off before it is awarded."""
    return use.run_call.cancel(call_id, by=actor.name, why=body.why)


@router.get(
    "/calls/{call_id}/award",
    response_model=dict[str, Any],
    responses=problems_of(NotFoundError, IllegalTransitionError),
    dependencies=needs(Scope.READ),
    summary="公布的授榜数据(可自行复算)",
)
def show_award(call_id: Id, use: Uses) -> Response:
    """Return an award with everything it takes to compute it again, as canonical JSON."""
    return Response(use.show_calls.award(call_id), media_type="application/json")


@router.get(
    "/answer/calls",
    response_model=list[CallOut],
    responses=problems_of(NotFoundError, ForbiddenError),
    tags=["凭链接答复"],
    summary="凭链接查看可揭的榜",
)
def show_open_calls(use: Uses, link: Holder) -> object:
    """Return the open calls of the provider's kind."""
    return use.show_calls.open_to(whole_provider(link))


@router.post(
    "/answer/bids",
    status_code=201,
    response_model=PlacedBidOut,
    responses=problems_of(*_BIDS, ForbiddenError),
    tags=["凭链接答复"],
    summary="凭链接揭榜",
)
def bid(body: OwnBidIn, use: Uses, link: Holder, key: IdempotencyKey = None) -> Response:
    """Bid for a need, with a plan."""
    asking = Call(f"link:{link.id}", key=key)
    reply = use.run_call.bid(
        body.call_id, body.need_id, whole_provider(link), body.plan, asking=asking
    )
    return answered(reply, 201)


@router.get(
    "/answer/bids",
    response_model=list[BidOut],
    responses=problems_of(NotFoundError, ForbiddenError),
    tags=["凭链接答复"],
    summary="凭链接查看自己的揭榜与结果",
)
def list_own_bids(use: Uses, link: Holder) -> object:
    """Return the provider's own bids; for those not awarded, the reason."""
    return use.show_calls.bids_of(whole_provider(link))


@router.post(
    "/answer/bids/{bid_id}/withdraw",
    response_model=PlacedBidOut,
    responses=problems_of(NotFoundError, CallClosedError, ForbiddenError, KeyReusedError),
    tags=["凭链接答复"],
    summary="凭链接撤回揭榜",
)
def withdraw_own_bid(bid_id: Id, use: Uses, link: Holder, key: IdempotencyKey = None) -> Response:
    """Take the provider's own bid back while the call is open."""
    asking = Call(f"link:{link.id}", key=key)
    return answered(use.run_call.withdraw(bid_id, asking=asking, provider_id=whole_provider(link)))
