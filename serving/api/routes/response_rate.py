"""The response rate, who was not answered, and the statements of closed months."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from peipao.errors import (
    LedgerBrokenError,
    MakerIsCheckerError,
    MonthClosedError,
    NotFoundError,
    UnknownValueError,
)
from serving.api.auth import Publisher, needs
from serving.api.problems import problems_of
from serving.api.request_schemas import (
    ActIn,
    Month,
    RateReportOut,
    RestateIn,
    StatementOut,
    WaitingNeedOut,
)
from serving.api.schemas import Moment
from serving.api.uses import Uses
from serving.usecases.keys import Scope

router = APIRouter(prefix="/v1", tags=["响应率"])

_NO_WORDS = ActIn()
At = Annotated[Moment | None, Query(description="当时的情形;省略为现在")]
Owner = Annotated[str | None, Query(pattern=r"^[A-Za-z0-9_-]{1,64}$", description="只看一名专员的")]


@router.get(
    "/response-rate",
    response_model=RateReportOut,
    responses=problems_of(UnknownValueError, LedgerBrokenError),
    dependencies=needs(Scope.READ),
    summary="响应率",
)
def response_rate(
    use: Uses,
    by: Annotated[
        str, Query(max_length=40, description="month、district、team、channel 或 kind")
    ] = "month",
    first: Month | None = None,
    last: Month | None = None,
    at: At = None,
) -> object:
    """Return needs due and needs answered within the deadline, by group."""
    return use.response_rate(by, first=first, last=last, at=at)


@router.get(
    "/unanswered-needs",
    response_model=list[WaitingNeedOut],
    responses=problems_of(NotFoundError),
    dependencies=needs(Scope.READ),
    summary="尚未响应的需求",
)
def unanswered_needs(
    use: Uses,
    at: At = None,
    owner: Owner = None,
    overdue_only: Annotated[bool, Query(description="只列已逾期的")] = False,  # noqa: FBT002
) -> object:
    """Return the needs that waited for a response at a time, the most urgent first."""
    return use.list_unanswered(at=at, overdue_only=overdue_only, owner=owner)


@router.get(
    "/overdue-steps",
    response_model=list[WaitingNeedOut],
    responses=problems_of(NotFoundError),
    dependencies=needs(Scope.READ),
    summary="已逾期的环节",
)
def overdue_steps(use: Uses, owner: Owner = None) -> object:
    """Return every open step whose deadline has passed."""
    return use.list_unanswered.overdue(owner=owner)


@router.get(
    "/months/{month}/statements",
    response_model=list[StatementOut],
    responses=problems_of(LedgerBrokenError),
    dependencies=needs(Scope.READ),
    summary="查看月报及其重述",
)
def month_statements(month: Month, use: Uses) -> object:
    """Return the closing of a month and its restatements; the last one holds."""
    return use.response_rate.statements(month)


@router.post(
    "/months/{month}/close",
    status_code=201,
    response_model=StatementOut,
    responses=problems_of(MonthClosedError, LedgerBrokenError),
    summary="响应率结账",
)
def close_month(month: Month, use: Uses, actor: Publisher, body: ActIn = _NO_WORDS) -> object:
    """State the figures of a month that is over; from then on they stand."""
    return use.state_month.close(month, by=actor.name, why=body.why)


@router.post(
    "/months/{month}/restate",
    status_code=201,
    response_model=StatementOut,
    responses=problems_of(NotFoundError, MakerIsCheckerError, LedgerBrokenError),
    summary="重述已结账的月份(须为上次以外的人)",
)
def restate_month(month: Month, body: RestateIn, use: Uses, actor: Publisher) -> object:
    """State a closed month anew, with a reason; what was stated before is kept."""
    return use.state_month.restate(month, by=actor.name, why=body.why)
