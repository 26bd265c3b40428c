"""Rounds: draft, look at, check, approve, publish, withdraw, close."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from peipao.errors import (
    CapacityTakenError,
    CheckFailedError,
    DuplicateMatchError,
    IllegalTransitionError,
    InfeasibleError,
    MakerIsCheckerError,
    NoActiveModelError,
    NotFoundError,
    PreflightBlockedError,
    SheetRefusedError,
    SolverFailedError,
    StaleWriteError,
    UnknownKindError,
)
from serving.api.auth import Approver, Drafter, Publisher, needs
from serving.api.problems import problems_of
from serving.api.round_schemas import RoundIn, WithdrawIn
from serving.api.round_terms import terms_of
from serving.api.schemas import (
    Id,
    MatchesOut,
    OutcomesOut,
    ReviewIn,
    RoundOut,
)
from serving.api.uses import Uses
from serving.usecases.keys import Scope

router = APIRouter(prefix="/v1", tags=["轮次"])

_MOVES = (NotFoundError, IllegalTransitionError, StaleWriteError)
_NO_WORDS = ReviewIn()


@router.post(
    "/rounds",
    status_code=201,
    response_model=RoundOut,
    responses=problems_of(
        UnknownKindError,
        NotFoundError,
        NoActiveModelError,
        InfeasibleError,
        SheetRefusedError,
        SolverFailedError,
        CheckFailedError,
    ),
    summary="拟定一轮撮合草案",
)
def run_round(body: RoundIn, use: Uses, actor: Drafter) -> object:
    """Draft a round of one kind; nothing is offered until it is reviewed and published."""
    terms = terms_of(body)
    round_id = use.run_round(body.kind, seed=body.seed, by=actor.name, why=body.why, terms=terms)
    return use.show_rounds.one(round_id)


@router.get(
    "/rounds",
    response_model=list[RoundOut],
    responses=problems_of(UnknownKindError),
    dependencies=needs(Scope.READ),
    summary="列出轮次",
)
def list_rounds(
    use: Uses,
    kind: Annotated[str | None, Query(max_length=40)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> object:
    """Return rounds, newest first."""
    return use.show_rounds(kind=kind, limit=limit)


@router.get(
    "/rounds/{round_id}",
    response_model=RoundOut,
    responses=problems_of(NotFoundError),
    dependencies=needs(Scope.READ),
    summary="查看轮次",
)
def show_round(round_id: Id, use: Uses) -> object:
    """Return one round with its figures and the checker's certificate."""
    return use.show_rounds.one(round_id)


@router.get(
    "/rounds/{round_id}/matches",
    response_model=MatchesOut,
    responses=problems_of(NotFoundError),
    dependencies=needs(Scope.READ),
    summary="查看轮次的配对",
)
def show_matches(round_id: Id, use: Uses) -> object:
    """Return the pairs of a round with their reasons."""
    return use.show_rounds.matches(round_id)


@router.get(
    "/rounds/{round_id}/outcomes",
    response_model=OutcomesOut,
    responses=problems_of(NotFoundError),
    dependencies=needs(Scope.READ),
    summary="查看轮次中每个需求的结果",
)
def show_outcomes(round_id: Id, use: Uses) -> object:
    """Return what was decided for every need: paired, waiting or referred."""
    return use.show_rounds.outcomes(round_id)


@router.post(
    "/rounds/{round_id}/check",
    response_model=RoundOut,
    responses=problems_of(*_MOVES, CheckFailedError, PreflightBlockedError),
    summary="独立校验草案",
)
def check_round(round_id: Id, use: Uses, actor: Drafter, body: ReviewIn = _NO_WORDS) -> object:
    """Prove a draft again and hold it against the store; findings must have been overridden."""
    use.review_round.check(round_id, by=actor.name, why=body.why)
    return use.show_rounds.one(round_id)


@router.post(
    "/rounds/{round_id}/approve",
    response_model=RoundOut,
    responses=problems_of(*_MOVES, MakerIsCheckerError),
    summary="审批轮次(须为拟定人以外的人)",
)
def approve_round(round_id: Id, use: Uses, actor: Approver, body: ReviewIn = _NO_WORDS) -> object:
    """Approve a checked round; never by the person who drafted it."""
    use.review_round.approve(round_id, by=actor.name, why=body.why)
    return use.show_rounds.one(round_id)


@router.post(
    "/rounds/{round_id}/publish",
    response_model=RoundOut,
    responses=problems_of(*_MOVES, CapacityTakenError, DuplicateMatchError),
    summary="发布轮次",
)
def publish_round(round_id: Id, use: Uses, actor: Publisher, body: ReviewIn = _NO_WORDS) -> object:
    """Offer all pairs of an approved round, all or none."""
    use.review_round.publish(round_id, by=actor.name, why=body.why)
    return use.show_rounds.one(round_id)


@router.post(
    "/rounds/{round_id}/withdraw",
    response_model=RoundOut,
    responses=problems_of(*_MOVES),
    summary="撤回已发布的轮次",
)
def withdraw_round(round_id: Id, use: Uses, actor: Publisher, body: WithdrawIn) -> object:
    """Take back what a published round offered; places are free again, nothing is deleted."""
    use.review_round.withdraw(round_id, by=actor.name, why=body.why)
    return use.show_rounds.one(round_id)


@router.post(
    "/rounds/{round_id}/close",
    response_model=RoundOut,
    responses=problems_of(*_MOVES),
    summary="归档轮次",
)
def close_round(round_id: Id, use: Uses, actor: Publisher, body: ReviewIn = _NO_WORDS) -> object:
    """Close a published round."""
    use.review_round.close(round_id, by=actor.name, why=body.why)
    return use.show_rounds.one(round_id)
