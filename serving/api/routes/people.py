"""Projects, needs and providers come in; projects can be read back."""

from __future__ import annotations

from fastapi import APIRouter

from peipao.errors import (
    AlreadyExistsError,
    NotFoundError,
    SensitiveFactError,
    UnknownKindError,
    UnknownValueError,
)
from serving.api.auth import Writer, needs
from serving.api.problems import problems_of
from serving.api.schemas import (
    AddedOut,
    AddedProjectOut,
    Id,
    NeedIn,
    NewNeed,
    ProjectIn,
    ProjectOut,
    ProviderIn,
)
from serving.api.uses import Uses
from serving.usecases.drafts import NeedDraft, ProjectDraft, ProviderDraft
from serving.usecases.keys import Scope

router = APIRouter(prefix="/v1")

_REFUSALS = (AlreadyExistsError, SensitiveFactError, UnknownKindError, UnknownValueError)


@router.post(
    "/projects",
    status_code=201,
    response_model=AddedProjectOut,
    responses=problems_of(*_REFUSALS),
    tags=["项目"],
    summary="登记项目及其需求",
)
def add_project(body: ProjectIn, use: Uses, actor: Writer) -> object:
    """Store a project with its needs; it can be ranked for at once."""
    draft = ProjectDraft(
        name=body.name,
        stage=body.stage,
        id=body.id,
        attributes=body.attributes,
        external_ids=body.external_ids,
        needs=tuple(need_draft(need) for need in body.needs),
        open_stage_needs=body.open_stage_needs,
    )
    return use.add_project(draft, by=actor.name)


@router.get(
    "/projects/{project_id}",
    response_model=ProjectOut,
    responses=problems_of(NotFoundError),
    tags=["项目"],
    dependencies=needs(Scope.READ),
    summary="查看项目",
)
def show_project(project_id: Id, use: Uses) -> object:
    """Return a project with its needs; sensitive facts are no part of it."""
    return use.show_project(project_id)


@router.post(
    "/needs",
    status_code=201,
    response_model=AddedOut,
    responses=problems_of(NotFoundError, *_REFUSALS),
    tags=["需求"],
    summary="提出需求",
)
def open_need(body: NeedIn, use: Uses, actor: Writer) -> object:
    """Store one need of a stored project."""
    return use.open_need(body.project_id, need_draft(body), by=actor.name)


@router.post(
    "/providers",
    status_code=201,
    response_model=AddedOut,
    responses=problems_of(*_REFUSALS),
    tags=["资源方"],
    summary="登记资源方",
)
def add_provider(body: ProviderIn, use: Uses, actor: Writer) -> object:
    """Store one provider; it is ranked at once."""
    draft = ProviderDraft(**dict(body))
    return use.add_provider(draft, by=actor.name)


def need_draft(body: NewNeed) -> NeedDraft:
    """Return the need that a body states."""
    return NeedDraft(
        kind=body.kind,
        id=body.id,
        attributes=body.attributes,
        wanted=body.wanted,
        priority=body.priority,
        owner=body.owner,
    )
