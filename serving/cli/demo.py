"""`peipao demo`: the whole main job from an empty folder, safe to run again."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated

import typer

from peipao.domain.states import RoundState
from peipao.domain.working_days import month_of
from peipao.errors import InvalidInputError
from serving.cli.round_tables import show_round
from serving.cli.screen import heading, progress, say, table
from serving.cli.serve import Port, address_of, bound, listen, refuse_unsafe
from serving.cli.session import MAX_SEED, Rows, opened

if TYPE_CHECKING:
    from peipao.domain.records import Round
    from peipao.sample.size import CitySize
    from peipao.store import Transaction
    from serving.usecases.train_model import TrainedSummary
    from serving.wiring import Peipao

BY = "demo"
ROUND_KINDS = ("mentor", "service_officer", "space")
_MOST_PROJECTS = 1_000_000
_NO_MATTER = {"round.draft", "key.add", "key.revoke"}
"""Ledger lines that change nothing a draft rests on."""

_LOOKED_BACK = 200


def demo(
    serve: Annotated[bool, typer.Option("--serve", help="完成后启动服务")] = False,
    port: Port = None,
    tier: Annotated[str, typer.Option(help="示例城市规模:S、M 或 L(见 scale.yaml)")] = "S",
    projects: Annotated[
        int | None, typer.Option(min=1, max=_MOST_PROJECTS, help="项目数,代替规模档中的数")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, max=MAX_SEED, help="示例城市的种子")] = 2026,
    retrain: Annotated[bool, typer.Option("--retrain", help="已有模型时也重新训练")] = False,
    rows: Rows = 8,
    story: Annotated[
        bool,
        typer.Option(
            "--story", help="只讲一个项目的故事:从诉求、推荐、谢绝、顺延到办结、撤回、重演"
        ),
    ] = False,
) -> None:
    """从空文件夹走完整个流程:建库、示例城市、训练、登记、三轮撮合草案、(启动服务)。"""
    if story:
        from serving.cli.story import tell

        tell()
        return
    with opened(migrated=False) as peipao, ExitStack() as stack:
        size = _size(peipao, tier, projects)
        host, port = address_of(peipao, None, port)
        # A port that is taken is better learnt before the training than after it.
        listener = stack.enter_context(bound(host, port)) if serve else None
        _prepare(peipao, size, seed)
        if listener is not None:
            refuse_unsafe(peipao, host)
        _train(peipao, again=retrain)
        for kind in ROUND_KINDS:
            _draft(peipao, kind, rows)
        say("以上为草案,没有通知任何人;查看更多:peipao round list")
        if listener is not None:
            listen(peipao, listener)


def _size(peipao: Peipao, tier: str, projects: int | None) -> CitySize:
    from peipao.sample.size import CitySize, tier_size

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
    _tell_rate(peipao)


def _tell_rate(peipao: Peipao) -> None:
    """Say the response rate of the generated history, as the needs ledger counts it."""
    now = peipao.clock.now()
    last = month_of(now)
    first = f"{int(last[:4]) - 1}{last[4:]}"
    total = peipao.response_rate(first=first, last=last).total
    if total.rate is not None:
        say(
            f"响应率 {first} 至 {last}:{total.rate:.1%}(应响应 {total.due},期限内 "
            f"{total.responded},逾期 {total.late},未响应 {total.silent});"
            "细看:peipao rate show --by district"
        )


def _train(peipao: Peipao, *, again: bool) -> None:
    heading("模型")
    active = _usable(peipao)
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


def _usable(peipao: Peipao) -> Mapping[str, str]:
    """Return the verified model of each kind, and say which packages are to be replaced."""
    state = peipao.readiness()
    with peipao.store.reading() as tx:
        seen_before = bool(tx.models.list())
    for lack in state.missing if seen_before else ():
        say(f"{lack};将重新训练")
    return state.models


def _trained(one: TrainedSummary) -> tuple[object, ...]:
    ndcg = one.metrics.get("ndcg_at_10")
    ratio = one.metrics.get("hybrid_over_content")
    return (
        one.kind,
        one.version,
        None if ndcg is None else f"{ndcg:.3f}",
        None if ratio is None else f"{ratio:.2f} 倍",
        one.counts.get("events"),
    )


def _draft(peipao: Peipao, kind: str, rows: int) -> None:
    label = peipao.catalogue[kind].label
    with peipao.store.reading() as tx:
        key = _standing_draft(peipao, tx, kind)
        waiting = bool(tx.needs.open_of_kind(kind))
    if key is not None:
        say(f"{label}:先前的草案 {key} 之后数据没有变化,沿用")
    elif waiting:
        try:
            with progress(f"撮合 {label}") as report:
                key = peipao.run_round(kind, by=BY, why="示例", progress=report)
        except InvalidInputError as too_large:
            # A city of a larger tier is still loaded, trained and served.
            say(f"{label}:{too_large}")
            return
    else:
        say(f"{label}:没有等待配对的需求,不拟草案")
        return
    show_round(peipao.describe_round(key), rows)


def _standing_draft(peipao: Peipao, tx: Transaction, kind: str) -> str | None:
    """Return the demo's last draft of a kind if a new one would be the same."""
    for one in tx.rounds.list(kind=kind, limit=1):
        if one.state is RoundState.DRAFT and one.created_by == BY and _stands(peipao, tx, one):
            return one.id
    return None


def _stands(peipao: Peipao, tx: Transaction, one: Round) -> bool:
    from serving.usecases.score_pairs import city_date

    rests_on = (one.versions.model, one.versions.rules, one.versions.tables)
    now = (
        tx.models.active(one.kind).version,
        peipao.catalogue.rules_hash(one.kind),
        peipao.reference.version,
    )
    since = tx.ledger.list(after=int(one.versions.data), limit=_LOOKED_BACK)
    return (
        rests_on == now
        # Waiting is counted in days, so that tomorrow's round is another one.
        and city_date(one.created_at) == city_date(peipao.clock.now())
        and len(since) < _LOOKED_BACK
        and all(entry.verb in _NO_MATTER for entry in since)
    )
