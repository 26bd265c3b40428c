"""Is the process alive, is it ready, and what has it done so far."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from serving.api.auth import actor_of, require
from serving.api.metrics import CONTENT_TYPE, Metrics
from serving.api.schemas import HealthOut, ReadyOut
from serving.api.uses import Uses
from serving.usecases.keys import Scope

router = APIRouter(tags=["运维"])


@router.get("/healthz", response_model=HealthOut, summary="进程是否存活")
async def healthz() -> dict[str, str]:
    """Answer without looking at anything."""
    return {"status": "ok"}


@router.get(
    "/readyz",
    response_model=ReadyOut,
    responses={503: {"model": ReadyOut, "description": "尚未就绪,说明缺什么"}},
    summary="能否提供服务",
)
def readyz(use: Uses) -> Response:
    """Say whether the database is migrated and at least one model package is verified."""
    state = use.readiness()
    content = {"ready": state.ready, "missing": list(state.missing), "models": dict(state.models)}
    return JSONResponse(content, 200 if state.ready else 503)


@router.get("/metrics", response_class=Response, summary="Prometheus 指标")
def metrics(request: Request, use: Uses) -> Response:
    """Return the figures of this process."""
    require(actor_of(request), Scope.METRICS)
    figures = request.app.state.metrics
    if not isinstance(figures, Metrics):
        raise TypeError("the app was not made by create_app")
    figures.model.clear()
    for kind, version in use.readiness().models.items():
        figures.model.labels(kind, version).set(1)
    return Response(figures.page(), media_type=CONTENT_TYPE)
