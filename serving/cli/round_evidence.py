"""`peipao round findings | override | bundle | replay | diff | report`: what a round can prove."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from peipao.errors import InvalidInputError
from serving.cli.files import write_whole
from serving.cli.round_tables import show_findings
from serving.cli.screen import heading, say, table
from serving.cli.session import By, GivenWhy, Rows, opened

if TYPE_CHECKING:
    from serving.usecases.report_round import Cell

RoundId = Annotated[str, typer.Argument(help="轮次编号,见 peipao round list")]


def findings(round_id: RoundId) -> None:
    """列出预检发现:尚未放行的会拦住校验。"""
    with opened() as peipao:
        found = peipao.override_finding.list(round_id)
        if not found:
            say(f"轮次 {round_id} 预检没有发现")
        show_findings(found)


def override(
    round_id: RoundId,
    number: Annotated[int, typer.Argument(min=1, help="第几条发现")],
    by: By,
    why: GivenWhy,
) -> None:
    """放行一条预检发现:放行人与原因写入台账,永久可查。"""
    with opened() as peipao:
        found = peipao.override_finding(round_id, number, by=by, why=why)
        say(f"第 {found.number} 条已由 {found.overridden_by} 放行:{found.override_reason}")


def bundle(
    round_id: RoundId,
    out: Annotated[Path, typer.Option(help="写到哪个文件,如 round.jsonl.gz")],
) -> None:
    """导出一轮的完整依据:无需数据库、模型和网络即可重算。只含编号。"""
    with opened() as peipao:
        content = peipao.export_bundle(round_id)
    write_whole(out, content)
    say(f"已写入 {out};任何人均可核对:peipao round replay --bundle {out}")


def replay(
    round_id: Annotated[str | None, typer.Argument(help="轮次编号;给出 --bundle 时省略")] = None,
    bundle: Annotated[Path | None, typer.Option(help="导出的依据文件;不连数据库")] = None,
) -> None:
    """由冻结的输入重算一轮,逐字节核对结果;换过模型、换了机器也应相同。"""
    if (round_id is None) == (bundle is None):
        raise InvalidInputError("ROUND_ID", "轮次编号与 --bundle 须给出其一", "其中之一")
    if bundle is not None:
        from serving.usecases.replay_round import replay_file

        found = replay_file(bundle)
    else:
        with opened() as peipao:
            found = peipao.replay_round(str(round_id))
    how = "重算结果一致" if found.recomputed else "限时求解止于另一方案,存储的方案经逐项核对成立"
    say(f"轮次 {found.round_id} {how}({found.lines} 行):{found.digest}")
    say(f"冻结输入的 SHA-256:{found.inputs}")


def diff(
    first: RoundId,
    second: Annotated[str, typer.Argument(help="另一轮的编号")],
    rows: Rows = 20,
) -> None:
    """比较同一类别的两轮:配对、需求结果、数值与依据各有何不同。"""
    with opened() as peipao:
        found = peipao.diff_rounds(first, second)
    heading(f"{found.kind} {first} → {second}")
    same = {True: "相同", False: "不同"}
    say(
        f"结果{same[found.same_result]},输入{same[found.same_inputs]};"
        f"相同配对 {found.kept},不同配对 {len(found.pairs)},结果有变的需求 {len(found.outcomes)}"
    )
    table(
        "配对",
        ("需求", "资源方", "前一轮匹配度", "后一轮匹配度"),
        [(one.need_id, one.provider_id, one.before, one.after) for one in found.pairs[:rows]],
        foot=f"共 {len(found.pairs)} 行" if len(found.pairs) > rows else "",
    )
    table(
        "数值与依据",
        ("项目", "前一轮", "后一轮"),
        [(name, *pair) for name, pair in (*found.figures.items(), *found.rests_on.items())],
    )


def report(round_id: RoundId) -> None:
    """公平性报告:按区市、产业、创业者类别的对接率、首选率与等候天数;不足 5 条的合并或不显示。"""
    with opened() as peipao:
        found = peipao.report_round(round_id)
    say(f"轮次 {round_id}:本期第 {found.trial} 次试算,种子{_SEEDS[found.seed_from]}")
    for group in found.groups:
        hidden = "不足 5 条" if group.hidden is None else f"{group.hidden} 条"
        table(
            group.label,
            ("分组", "需求", "对接率", "首选率", "平均等候(天)"),
            [_cell(one) for one in group.cells],
            foot="" if group.hidden == 0 else f"另有{hidden}因人数过少未显示",
        )
    labels = {group.by: group.label for group in found.groups}
    for by, gap in found.widest.items():
        say(f"{labels[by]}各组对接率最大相差 {gap:.1%}")


_SEEDS = {"derived": "由上一轮结果推导", "stated": "由拟定人指定", "committed": "按事先承诺摇出"}


def _cell(one: Cell) -> tuple[object, ...]:
    first = None if one.first_choice_rate is None else f"{one.first_choice_rate:.1%}"
    return one.label, one.needs, f"{one.match_rate:.1%}", first, one.waited_days
