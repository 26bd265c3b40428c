"""`peipao train`: fit, judge, package, register and activate models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from peipao.errors import InvalidInputError
from serving.cli.disparity_table import show_disparity
from serving.cli.screen import progress, say, table
from serving.cli.session import DEFAULT_BY, MAX_SEED, By, opened

if TYPE_CHECKING:
    from serving.usecases.train_model import TrainedSummary


def train(
    kind: Annotated[list[str] | None, typer.Argument(help="类别,可给出多个")] = None,
    every: Annotated[bool, typer.Option("--all", help="训练全部类别")] = False,
    activate: Annotated[bool, typer.Option(help="训练后是否立即启用")] = True,
    accept_flags: Annotated[
        bool, typer.Option("--accept-flags", help="已核实启用前检查的提示,照常启用")
    ] = False,
    seed: Annotated[
        int | None, typer.Option(min=0, max=MAX_SEED, help="随机种子;省略用配置")
    ] = None,
    by: By = DEFAULT_BY,
) -> None:
    """训练模型:评估、写出签名的模型包、登记到 MLflow、启用。"""
    with opened() as peipao:
        kinds = list(peipao.catalogue) if every else list(dict.fromkeys(kind or ()))
        if not kinds:
            raise InvalidInputError("train", "没有指定类别", "类别名称,或 --all")
        for name in kinds:
            # All names are looked up before the first model is fitted.
            _ = peipao.catalogue[name]
        for name in kinds:
            with progress(f"训练 {name}") as report:
                made = peipao.train_model(
                    name,
                    by=by,
                    activate=activate,
                    accept_flags=accept_flags,
                    seed=seed,
                    progress=report,
                )
            show_trained(made)


def show_trained(made: TrainedSummary) -> None:
    """Print what a training gave."""
    counts = "、".join(f"{name} {count}" for name, count in made.counts.items())
    say(f"{made.version}{'(已启用)' if made.activated else ''}:{counts}")
    for words in made.flags:
        say(f"启用前检查:{words}")
    if made.flags and not made.activated:
        say("新版本已登记但未启用;核实后用 --accept-flags 重训,现行版本不变")
    shown = [(name, f"{value:.4f}") for name, value in made.metrics.items() if _is_main(name)]
    if shown:
        table("最近时段上的全量排序评估", ("指标", "值"), shown)
    show_disparity(made.disparity)


def _is_main(name: str) -> bool:
    return not name.endswith(("_low", "_high")) and not name.startswith("n_")
