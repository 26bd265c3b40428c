"""`peipao ledger …`: read and verify the append-only ledger."""

from __future__ import annotations

from typing import Annotated

import typer

from peipao.errors import CheckFailedError
from serving.cli.help import command, group
from serving.cli.screen import say, table
from serving.cli.session import MAX_ROWS, opened

app = group("查看和校验只增不改的陪跑台账。", "peipao ledger verify", "ledger")


@command(app, "peipao ledger verify")
def verify() -> None:
    """逐条校验哈希链,并重新清点各资源方占用的名额。"""
    with opened() as peipao:
        found = peipao.verify_books()
        for provider, noted, held in found.miscounted:
            say(f"资源方 {provider}:登记占用 {noted},实际占用 {held}")
        if found.miscounted:
            raise CheckFailedError([f"{len(found.miscounted)} 个资源方的名额对不上"])
        say(f"台账完整:共 {found.head.sequence} 条,末条哈希 {found.head.entry_hash}")


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
            ("序号", "时间(UTC)", "谁", "做了什么", "对象", "原因"),
            (
                (e.sequence, f"{e.at:%Y-%m-%d %H:%M:%S}", e.who, e.verb, e.subject, e.why)
                for e in entries
            ),
        )
