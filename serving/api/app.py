"""The HTTP service: one app a wired service, with everything that holds for all routes."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from importlib.metadata import version

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from peipao.errors import PeipaoError
from serving.api.auth import Authenticated, Failures
from serving.api.contained import Contained
from serving.api.guard import JsonGuard
from serving.api.metrics import Measured, new_metrics
from serving.api.openapi import document
from serving.api.pace import Pace
from serving.api.pages import PAGES
from serving.api.problems import (
    handle_http_error,
    handle_peipao_error,
    handle_validation_error,
)
from serving.api.routes import (
    answer,
    books,
    calls,
    health,
    lottery,
    offers,
    people,
    policies,
    ranking,
    reference,
    requests,
    response_rate,
    round_evidence,
    round_questions,
    rounds,
    solving,
)
from serving.wiring import Peipao


def create_app(peipao: Peipao) -> FastAPI:
    """Return the app of a wired service; two apps share nothing.

    In front of every route stand, from the outside in: what contains our own defects, figures,
    the caller's key, the body's checks.
    """
    metrics = new_metrics()
    app = FastAPI(
        version=version("peipao"),
        openapi_url="/openapi.json",
        docs_url=None,  # these pages would load scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=_operation_id,
        lifespan=_warmed,
        middleware=[
            Middleware(Contained),
            Middleware(Measured, metrics=metrics),
            Middleware(
                Authenticated,
                authenticate=peipao.authenticate,
                failures=Failures(time.monotonic),
                pace=Pace(time.monotonic),
            ),
            Middleware(JsonGuard, max_bytes=peipao.settings.api.max_body_bytes),
        ],
        exception_handlers={
            PeipaoError: handle_peipao_error,
            RequestValidationError: handle_validation_error,
            HTTPException: handle_http_error,
        },
    )
    app.state.peipao, app.state.metrics = peipao, metrics
    app.router.routes.extend([*ranking.BARE_ROUTES, *PAGES])
    for routes in (
        people,
        requests,
        response_rate,
        ranking,
        policies,
        rounds,
        round_evidence,
        round_questions,
        solving,
        lottery,
        offers,
        answer,
        calls,
        books,
        reference,
        health,
    ):
        app.include_router(routes.router)
    app.openapi = partial(document, app)  # type: ignore[method-assign]
    return app


@asynccontextmanager
async def _warmed(app: FastAPI) -> AsyncIterator[None]:
    """Load models and encode providers before the first request waits for it."""
    await run_in_threadpool(app.state.peipao.readiness.warm)
    yield


def _operation_id(route: APIRoute) -> str:
    return route.name
