"""`peipao explain`: why this provider, why not that one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from serving.cli.screen import say, table
from serving.cli.session import opened

if TYPE_CHECKING:
    from serving.usecases.answers import ShortlistLength


def explain(
    need: Annotated[str, typer.Argument(help="需求编号,见 peipao round show")],
    provider: Annotated[str, typer.Option(help="资源方编号")],
) -> None:
    """说明一个资源方对一条需求排第几、为什么,或被哪条规则排除。"""
    with opened() as peipao:
        found = peipao.explain_pair(need, provider)
        if not found.eligible:
            say(f"不可对接:{found.excluded_because}")
        else:
            say(f"在 {found.n_eligible} 个可对接的资源方中排第 {found.rank}")
            say(f"匹配度 {found.affinity:.4f}{_between(found.affinity_interval)}")
            for one in found.shortlist:
                say(_shortlist_words(one, found.n_eligible))
            say(f"对数几率 {found.margin:.4f},由以下各项相加而得")
            table(
                "按话题",
                ("话题", "对数几率"),
                ((one.label, f"{one.value:+.4f}") for one in found.topics),
            )
            table(
                "贡献",
                ("话题", "因素", "对数几率"),
                ((one.topic, one.label, f"{one.value:+.4f}") for one in found.contributions),
            )
            for reason in found.reasons:
                say(f"· {reason}")
        say(f"模型 {found.model_version},数据 {found.data_version}")


def _between(interval: tuple[float, float] | None) -> str:
    return (
        ""
        if interval is None
        else f"(同类配对平均机会的 90% 区间 {interval[0]:.4f} 至 {interval[1]:.4f})"
    )


def _shortlist_words(one: ShortlistLength, n_eligible: int) -> str:
    said = f"看到第 {one.length} 名(共 {n_eligible})约有 {one.level:.0%} 的把握包含最终对接者"
    if one.coverage is None or one.usual_length is None:
        return f"{said};尚未实测"
    return f"{said};实测包含率 {one.coverage:.1%},名单平均 {one.usual_length:.1f} 名"
