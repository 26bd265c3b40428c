"""Seeds that are promised before anybody can know what they favour."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from peipao.errors import (
    CheckFailedError,
    IllegalTransitionError,
    InfeasibleError,
    NoActiveModelError,
    NotFoundError,
    SealedFactError,
    SheetRefusedError,
    SolverFailedError,
    UnknownKindError,
)
from serving.api.auth import Drafter, needs
from serving.api.problems import problems_of
from serving.api.round_schemas import CommitIn, CommitmentOut, DrawIn, FreezeIn
from serving.api.round_terms import terms_of
from serving.api.schemas import Id, RoundOut
from serving.api.uses import Uses
from serving.usecases.keys import Scope

router = APIRouter(prefix="/v1/seeds", tags=["摇号"])


@router.post(
    "",
    status_code=201,
    response_model=CommitmentOut,
    responses=problems_of(UnknownKindError, SealedFactError),
    summary="承诺摇号种子",
)
def commit_seed(body: CommitIn, use: Uses, actor: Drafter) -> object:
    """Promise the seed of the next round of a kind; publish the hash before closing."""
    return use.draw_seed.commit(body.kind, body.source, by=actor.name, why=body.why)


@router.get(
    "",
    response_model=list[CommitmentOut],
    responses=problems_of(UnknownKindError),
    dependencies=needs(Scope.READ),
    summary="列出一个类别的摇号承诺",
)
def list_seeds(use: Uses, kind: Annotated[str, Query(max_length=40)]) -> object:
    """Return the promises of a kind, the latest first."""
    return use.draw_seed.of_kind(kind)


@router.get(
    "/{seed_id}",
    response_model=CommitmentOut,
    responses=problems_of(NotFoundError),
    dependencies=needs(Scope.READ),
    summary="查看摇号承诺",
)
def show_seed(seed_id: Id, use: Uses) -> object:
    """Return one promise; its secret is there once it was drawn."""
    return use.draw_seed.of(seed_id)


@router.post(
    "/{seed_id}/freeze",
    response_model=CommitmentOut,
    responses=problems_of(
        NotFoundError, IllegalTransitionError, NoActiveModelError, SheetRefusedError
    ),
    summary="封存本轮输入",
)
def freeze_inputs(seed_id: Id, body: FreezeIn, use: Uses, actor: Drafter) -> object:
    """Close the inputs of the round, once; publish their hash before the value is known."""
    return use.draw_seed.freeze(seed_id, by=actor.name, why=body.why, terms=terms_of(body))


@router.post(
    "/{seed_id}/draw",
    status_code=201,
    response_model=RoundOut,
    responses=problems_of(
        NotFoundError,
        IllegalTransitionError,
        NoActiveModelError,
        InfeasibleError,
        SolverFailedError,
        CheckFailedError,
        SealedFactError,
    ),
    summary="揭示密值,摇号并拟定草案(只此一次)",
)
def draw_seed(seed_id: Id, body: DrawIn, use: Uses, actor: Drafter) -> object:
    """Draft the one round that secret, inputs and public value determine."""
    round_id = use.draw_seed.draw(seed_id, body.value, by=actor.name, why=body.why)
    return use.show_rounds.one(round_id)
