"""`peipao explain`: why this provider, why not that one."""

from __future__ import annotations

from typing import Annotated

import typer

from serving.cli.screen import say, table
from serving.cli.session import opened


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
            say(f"匹配度 {found.affinity:.4f},对数几率 {found.margin:.4f},由以下各项相加而得")
            table(
                "贡献",
                ("因素", "对数几率"),
                ((one.label, f"{one.value:+.4f}") for one in found.contributions),
            )
            for reason in found.reasons:
                say(f"· {reason}")
        say(f"模型 {found.model_version},数据 {found.data_version}")
