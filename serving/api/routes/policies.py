"""政策计算器: what a project can have, the policies themselves, and the facts they ask for."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import StreamingResponse

from peipao.errors import NotFoundError, UnknownValueError
from serving.api.auth import Confidant, Reader, needs, require
from serving.api.policy_answers import bank_json, day_of, report_json
from serving.api.policy_bank_schemas import BankIn, BankOut
from serving.api.policy_schemas import (
    Day,
    FactOut,
    FactsIn,
    FactsOut,
    PolicyCheckIn,
    PolicyDetailOut,
    PolicyId,
    PolicyOut,
    PolicyReportOut,
)
from serving.api.problems import problems_of
from serving.api.schemas import Id
from serving.api.told import LINES, Progress, told, wants_lines
from serving.api.uses import Uses
from serving.usecases.authenticate import Actor
from serving.usecases.keys import Scope
from serving.usecases.policy_check import Asking

router = APIRouter(prefix="/v1", tags=["政策"])


@router.get(
    "/policies",
    response_model=list[PolicyOut],
    responses=problems_of(),
    dependencies=needs(Scope.READ),
    summary="列出政策",
)
def list_policies(use: Uses) -> object:
    """Return every policy with its source, version and whether it was verified."""
    return use.show_policies()


@router.get(
    "/policies/{policy_id}",
    response_model=PolicyDetailOut,
    responses=problems_of(NotFoundError),
    dependencies=needs(Scope.READ),
    summary="查看一项政策的条件与所问的事实",
)
def show_policy(policy_id: PolicyId, use: Uses) -> object:
    """Return a policy with its conditions in Chinese."""
    return use.show_policies.one(policy_id)


@router.post(
    "/policies/check",
    response_model=PolicyReportOut,
    responses=problems_of(NotFoundError, UnknownValueError),
    summary="测算一份未登记的画像,或已登记项目“如果……”的情形",
)
def check_policies(body: PolicyCheckIn, use: Uses, actor: Reader) -> object:
    """Answer for a profile, or for a stored project with some facts assumed; nothing is stored."""
    asking = Asking(
        day=day_of(body.date, "#/date"),
        application_day=day_of(body.application_date, "#/application_date"),
        facts=body.facts,
        policies=body.policies,
        personal=_may_see_people(actor),
    )
    if body.project_id is None:
        return report_json(use.check_policies.profile(asking))
    return report_json(use.check_policies.project(body.project_id, asking))


@router.post(
    "/policies/bank",
    response_model=BankOut,
    responses={
        **problems_of(),
        200: {
            "description": "全部项目的结论;Accept: application/x-ndjson 则逐行报告进度,末行为结果",
            "content": {LINES: {"schema": {"type": "string"}}},
        },
    },
    summary="全部项目对全部政策,以及与另一天相比的变化",
)
def check_bank(body: BankIn, use: Uses, actor: Reader, request: Request) -> object:
    """Judge all projects; facts about people are used only with the scope `sensitive`."""
    if body.open_needs:
        require(actor, Scope.WRITE)
    days = day_of(body.date, "#/date"), day_of(body.against, "#/against")
    use.check_bank.days(*days)  # refused before the first line is sent

    def work(progress: Progress) -> object:
        report = use.check_bank(
            by=actor.name,
            day=days[0],
            against=days[1],
            open_needs=body.open_needs,
            personal=_may_see_people(actor),
            progress=progress,
        )
        return bank_json(report, body.rows)

    if wants_lines(request):
        return StreamingResponse(told(work, request.url.path), media_type=LINES)
    return work(_silent)


@router.get(
    "/projects/{project_id}/policies",
    response_model=PolicyReportOut,
    responses=problems_of(NotFoundError),
    summary="已登记项目可享受的政策",
)
def project_policies(
    project_id: Id,
    use: Uses,
    actor: Reader,
    date: Annotated[Day | None, Query(description="符合条件的日期;省略为今天")] = None,
    application_date: Annotated[Day | None, Query(description="申请日期;省略同上")] = None,
) -> object:
    """Answer for a stored project; facts about people are used only with the scope `sensitive`."""
    asking = Asking(
        day=day_of(date, "query.date"),
        application_day=day_of(application_date, "query.application_date"),
        personal=_may_see_people(actor),
    )
    return report_json(use.check_policies.project(project_id, asking))


@router.post(
    "/projects/{project_id}/facts",
    status_code=201,
    response_model=FactsOut,
    responses=problems_of(NotFoundError, UnknownValueError),
    summary="登记项目的政策事实(加密保存,不参与排序)",
)
def tell_facts(project_id: Id, body: FactsIn, use: Uses, actor: Confidant) -> object:
    """Store facts; the same name, day and source again replaces what was stored."""
    return use.tell_facts(
        project_id,
        body.facts,
        by=actor.name,
        as_of=day_of(body.as_of, "#/as_of"),
        source=body.source,
        confidence=body.confidence,
    )


@router.get(
    "/projects/{project_id}/facts",
    response_model=list[FactOut],
    responses=problems_of(NotFoundError),
    dependencies=needs(Scope.SENSITIVE),
    summary="查看项目的政策事实",
)
def show_facts(project_id: Id, use: Uses) -> object:
    """Return the stated facts of a project, by name and day."""
    return use.tell_facts.of_project(project_id)


@router.delete(
    "/projects/{project_id}/facts/{fact}",
    response_model=FactsOut,
    responses=problems_of(NotFoundError, UnknownValueError),
    summary="删除项目的一项政策事实",
)
def forget_fact(
    project_id: Id, fact: Annotated[str, Path(max_length=80)], use: Uses, actor: Confidant
) -> object:
    """Delete every stored statement of one fact."""
    return use.tell_facts.forget(project_id, [fact], by=actor.name)


def _silent(_doing: str, _share: float) -> None:
    """Tell nobody: the caller waits for the answer."""


def _may_see_people(actor: Actor) -> bool:
    return Scope.SENSITIVE in actor.scopes
