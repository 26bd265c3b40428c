"""`peipao solve`: an assignment from a file, without any database."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from peipao.errors import InvalidInputError
from serving.cli.files import write_whole
from serving.cli.screen import OUT, say

_SOLVERS = "求解器:auto、dense、sparse、networkx"


def solve(
    instance: Annotated[Path, typer.Argument(help="实例文件 (JSON),格式见 docs/model.md")],
    out: Annotated[Path | None, typer.Option(help="结果写入此文件;省略则打印")] = None,
    solver: Annotated[str, typer.Option(help=_SOLVERS)] = "auto",
) -> None:
    """求一个实例的精确最优配对,附独立校验书;不读写数据库。"""
    from matching.instance import solve_instance
    from serving.api.strict_json import parse_strict

    if not instance.is_file():
        raise InvalidInputError("instance", f"没有文件 {instance}", "一个 JSON 文件")
    body = parse_strict(instance.read_bytes())
    if not isinstance(body, dict):
        raise InvalidInputError("instance", "顶层不是对象", "{…}")
    answer = json.dumps(solve_instance(body, solver), ensure_ascii=False, indent=1)
    if out is None:
        OUT.print_json(answer)
        return
    write_whole(out, answer + "\n")
    say(f"已写入 {out}")
