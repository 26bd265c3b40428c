"""`peipao demo`: the whole main job from an empty folder, safe to run again."""

from __future__ import annotations

from typing import Annotated

import typer

from peipao.config import load_settings
from peipao.sample.size import CitySize, tier_size
from serving.cli.round_tables import show_round
from serving.cli.screen import heading, progress, say, table
from serving.cli.serve import listen
from serving.usecases.train_model import TrainedSummary
from serving.wiring import Peipao, wire

BY = "demo"
ROUND_KINDS = ("mentor", "service_officer", "space")


def demo(
    serve: Annotated[bool, typer.Option("--serve", help="完成后启动服务")] = False,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="服务端口")] = None,
    tier: Annotated[str, typer.Option(help="示例城市规模:S、M 或 L(见 scale.yaml)")] = "S",
    projects: Annotated[int | None, typer.Option(min=1, help="项目数,代替规模档中的数")] = None,
    seed: Annotated[int, typer.Option(min=0, help="示例城市的种子")] = 2026,
    retrain: Annotated[bool, typer.Option("--retrain", help="已有模型时也重新训练")] = False,
    rows: Annotated[int, typer.Option(min=1, help="各表显示多少行")] = 8,
) -> None:
    """从空文件夹走完整个流程:建库、示例城市、训练、登记、三轮撮合草案、(启动服务)。"""
    peipao = wire(load_settings())
    try:
        _prepare(peipao, _size(peipao, tier, projects), seed)
        _train(peipao, again=retrain)
        for kind in ROUND_KINDS:
            _draft(peipao, kind, rows)
        say("以上为草案,没有通知任何人;查看更多:peipao round list")
        if serve:
            listen(peipao, port=port)
    finally:
        peipao.close()


def _size(peipao: Peipao, tier: str, projects: int | None) -> CitySize:
    size = tier_size(tier, peipao.reference)
    if projects is None:
        return size
    share = projects / size.projects
    return CitySize(
        projects=projects,
        earlier=round(size.earlier * share),
        mentors=max(round(size.mentors * share), 1),
        officers=max(round(size.officers * share), 1),
        talents=round(size.talents * share),
        service_points=max(round(size.service_points * share), 1),
        history=size.history,
    )


def _prepare(peipao: Peipao, size: CitySize, seed: int) -> None:
    heading("数据")
    with progress("建立数据库") as report:
        report(peipao.settings.store_url.split(":", 1)[0], 0.2)
        peipao.store.migrate()
    say(f"{peipao.store.database_version()};数据在 {peipao.settings.home}")
    reference = peipao.reference
    say(
        f"基础数据:{len(reference.policies)} 项政策、{len(reference.spaces)} 个空间、"
        f"{len(reference.industries)} 类产业、{len(reference.districts)} 个区市,"
        f"版本 {reference.version[:12]}"
    )
    with progress("示例城市(全部为生成的人和项目)") as report:
        loaded = peipao.load_sample(size, seed, by=BY, progress=report)
    if loaded.already_there:
        say("示例城市先前已载入,保持不变")
    else:
        say(
            f"项目 {loaded.projects}、需求 {loaded.needs}、资源方 {loaded.providers}、"
            f"反馈 {loaded.feedback}"
        )


def _train(peipao: Peipao, *, again: bool) -> None:
    heading("模型")
    active = peipao.readiness().models
    made = []
    for kind in peipao.catalogue:
        if kind in active and not again:
            say(f"{kind}:沿用 {active[kind]}")
            continue
        with progress(f"训练 {kind}") as report:
            made.append(peipao.train_model(kind, by=BY, progress=report))
    if made:
        table(
            "训练结果(最近时段,全量排序;已登记到 MLflow 并启用)",
            ("类别", "版本", "NDCG@10", "相对仅内容", "反馈"),
            [_trained(one) for one in made],
        )


def _trained(one: TrainedSummary) -> tuple[object, ...]:
    ndcg = one.metrics.get("ndcg_at_10")
    ratio = one.metrics.get("hybrid_over_content")
    return (
        one.kind,
        one.version,
        None if ndcg is None else f"{ndcg:.3f}",
        None if ratio is None else f"{ratio:.2f} 倍",
        one.counts.get("interactions"),
    )


def _draft(peipao: Peipao, kind: str, rows: int) -> None:
    with progress(f"撮合 {peipao.catalogue[kind].label}") as report:
        key = peipao.run_round(kind, by=BY, why="示例", progress=report)
    show_round(peipao.describe_round(key), rows)
