"""台账月报: monthly facts of projects, the chase list, the programme's figures."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from peipao.domain.monthly_facts import MonthlyFact
from peipao.errors import MonthClosedError, NotFoundError, UnknownValueError
from serving.api.auth import Writer, needs
from serving.api.book_schemas import (
    ChaseListOut,
    FactKindOut,
    FactsMonthIn,
    FactsNotedOut,
    FiguresOut,
    Month,
    MonthlyFactOut,
)
from serving.api.problems import problems_of
from serving.api.schemas import Id
from serving.api.uses import Uses
from serving.usecases.keys import Scope

router = APIRouter(prefix="/v1", tags=["台账"])
MaybeMonth = Annotated[Month | None, Query()]


@router.get(
    "/books/facts",
    response_model=list[FactKindOut],
    responses=problems_of(),
    dependencies=needs(Scope.READ),
    summary="列出每月登记的指标",
)
def list_facts(use: Uses) -> object:
    """Return what is noted every month, with units and whether it is chased."""
    return list(use.reference.books.facts.values())


@router.put(
    "/projects/{project_id}/monthly-facts/{month}",
    response_model=FactsNotedOut,
    responses=problems_of(NotFoundError, UnknownValueError, MonthClosedError),
    summary="登记一个项目某月的情况",
)
def note_facts(
    project_id: Id, month: Month, body: FactsMonthIn, use: Uses, actor: Writer
) -> object:
    """Note figures; sending the same again changes nothing, older figures stay readable."""
    facts = [
        MonthlyFact(project_id, month, name, one.value, one.source, one.confidence)
        for name, one in body.facts.items()
    ]
    return use.note_facts(facts, by=actor.name, why=body.why, restate=body.restate)


@router.get(
    "/projects/{project_id}/monthly-facts",
    response_model=list[MonthlyFactOut],
    responses=problems_of(NotFoundError),
    dependencies=needs(Scope.READ),
    summary="查看一个项目的月度情况",
)
def project_facts(project_id: Id, use: Uses) -> object:
    """Return the figures of a project that hold."""
    return use.show_facts(project_id)


@router.get(
    "/books/missing",
    response_model=ChaseListOut,
    responses=problems_of(),
    dependencies=needs(Scope.READ),
    summary="催报清单",
)
def missing_facts(use: Uses, month: MaybeMonth = None) -> object:
    """Return accompanied projects that owe figures of a month, with their officers."""
    return use.chase_facts(month)


@router.get(
    "/books/figures",
    response_model=FiguresOut,
    responses=problems_of(),
    dependencies=needs(Scope.READ),
    summary="全市指标",
)
def figures(use: Uses, first: MaybeMonth = None, last: MaybeMonth = None) -> object:
    """Return spaces, firms served, response rate, jobs and funding of a span of months."""
    return use.tell_figures(first, last)
