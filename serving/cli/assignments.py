"""`peipao solve`: an assignment from a file, without any database."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from peipao.errors import InvalidInputError
from serving.cli.files import write_whole
from serving.cli.interrupts import stopped_by_keyboard
from serving.cli.pair_files import with_pairs_read
from serving.cli.screen import ERR, OUT, say

if TYPE_CHECKING:
    from matching.budget import Progress

_SOLVERS = "求解器:auto、dense、sparse、networkx"
_LIMIT = "配额交叉时最多搜索多少秒,覆盖实例中的 time_limit_s"
_WHAT_IF = "假设一处变动再求解,可多次:place:资源方:+1、quota:分组:-1、pin 或 veto:需求:资源方"


def solve(
    instance: Annotated[Path, typer.Argument(help="实例文件 (JSON),格式见 docs/model.md")],
    out: Annotated[Path | None, typer.Option(help="结果写入此文件;省略则打印")] = None,
    solver: Annotated[str, typer.Option(help=_SOLVERS)] = "auto",
    explain: Annotated[bool, typer.Option(help="说明每个对接为何成立、落空者为何落空")] = False,
    what_if: Annotated[list[str] | None, typer.Option(help=_WHAT_IF)] = None,
    time_limit: Annotated[float | None, typer.Option(help=_LIMIT)] = None,
) -> None:
    """求一个实例的精确最优配对,附独立校验书;不读写数据库。按 Ctrl-C 即以目前最好的方案作答。"""
    from matching.budget import Budget
    from matching.instance import solve_instance
    from serving.api.strict_json import parse_strict

    if not instance.is_file():
        raise InvalidInputError("instance", f"没有文件 {instance}", "一个 JSON 文件")
    body = parse_strict(instance.read_bytes())
    if not isinstance(body, dict):
        raise InvalidInputError("instance", "顶层不是对象", "{…}")
    given = with_pairs_read(body, instance.parent)
    if time_limit is not None:
        given = {**given, "time_limit_s": time_limit}
    with stopped_by_keyboard() as asked:
        budget = Budget(told=_tell, cancelled=asked.is_set)
        found = solve_instance(given, solver, explain=explain, what_if=what_if or (), budget=budget)
    answer = json.dumps(found, ensure_ascii=False, indent=1)
    if out is None:
        OUT.print_json(answer)
        return
    write_whole(out, answer + "\n")
    say(f"已写入 {out}")


def _tell(progress: Progress) -> None:
    """Say on the error stream how far a search has come."""
    from matching.validate import SCALE

    bound = progress.bound / SCALE
    if progress.best is None:
        ERR.print(f"已搜索 {progress.spent_s:.0f} 秒:尚无方案,上界 {bound:.6f}")
        return
    best = progress.best / SCALE
    ERR.print(
        f"已搜索 {progress.spent_s:.0f} 秒:最好 {best:.6f},上界 {bound:.6f},差 {bound - best:.6f}"
    )
