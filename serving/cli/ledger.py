"""`peipao ledger …`: read and verify the append-only ledger."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from peipao.domain.working_days import SHANGHAI
from peipao.errors import CheckFailedError
from peipao.store import parse_heads
from serving.cli.help import command, group
from serving.cli.screen import say, table
from serving.cli.session import MAX_ROWS, opened

app = group("查看和校验只增不改的陪跑台账。", "peipao ledger verify", "ledger")


@command(app, "peipao ledger verify --head heads.txt")
def verify(
    head: Annotated[
        Path | None,
        typer.Option(
            "--head",
            help="另行保管的末条文件(每行 序号:哈希);没有它就看不出末尾被截断或整条链被重算",
        ),
    ] = None,
) -> None:
    """逐条校验哈希链,与另行保管的末条核对,并重新清点各资源方占用的名额。"""
    with opened() as peipao:
        kept = (
            ()
            if head is None
            else parse_heads(head.read_text(encoding="utf-8", errors="replace"), head.name)
        )
        found = peipao.verify_books(kept)
        for provider, noted, held in found.miscounted:
            say(f"资源方 {provider}:登记占用 {noted},实际占用 {held}")
        if found.miscounted:
            raise CheckFailedError([f"{len(found.miscounted)} 个资源方的名额对不上"])
        checked = f",与另行保管的 {len(kept)} 条末条一致" if kept else ""
        say(f"台账完整:共 {found.head.sequence} 条{checked},末条哈希 {found.head.entry_hash}")


@command(app, "peipao ledger head")
def head() -> None:
    """打印台账末条(序号:哈希)。定期追加到另一台机器上的文件,以后用 verify --head 核对。"""
    with opened() as peipao:
        typer.echo(str(peipao.verify_books().head))


@command(app, "peipao ledger tail --count 50")
def tail(
    count: Annotated[int, typer.Option(min=1, max=MAX_ROWS, help="最近多少条")] = 20,
) -> None:
    """列出最近的台账。"""
    with opened() as peipao, peipao.store.reading() as tx:
        last = int(tx.data_version())
        entries = tx.ledger.list(after=max(last - count, 0), limit=count)
        table(
            "陪跑台账",
            ("序号", "时间", "谁", "做了什么", "对象", "原因"),
            (
                (
                    e.sequence,
                    f"{e.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}",
                    e.who,
                    e.verb,
                    e.subject,
                    e.why,
                )
                for e in entries
            ),
        )
