"""`peipao roster export | import`: the providers of a kind as an Excel workbook, and back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from serving.cli.files import write_whole
from serving.cli.help import command, group
from serving.cli.screen import say
from serving.cli.session import By, Why, opened

app = group(
    "资源方名册:按类别导出为 Excel,改好后导入;列由类别文件决定。",
    "peipao roster export 导师.xlsx --kind mentor",
    "roster",
)
Kind = Annotated[str, typer.Option("--kind", help="类别,如 mentor;见 peipao kinds list")]
Book = Annotated[Path, typer.Argument(metavar="FILE", help="Excel 工作簿 (.xlsx)")]


@command(app, "peipao roster export 导师.xlsx --kind mentor")
def export(file: Book, kind: Kind) -> None:
    """把一个类别的全部资源方导出为 Excel;原样导入,什么也不改变。"""
    from serving.intake.workbook import workbook_of
    from serving.usecases.roster_sheet import SHEET

    with opened() as peipao:
        header, rows = peipao.roster_sheet.header(kind), peipao.roster_sheet.rows(kind)
    write_whole(file, workbook_of(SHEET, header, rows))
    say(f"已写入 {file}:{len(rows)} 个资源方")


@command(app, "peipao roster import 导师.xlsx --kind mentor --by zhao", "import")
def import_(file: Book, kind: Kind, by: By, why: Why = "") -> None:
    """导入名册:新的登记,改过的更新;有一处不对就一行也不写入。表中没有的资源方保持不变。"""
    from serving.intake.workbook import read_sheet
    from serving.usecases.roster_sheet import SHEET

    with opened() as peipao:
        done = peipao.roster_sheet.state(kind, file.name, read_sheet(file, SHEET), by=by, why=why)
    say(f"新登记 {done.added} 个,更新 {done.changed} 个,{done.same} 个与已有的相同")
