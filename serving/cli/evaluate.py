"""`peipao evaluate`: how good a ranking would have been."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from serving.cli.disparity_table import show_disparity
from serving.cli.screen import progress, say, table
from serving.cli.session import MAX_SEED, opened

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.evaluation import Evaluation
    from models.metrics import Interval
    from serving.usecases.evaluate_dataset import DatasetEvaluation


def evaluate(
    kind: Annotated[str, typer.Argument(help="类别,如 mentor;或含 dataset.toml 的数据集文件夹")],
    seed: Annotated[
        int | None, typer.Option(min=0, max=MAX_SEED, help="随机种子;省略用配置")
    ] = None,
    split: Annotated[str, typer.Option(help="数据集:评估哪个划分")] = "test",
    model: Annotated[
        str, typer.Option(help="数据集:champion、content、lightfm、naive_bayes、popularity …")
    ] = "champion",
    out: Annotated[Path | None, typer.Option(help="数据集:写出全部得分(.parquet 或 .csv)")] = None,
    compare: Annotated[
        tuple[Path, Path] | None, typer.Option(help="数据集:成对比较两份得分文件")
    ] = None,
) -> None:
    """只用过去训练,在之后的需求上做全量排序评估;不改动已存数据。"""
    if Path(kind).is_dir():
        _evaluate_folder(Path(kind), seed, split, model, out, compare)
        return
    with opened() as peipao:
        with progress(f"评估 {kind}") as report:
            found = peipao.evaluate_model(
                kind, seed=peipao.settings.seed if seed is None else seed, progress=report
            )
        show_evaluation(found)


def _evaluate_folder(
    folder: Path,
    seed: int | None,
    split: str,
    model: str,
    out: Path | None,
    compare: tuple[Path, Path] | None,
) -> None:
    from peipao.datasets.reading import read_dataset
    from serving.usecases.evaluate_dataset import compare_runs, evaluate_dataset, write_run

    dataset = read_dataset(folder)
    if compare is not None:
        _show_ratios(compare_runs(dataset, split, *compare))
        return
    with progress(f"评估 {dataset.spec.name}") as report:
        found = evaluate_dataset(
            dataset, split=split, model=model, seed=1 if seed is None else seed, progress=report
        )
    show_dataset(found)
    if out is not None:
        write_run(found.run, out)
        say(f"得分已写入 {out.name}")


def show_dataset(found: DatasetEvaluation) -> None:
    """Print what was chosen on valid, and the figures by group of queries."""
    for setting, value in found.tried.items():
        say(f"验证集 NDCG@10 {value:.4f}  {setting}")
    say(f"采用:{found.setting}")
    names = list(next(iter(found.figures.values())))
    table(
        "全量排序(95% 自助区间)",
        ("查询", "数量", *names),
        (
            (group, str(found.counts[group]), *(_span(row[name]) for name in names))
            for group, row in found.figures.items()
        ),
    )
    rows = [(name, f"{value:.4f}") for name, value in found.lists.items()]
    spent = [("seconds", f"{found.seconds:.0f}"), ("megabytes", f"{found.megabytes:.0f}")]
    table("名单与开销", ("指标", "值"), (*rows, *spent))


def _show_ratios(ratios: Mapping[str, Interval]) -> None:
    table(
        "前者与后者的成对比值",
        ("指标", "比值"),
        ((name, _span(value)) for name, value in ratios.items()),
    )


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
        _show_ratios(found.ratios)
    if found.affinity:
        table(
            "匹配度与曝光",
            ("指标", "值"),
            ((name, f"{value:.4f}") for name, value in found.affinity.items()),
        )
    show_disparity(found.disparity)


def _span(found: Interval) -> str:
    return f"{found.value:.4f} [{found.low:.4f}, {found.high:.4f}]"
