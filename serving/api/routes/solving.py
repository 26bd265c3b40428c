"""Solving an instance that has nothing to do with what is stored: at once, or in the background."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from peipao.errors import InfeasibleError, NotFoundError, SolverFailedError, TooManySolvesError
from serving.api.auth import Drafter, needs
from serving.api.problems import problems_of
from serving.api.question_schemas import SolveJobOut
from serving.api.schemas import Id
from serving.api.uses import Uses
from serving.usecases.keys import Scope

router = APIRouter(prefix="/v1/assignments", tags=["轮次"])

_LONGEST_S = 30.0
"""Seconds that one call may ask of a search where quotas cross."""


@router.post(
    "/solve",
    responses=problems_of(InfeasibleError, SolverFailedError),
    dependencies=needs(Scope.ROUNDS_WRITE),
    summary="求解一个给定的配对问题(实例格式)",
)
def solve_instance(body: dict[str, Any]) -> dict[str, Any]:
    """Solve an instance that has nothing to do with what is stored."""
    # scipy is met only when a round is solved.
    from matching import instance

    return instance.solve_instance(body, longest_s=_LONGEST_S)


@router.post(
    "/jobs",
    status_code=202,
    response_model=SolveJobOut,
    responses=problems_of(TooManySolvesError),
    summary="在后台求解一个实例",
)
def start_solving(body: dict[str, Any], use: Uses, actor: Drafter) -> object:
    """Begin to solve an instance; `time_limit_s` may be up to an hour."""
    return use.solve_instances.start(body, by=actor.name)


@router.get(
    "/jobs/{job_id}",
    response_model=SolveJobOut,
    responses=problems_of(NotFoundError),
    summary="后台求解的进度、上界与结果",
)
def show_solving(
    job_id: Id, use: Uses, actor: Drafter, wait_s: Annotated[float, Query(ge=0, le=20)] = 0.0
) -> object:
    """Return how far a search has come, and the answer once there is one."""
    return use.solve_instances.show(job_id, by=actor.name, wait_s=wait_s)


@router.delete(
    "/jobs/{job_id}",
    response_model=SolveJobOut,
    responses=problems_of(NotFoundError),
    summary="停止后台求解,保留目前最好的方案",
)
def stop_solving(job_id: Id, use: Uses, actor: Drafter) -> object:
    """Ask a search to stop; its answer is then the best plan so far, with its bound."""
    return use.solve_instances.cancel(job_id, by=actor.name)
