"""A round on the screen: the pairs with their reasons, and who got nobody and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from peipao.domain.notices import Notice, words_of
from peipao.domain.records import OutcomeType
from peipao.domain.states import MATCH, ROUND, MatchState
from peipao.domain.working_days import minute_of
from serving.cli.screen import heading, say, table

if TYPE_CHECKING:
    from peipao.domain.findings import Finding
    from serving.usecases.describe_round import DescribedRound, EmptyRow, PairRow

_REASONS_SHOWN = 2


def show_round(described: DescribedRound, rows: int) -> None:
    """Print a round: head line, best pairs, waiting and referred needs, both cut to `rows`."""
    one, figures = described.round, described.round.figures
    heading(f"{one.kind} {one.id} {ROUND.labels[one.state]}")
    if figures:
        _say_figures(figures)
    say(f"模型 {one.versions.model},数据 {one.versions.data},SHA-256 {one.digest}")
    table(
        "对接",
        ("项目", "资源方", "匹配度", "状态", "理由"),
        [_pair(row) for row in described.pairs[:rows]],
        foot=_cut(len(described.pairs), rows),
    )
    if described.empty:
        table(
            "未对接",
            ("项目", "结果", "原因"),
            [_empty(row) for row in _spread(described.empty, rows)],
            foot=_cut(len(described.empty), rows),
        )
        for reason, count in Counter(row.reason for row in described.empty).most_common(5):
            say(f"  {count} 条:{reason}")


def _say_figures(figures: Mapping[str, float]) -> None:
    say(
        f"需求 {figures['needs']:.0f},资源方 {figures['providers']:.0f},"
        f"可对接 {figures['eligible_pairs']:.0f} 对;"
        f"对接 {figures['matches']:.0f},等候 {figures['waiting']:.0f},"
        f"转专员 {figures['referred']:.0f};"
        f"总匹配度 {figures['total_affinity']:.3f}(最优,独立校验通过)"
    )


def show_findings(found: Sequence[Finding]) -> None:
    """Print what preflight found, if anything, and who answers for it."""
    if not found:
        return
    table(
        "预检发现(须由专人放行:peipao round override)",
        ("序号", "发现", "放行人", "原因"),
        [
            (one.number, f"{one.detail}[{one.code}]", one.overridden_by, one.override_reason)
            for one in found
        ],
    )


def show_notices(told: Sequence[Notice], rows: int) -> None:
    """Print what was told about a round, the earliest first, cut to `rows`."""
    table(
        "已发通知",
        ("时间", "收件方", "内容"),
        [(minute_of(one.created_at), one.to, words_of(one)) for one in told[:rows]],
        foot=_cut(len(told), rows),
    )


def _pair(row: PairRow) -> tuple[str, ...]:
    return (
        row.project,
        row.provider,
        f"{row.affinity:.3f}",
        MATCH.labels[MatchState(row.state)],
        ";".join(row.reasons[:_REASONS_SHOWN]),
    )


def _empty(row: EmptyRow) -> tuple[str, str, str]:
    if row.outcome == OutcomeType.REFERRED.value:
        return row.project, f"转 {row.officer or '待指定专员'}", row.reason
    return row.project, f"等候第 {row.position} 位", row.reason


def _spread(rows: tuple[EmptyRow, ...], limit: int) -> list[EmptyRow]:
    """Return up to `limit` rows, some of both sorts where both occur."""
    referred = [row for row in rows if row.position is None]
    waiting = [row for row in rows if row.position is not None]
    n_referred = min(len(referred), max(limit // 2, limit - len(waiting)))
    return referred[:n_referred] + waiting[: limit - n_referred]


def _cut(total: int, shown: int) -> str:
    return f"共 {total} 行,此处 {shown} 行" if total > shown else ""
