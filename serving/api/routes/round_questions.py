"""Questions about a round: why, what would one more place bring, what else could be decided."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from peipao.errors import CheckFailedError, NotFoundError, SolverFailedError
from serving.api.auth import needs
from serving.api.problems import problems_of
from serving.api.question_schemas import DecisionOut, OtherPlanOut, TightPlaceOut
from serving.api.schemas import Id
from serving.api.uses import Uses
from serving.usecases.keys import Scope

router = APIRouter(prefix="/v1", tags=["轮次"], dependencies=needs(Scope.ROUNDS_WRITE))

_PROBLEMS = problems_of(NotFoundError, CheckFailedError, SolverFailedError)


@router.get(
    "/rounds/{round_id}/why",
    response_model=DecisionOut,
    responses=_PROBLEMS,
    summary="一个配对为何成立或不成立",
)
def explain_decision(
    round_id: Id, use: Uses, need: Annotated[Id, Query()], provider: Annotated[Id, Query()]
) -> object:
    """Say why a round made a pair, or why not; others who hold the places are masked."""
    return use.explain_decision(round_id, need, provider)


@router.get(
    "/rounds/{round_id}/bottlenecks",
    response_model=list[TightPlaceOut],
    responses=_PROBLEMS,
    summary="增加一个名额最有价值之处",
)
def find_bottlenecks(
    round_id: Id, use: Uses, limit: Annotated[int, Query(ge=1, le=50)] = 10
) -> object:
    """Return the providers, groups and districts where one more place would bring most."""
    return use.find_bottlenecks(round_id, limit)


@router.get(
    "/rounds/{round_id}/plans",
    response_model=list[OtherPlanOut],
    responses=_PROBLEMS,
    summary="最优及次优的整体方案",
)
def list_plans(round_id: Id, use: Uses, count: Annotated[int, Query(ge=1, le=10)] = 3) -> object:
    """Return the best whole plans in exact order, told by what differs from the best."""
    return use.list_plans(round_id, count)
