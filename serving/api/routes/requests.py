"""Requests and what becomes of them: for the portal on behalf of founders, and for staff."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from peipao.domain.requests import Side
from peipao.errors import (
    AlreadyExistsError,
    ForbiddenError,
    IllegalTransitionError,
    InvalidInputError,
    NotFoundError,
    StaleWriteError,
    UnknownKindError,
    UnknownValueError,
)
from serving.api.auth import Holder, PortalOrReader, PortalOrWriter, Writer, needs, whole_provider
from serving.api.problems import problems_of
from serving.api.request_schemas import (
    ActIn,
    CloseIn,
    CommentIn,
    FollowedNeedOut,
    FollowedRequestOut,
    MovedOut,
    OwnerIn,
    ReferIn,
    RequestIn,
    SubmittedOut,
    ToldNoticeOut,
    WithdrawIn,
)
from serving.api.routes.people import need_draft
from serving.api.schemas import FeedbackOut, Id
from serving.api.uses import Uses
from serving.usecases.authenticate import Actor
from serving.usecases.drafts import RequestDraft
from serving.usecases.keys import Scope

router = APIRouter(prefix="/v1", tags=["诉求"])

_MOVES = (NotFoundError, IllegalTransitionError, StaleWriteError)
_NO_WORDS = ActIn()
_TO_OWNER = ReferIn()
Limit = Annotated[int, Query(ge=1, le=100)]
Project = Annotated[
    str | None,
    Query(pattern=r"^[A-Za-z0-9_-]{1,64}$", description="门户代项目查看时必填"),
]


@router.post(
    "/requests",
    status_code=201,
    response_model=SubmittedOut,
    responses={
        200: {"model": SubmittedOut, "description": "此前已收到,返回第一次的诉求"},
        **problems_of(NotFoundError, UnknownKindError, UnknownValueError, AlreadyExistsError),
    },
    summary="提出诉求",
)
def submit_request(body: RequestIn, use: Uses, actor: PortalOrWriter, response: Response) -> object:
    """Store a request; it opens one need a kind, each with an owner and a deadline."""
    ahead = any(one.priority for one in body.needs)
    elsewhere = body.channel != "portal" or body.said_at is not None
    _only_writers(actor, elsewhere=elsewhere or ahead)
    draft = RequestDraft(
        project_id=body.project_id,
        channel=body.channel,
        needs=tuple(need_draft(one) for one in body.needs),
        words=body.words,
        id=body.id,
        source_id=body.source_id,
        said_at=body.said_at,
    )
    made = use.submit_request(draft, by=actor.name)
    if made.already:
        response.status_code = 200
    return made


@router.get(
    "/requests/{request_id}",
    response_model=FollowedRequestOut,
    responses=problems_of(NotFoundError),
    summary="查看诉求及其需求",
)
def show_request(
    request_id: Id, use: Uses, actor: PortalOrReader, project_id: Project = None
) -> object:
    """Return a request with its needs, their steps and what was said."""
    return use.show_needs.request(request_id, project_id=_project(actor, project_id))


@router.get(
    "/projects/{project_id}/needs",
    response_model=list[FollowedNeedOut],
    responses=problems_of(NotFoundError),
    summary="跟踪项目的需求",
)
def follow_needs(project_id: Id, use: Uses, _actor: PortalOrReader) -> object:
    """Return where every need of a project stands."""
    return use.show_needs.of_project(project_id)


@router.get(
    "/projects/{project_id}/notices",
    response_model=list[ToldNoticeOut],
    responses=problems_of(NotFoundError),
    summary="查看发给项目的通知",
)
def project_notices(project_id: Id, use: Uses, _actor: PortalOrReader, limit: Limit = 50) -> object:
    """Return the latest notices to a project, the newest first."""
    return use.show_needs.notices(f"project:{project_id}", limit)


@router.get(
    "/providers/{provider_id}/notices",
    response_model=list[ToldNoticeOut],
    responses=problems_of(NotFoundError),
    dependencies=needs(Scope.READ),
    summary="查看发给资源方或服务专员的通知",
)
def provider_notices(provider_id: Id, use: Uses, limit: Limit = 50) -> object:
    """Return the latest notices to a provider, and to it as an officer, the newest first."""
    return use.show_needs.notices_of_provider(provider_id, limit)


@router.get(
    "/answer/notices",
    response_model=list[ToldNoticeOut],
    responses=problems_of(NotFoundError, ForbiddenError),
    tags=["凭链接答复"],
    summary="凭链接查看自己的通知",
)
def own_notices(use: Uses, link: Holder, limit: Limit = 50) -> object:
    """Return the latest notices to whom the link was made for; not by the link of one match."""
    return use.show_needs.notices_of_provider(whole_provider(link), limit)


@router.get(
    "/needs/{need_id}",
    response_model=FollowedNeedOut,
    responses=problems_of(NotFoundError),
    summary="查看需求",
)
def show_need(need_id: Id, use: Uses, actor: PortalOrReader, project_id: Project = None) -> object:
    """Return a need with its steps and what was said."""
    return use.show_needs.need(need_id, project_id=_project(actor, project_id))


@router.post(
    "/needs/{need_id}/comments",
    status_code=201,
    response_model=FeedbackOut,
    responses=problems_of(NotFoundError, AlreadyExistsError),
    summary="就需求留言",
)
def comment_need(need_id: Id, body: CommentIn, use: Uses, actor: PortalOrWriter) -> object:
    """Say something about a need; the other side is told that something was said."""
    writes = Scope.WRITE in actor.scopes
    side = body.side or (Side.STAFF if writes else Side.FOUNDER)
    _only_writers(actor, elsewhere=side is Side.STAFF)
    return use.comment_need(
        need_id,
        body.words,
        side=side,
        by=actor.name,
        id=body.id,
        project_id=body.project_id if writes else _project(actor, body.project_id, "#/project_id"),
    )


@router.post(
    "/needs/{need_id}/withdraw",
    response_model=MovedOut,
    responses=problems_of(*_MOVES),
    summary="项目撤回需求",
)
def withdraw_need(need_id: Id, body: WithdrawIn, use: Uses, actor: PortalOrWriter) -> object:
    """Take a need back for its project; what it held is free again."""
    return use.handle_need.withdraw(
        need_id, project_id=body.project_id, by=actor.name, why=body.why
    )


@router.post(
    "/needs/{need_id}/acknowledge",
    response_model=MovedOut,
    responses=problems_of(*_MOVES),
    summary="受理需求",
)
def acknowledge_need(need_id: Id, use: Uses, actor: Writer, body: ActIn = _NO_WORDS) -> object:
    """Note that somebody has looked at the need; this is no response yet."""
    return use.handle_need.acknowledge(need_id, by=actor.name, why=body.why)


@router.post(
    "/needs/{need_id}/refer",
    response_model=MovedOut,
    responses=problems_of(*_MOVES),
    summary="转服务专员专人跟进",
)
def refer_need(need_id: Id, use: Uses, actor: Writer, body: ReferIn = _TO_OWNER) -> object:
    """Give the need to a named officer; this is a response."""
    return use.handle_need.refer(need_id, body.officer, by=actor.name, why=body.why)


@router.post(
    "/needs/{need_id}/owner",
    response_model=MovedOut,
    responses=problems_of(NotFoundError, StaleWriteError),
    summary="更换经办专员",
)
def hand_over_need(need_id: Id, body: OwnerIn, use: Uses, actor: Writer) -> object:
    """Give the need and its open steps to another officer."""
    return use.handle_need.hand_over(need_id, body.officer, by=actor.name, why=body.why)


@router.post(
    "/needs/{need_id}/resolve",
    response_model=MovedOut,
    responses=problems_of(*_MOVES),
    summary="办结需求",
)
def resolve_need(need_id: Id, use: Uses, actor: Writer, body: ActIn = _NO_WORDS) -> object:
    """Note that a need in service was served."""
    return use.handle_need.resolve(need_id, by=actor.name, why=body.why)


@router.post(
    "/needs/{need_id}/close",
    response_model=MovedOut,
    responses=problems_of(*_MOVES, UnknownValueError),
    summary="关闭需求",
)
def close_need(need_id: Id, body: CloseIn, use: Uses, actor: Writer) -> object:
    """Close a need that will not be served; it stays due, as closing is no response."""
    return use.handle_need.close(need_id, body.reason, by=actor.name, why=body.why)


def _project(actor: Actor, project_id: str | None, where: str = "query.project_id") -> str | None:
    """Return the project that a caller may see: a portal must name it, staff need not."""
    if Scope.READ in actor.scopes or project_id is not None:
        return project_id
    raise InvalidInputError(where, "没有写明项目", "门户所代的项目")


def _only_writers(actor: Actor, *, elsewhere: bool) -> None:
    """Refuse what a portal may not say: another channel or time, a priority, or as staff."""
    if elsewhere and Scope.WRITE not in actor.scopes:
        raise ForbiddenError(Scope.WRITE.value)
