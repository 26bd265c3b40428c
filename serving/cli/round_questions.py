"""`peipao round why|bottlenecks|plans`: questions about a round, answered by solving again."""

from __future__ import annotations

from typing import Annotated

import typer

from serving.cli.help import command
from serving.cli.rounds import RoundId, app
from serving.cli.screen import heading, say, table
from serving.cli.session import opened

_SORTS = {"provider": "资源方", "group": "分组", "district": "区市"}


@command(app, "peipao round why round-0123456789ab n00001 m00001")
def why(
    round_id: RoundId,
    need: Annotated[str, typer.Argument(help="需求编号")],
    provider: Annotated[str, typer.Argument(help="资源方编号")],
) -> None:
    """说明一个配对为何成立或不成立:谁占了名额、差多少、怎样才会改变;每条理由均经重新求解。"""
    with opened() as peipao:
        found = peipao.explain_decision(round_id, need, provider)
    heading(f"{need} — {provider}:{'已配对' if found.made else '未配对'}")
    say(found.sentence)
    if found.flip is not None:
        word = "降低" if found.made else "提高"
        say(f"匹配度 {found.affinity:.4f};{word} {found.flip:.6f} 即会改变结果")
    for holder in found.holders:
        say(f"· 名额由 {holder.need} 占用,其配对价值高出 {holder.lead:+.4f}")
    for hurdle in found.hurdles:
        say(f"· {hurdle.sentence}")
    if found.contributions:
        rows = ((one.label, f"{one.value:+.4f}") for one in found.contributions)
        table("贡献(现行模型)", ("因素", "对数几率"), rows)


@command(app, "peipao round bottlenecks round-0123456789ab --limit 10")
def bottlenecks(
    round_id: RoundId,
    limit: Annotated[int, typer.Option(min=1, max=50, help="最多列出多少资源方与分组")] = 10,
) -> None:
    """列出增加一个名额最有价值之处:资源方、分组、区市;每个数都是两次精确求解之差。"""
    with opened() as peipao:
        found = peipao.find_bottlenecks(round_id, limit)
    table(
        "瓶颈",
        ("类别", "编号", "名称", "多 1 个名额", "少 1 个名额", "应给"),
        (
            (
                _SORTS[one.sort],
                one.id,
                one.label,
                f"+{one.gain:.4f}",
                "" if one.loss is None else f"-{one.loss:.4f}",
                one.through or "",
            )
            for one in found
        ),
    )
    if not found:
        say("增加任何一个名额都不会改善本轮结果")


@command(app, "peipao round plans round-0123456789ab --count 3")
def plans(
    round_id: RoundId,
    count: Annotated[int, typer.Option(min=1, max=10, help="列出几个整体方案")] = 3,
) -> None:
    """列出最优和次优的整体方案,以及与最优方案的差别和代价。"""
    with opened() as peipao:
        found = peipao.list_plans(round_id, count)
    for one in found:
        heading(f"第 {one.rank} 方案:目标值 {one.objective_value:.6f},比最优少 {one.cost:.6f}")
        for sign, pairs in (("+", one.added), ("-", one.dropped)):
            for need, provider in pairs:
                say(f"  {sign} {need} — {provider}")
