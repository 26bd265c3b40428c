"""`peipao evaluate`: how good a ranking would have been."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from serving.cli.screen import progress, say, table
from serving.cli.session import MAX_SEED, opened

if TYPE_CHECKING:
    from models.evaluation import Evaluation
    from models.metrics import Interval


def evaluate(
    kind: Annotated[str, typer.Argument(help="类别,如 mentor")],
    seed: Annotated[
        int | None, typer.Option(min=0, max=MAX_SEED, help="随机种子;省略用配置")
    ] = None,
) -> None:
    """只用过去训练,在之后的需求上做全量排序评估;不保存任何东西。"""
    with opened() as peipao:
        with progress(f"评估 {kind}") as report:
            found = peipao.evaluate_model(
                kind, seed=peipao.settings.seed if seed is None else seed, progress=report
            )
        show_evaluation(found)


def show_evaluation(found: Evaluation) -> None:
    """Print the figures of every ranker with their intervals, and the paired ratios."""
    say(f"评估需求 {found.n_needs} 条,其中冷启动 {found.n_cold} 条")
    for title, figures in (("全部", found.figures), ("冷启动项目", found.cold)):
        if figures:
            names = list(next(iter(figures.values())))
            table(
                f"{title}(95% 自助区间)",
                ("排序模型", *names),
                (
                    (ranker, *(_span(row[name]) for name in names))
                    for ranker, row in figures.items()
                ),
            )
    if found.ratios:
        table(
            "NDCG@10 成对比值",
            ("比值", "值"),
            ((name, _span(value)) for name, value in found.ratios.items()),
        )
    if found.affinity:
        table(
            "匹配度与曝光",
            ("指标", "值"),
            ((name, f"{value:.4f}") for name, value in found.affinity.items()),
        )


def _span(found: Interval) -> str:
    return f"{found.value:.4f} [{found.low:.4f}, {found.high:.4f}]"
