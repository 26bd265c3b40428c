"""`peipao books …`: monthly facts of accompanied projects, the chase list and the figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from peipao.errors import InvalidInputError
from serving.cli.files import write_whole
from serving.cli.help import command, group
from serving.cli.screen import say, table
from serving.cli.session import DEFAULT_BY, By, Rows, Why, opened

if TYPE_CHECKING:
    from peipao.domain.rates import Rate

app = group(
    "台账月报:登记每个项目的月度情况,列出未报的,汇总全市指标,导出和导入 Excel。",
    "peipao books figures",
    "books",
)
Month = Annotated[str, typer.Option("--month", help="月份,如 2026-10")]
MaybeMonth = Annotated[str | None, typer.Option("--month", help="月份;省略为上个月")]
Book = Annotated[Path, typer.Argument(metavar="FILE", help="Excel 工作簿 (.xlsx)")]
Restate = Annotated[
    bool, typer.Option("--restate", help="允许改动已结账月份;须写明 --why,台账留痕")
]


@command(app, "peipao books note p0001 --month 2026-10 --set jobs_created=3 --source 企业填报")
def note(
    project: Annotated[str, typer.Argument(help="项目编号")],
    month: Month,
    sets: Annotated[list[str], typer.Option("--set", help="指标=数值,可多次;指标用编号或中文名")],
    source: Annotated[str, typer.Option(help="来源,如 企业填报、社保数据;不写人名")],
    confidence: Annotated[float, typer.Option(help="可信度,大于 0、至多 1")] = 1.0,
    restate: Restate = False,
    by: By = DEFAULT_BY,
    why: Why = "",
) -> None:
    """登记一个项目某月的情况;以后登记的数替代以前的,以前的仍可查。"""
    with opened() as peipao:
        header = ["项目编号", "月份", "指标", "数值", "来源", "可信度"]
        lines = [(0, header)]
        for number, text in enumerate(sets, 1):
            name, value = _pair(text)
            lines.append((number, [project, month, name, value, source, str(confidence)]))
        facts = peipao.facts_sheet.facts("--set", lines)
        done = peipao.note_facts(facts, by=by, why=why, restate=restate)
    say(f"已登记 {done.new} 项,{done.same} 项与已有的相同")


@command(app, "peipao books missing --month 2026-10")
def missing(month: MaybeMonth = None, rows: Rows = 50) -> None:
    """催报清单:当月在陪跑、却还缺必报指标的项目,及其服务专员。"""
    with opened() as peipao:
        found = peipao.chase_facts(month)
        words = peipao.reference.books.facts
    state = "已逾期" if found.overdue else "未到期"
    say(f"{found.month}:在陪跑 {found.accompanied} 个项目,未报齐 {len(found.owed)} 个({state})")
    table(
        "催报清单",
        ("项目", "名称", "缺少", "服务专员"),
        (
            (one.project_id, one.name, "、".join(words[n].zh for n in one.missing), one.officer)
            for one in found.owed[:rows]
        ),
    )


@command(app, "peipao books figures --first 2026-01 --last 2026-10")
def figures(
    first: Annotated[str | None, typer.Option(help="起始月份;省略为行动开始的月份")] = None,
    last: Annotated[str | None, typer.Option(help="截止月份;省略为本月")] = None,
) -> None:
    """全市指标:陪跑空间、服务企业、需求响应率、新增就业、融资等。"""
    with opened() as peipao:
        found = peipao.tell_figures(first, last)
        words = peipao.reference.books.facts
    rate = found.response.rate
    goals = found.targets
    rows: list[tuple[object, ...]] = [
        ("陪跑空间(个)", found.spaces, _goal(goals, "spaces_3y"), None),
        ("服务企业(家)", found.firms_served, _goal(goals, "firms_3y"), None),
        (
            "需求响应率",
            "无到期需求" if rate is None else f"{rate:.2%}",
            f"{goals.get('response_rate', 1.0):.0%}",
            _worded(found.response),
        ),
    ]
    rows += [
        (
            f"{words[n].zh}({words[n].unit})",
            f"{value:,.0f}",
            None,
            f"{found.reported[n]} 个项目填报",
        )
        for n, value in found.facts.items()
    ]
    table(f"{found.first} 至 {found.last}", ("指标", "数值", "三年目标", "说明"), rows)


@command(app, "peipao books export 月报.xlsx --month 2026-10")
def export(file: Book, month: Month) -> None:
    """把某月的情况导出为 Excel;应报未报的行空着,填好后用 import 导入。"""
    from serving.intake.workbook import workbook_of
    from serving.usecases.facts_sheet import HEADER, SHEET

    with opened() as peipao:
        rows = peipao.facts_sheet.rows(month)
    write_whole(file, workbook_of(SHEET, HEADER, rows))
    filled = sum(row[5] is not None for row in rows)
    say(f"已写入 {file}:{len(rows)} 行,其中已填 {filled} 行")


@command(app, "peipao books import 月报.xlsx --by li", "import")
def import_(file: Book, restate: Restate = False, by: By = DEFAULT_BY, why: Why = "") -> None:
    """导入填好的月报;有一处不对就一行也不写入,并指出行与列。"""
    from serving.intake.workbook import read_sheet
    from serving.usecases.facts_sheet import SHEET

    with opened() as peipao:
        facts = peipao.facts_sheet.facts(file.name, read_sheet(file, SHEET))
        done = peipao.note_facts(facts, by=by, why=why or "导入月报", restate=restate)
    say(f"已登记 {done.new} 项,{done.same} 项与已有的相同")


def _goal(goals: Mapping[str, float], name: str) -> str | None:
    return f"{goals[name]:,.0f}" if name in goals else None


def _worded(rate: Rate) -> str:
    return f"到期 {rate.due},按时 {rate.responded},逾期后响应 {rate.late},未响应 {rate.silent}"


def _pair(text: str) -> Sequence[str]:
    name, sign, value = text.partition("=")
    if not sign:
        raise InvalidInputError("--set", f"{text[:40]!r} 不合适", "指标=数值,如 jobs_created=3")
    return name.strip(), value.strip()
