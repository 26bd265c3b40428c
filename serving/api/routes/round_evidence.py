"""Rounds: what preflight found, bundles, replays, differences, fairness, notices."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Response

from peipao.errors import (
    CheckFailedError,
    IllegalTransitionError,
    NotFoundError,
    SheetRefusedError,
)
from serving.api.auth import Drafter, Writer, needs
from serving.api.problems import problems_of
from serving.api.round_schemas import (
    FindingOut,
    ImportedOut,
    OverrideIn,
    PairingsIn,
    ReplayedOut,
    RoundDiffOut,
    RoundReportOut,
    SentNoticeOut,
)
from serving.api.round_terms import pairings_of
from serving.api.schemas import Id
from serving.api.uses import Uses
from serving.usecases.keys import Scope

router = APIRouter(prefix="/v1", tags=["轮次"])
_READ = needs(Scope.READ)
_GZIP: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/gzip": {"schema": {"type": "string", "format": "binary"}}}}
}


@router.get(
    "/rounds/{round_id}/findings",
    response_model=list[FindingOut],
    responses=problems_of(NotFoundError),
    dependencies=_READ,
    summary="查看预检发现",
)
def show_findings(round_id: Id, use: Uses) -> object:
    """Return what preflight found about a round, and who answers for it."""
    return use.override_finding.list(round_id)


@router.post(
    "/rounds/{round_id}/findings/{number}/override",
    response_model=FindingOut,
    responses=problems_of(NotFoundError, IllegalTransitionError),
    summary="放行一条预检发现(实名,注明原因)",
)
def override_finding(
    round_id: Id,
    number: Annotated[int, Path(ge=1, le=10_000)],
    body: OverrideIn,
    use: Uses,
    actor: Drafter,
) -> object:
    """Let a finding pass in the name of the caller; the ledger keeps it."""
    return use.override_finding(round_id, number, by=actor.name, why=body.why)


@router.get(
    "/rounds/{round_id}/bundle",
    responses=_GZIP | problems_of(NotFoundError, CheckFailedError),
    dependencies=_READ,
    response_class=Response,
    summary="导出一轮的完整依据(JSON 行,gzip)",
)
def export_bundle(round_id: Id, use: Uses) -> Response:
    """Return all that a round rests on: enough to replay it anywhere, and ids only."""
    return Response(use.export_bundle(round_id), media_type="application/gzip")


@router.post(
    "/rounds/{round_id}/replay",
    response_model=ReplayedOut,
    responses=problems_of(NotFoundError, CheckFailedError),
    dependencies=_READ,
    summary="由冻结的输入重算一轮",
)
def replay_round(round_id: Id, use: Uses) -> object:
    """Decide a round again from its bundle and compare every byte."""
    return use.replay_round(round_id)


@router.get(
    "/rounds/{round_id}/diff/{other_id}",
    response_model=RoundDiffOut,
    responses=problems_of(NotFoundError),
    dependencies=_READ,
    summary="比较两轮",
)
def diff_rounds(round_id: Id, other_id: Id, use: Uses) -> object:
    """Return what differs between two rounds of a kind."""
    return use.diff_rounds(round_id, other_id)


@router.get(
    "/rounds/{round_id}/report",
    response_model=RoundReportOut,
    responses=problems_of(NotFoundError, CheckFailedError),
    dependencies=_READ,
    summary="公平性报告",
)
def report_round(round_id: Id, use: Uses) -> object:
    """Return match rates by district, industry and founders, in cells of five needs or more."""
    return use.report_round(round_id)


@router.get(
    "/rounds/{round_id}/notices",
    response_model=list[SentNoticeOut],
    responses=problems_of(NotFoundError),
    dependencies=_READ,
    summary="列出就一轮发出的全部通知",
)
def show_notices(round_id: Id, use: Uses) -> object:
    """Return every notice about a round and its matches, by time."""
    return use.review_round.notices(round_id)


@router.post(
    "/pairings/import",
    response_model=ImportedOut,
    responses=problems_of(SheetRefusedError),
    summary="导入系统启用前已在进行的对接",
)
def import_pairings(body: PairingsIn, use: Uses, actor: Writer) -> object:
    """Store running pairings with their dates, all or none; they hold places."""
    return use.import_pairings(pairings_of(body), by=actor.name, why=body.why)
