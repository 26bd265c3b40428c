"""`peipao tick`: what the service does by itself, once and now."""

from __future__ import annotations

import typer

from serving.cli.screen import say, table
from serving.cli.session import opened

EXIT_FAILED = 70
"""A step failed; the next tick tries again."""


def tick() -> None:
    """把定时任务立即跑一遍;peipao serve 每分钟自动跑一遍(配置 jobs.every_s,0 为关)。"""
    from serving.jobs.schedule import tick_once
    from serving.jobs.steps import steps_of

    with opened() as peipao:
        labels = {step.name: step.label for step in steps_of(peipao)}
        ticked = tick_once(peipao)
    if ticked.skipped:
        say("另一个进程正在跑定时任务,本次跳过")
        return
    rows: list[tuple[object, ...]] = [(labels[name], n, None) for name, n in ticked.done.items()]
    rows += [(labels[name], None, code) for name, code in ticked.failed.items()]
    table("定时任务", ("任务", "处理", "错误"), rows)
    if ticked.failed:
        raise typer.Exit(EXIT_FAILED)
