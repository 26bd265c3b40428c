"""`peipao rank`: the lists of all waiting needs of a kind, as one table."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Annotated

import typer

from serving.cli.files import write_whole
from serving.cli.screen import progress, say
from serving.cli.session import opened

COLUMNS = ("need", "rank", "provider", "affinity", "margin")
_MOST = 200


def rank(
    kind: Annotated[str, typer.Argument(help="类别,如 mentor")],
    out: Annotated[Path, typer.Option(help="写入的 CSV 文件")],
    limit: Annotated[int, typer.Option(min=1, max=_MOST, help="每条需求至多几个资源方")] = 20,
) -> None:
    """为一个类别所有等待配对的需求一次算出推荐榜,逐块计算,写成一张表。"""
    page = io.StringIO(newline="")
    writer = csv.writer(page, lineterminator="\n")
    writer.writerow(COLUMNS)
    needs, rows = set(), 0
    with opened() as peipao, progress(f"排序 {kind}") as report:
        for one in peipao.rank_all(kind, limit, progress=report):
            numbers = (f"{one.affinity:.6f}", f"{one.margin:.6f}")
            writer.writerow((one.need_id, one.rank, one.provider_id, *numbers))
            needs.add(one.need_id)
            rows += 1
    write_whole(out, page.getvalue())
    say(f"{len(needs)} 条需求、{rows} 行已写入 {out}")
