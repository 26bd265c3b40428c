"""`peipao round commit | freeze | draw | commitments`: a lottery that nobody can steer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from serving.cli.round_tables import show_findings, show_round
from serving.cli.round_terms import (
    TOTAL,
    ChangeCost,
    MaxChanges,
    Objective,
    Pins,
    Previous,
    Quotas,
    Scores,
    Vetoes,
    terms_of,
)
from serving.cli.screen import progress, say, table
from serving.cli.session import By, Rows, Why, opened

if TYPE_CHECKING:
    from peipao.domain.lottery import SeedCommitment

SeedId = Annotated[str, typer.Argument(help="承诺编号,见 peipao round commitments")]


def commit(
    kind: Annotated[str, typer.Argument(help="类别,如 mentor")],
    source: Annotated[str, typer.Option(help="公开值的来源,须尚未公布,如某日某期公开摇奖号码")],
    by: By,
    why: Why = "",
) -> None:
    """第一步,承诺:生成密值并封存,公布其 SHA-256;此后才截止申报。"""
    with opened() as peipao:
        made = peipao.draw_seed.commit(kind, source, by=by, why=why)
        say(f"承诺 {made.id},请公布密值的 SHA-256:{made.hash}")
        say(f"截止申报后:peipao round freeze {made.id} --by {by}")


def freeze(
    seed_id: SeedId,
    by: By,
    pin: Pins = None,
    veto: Vetoes = None,
    quota: Quotas = None,
    previous: Previous = None,
    max_changes: MaxChanges = None,
    change_cost: ChangeCost = 0.0,
    scores: Scores = None,
    objective: Objective = TOTAL,
    why: Why = "",
) -> None:
    """第二步,封存:冻结本轮全部输入,公布其 SHA-256;此后输入不再变动。"""
    terms = terms_of(pin, veto, quota, previous, max_changes, change_cost, scores, objective)
    with opened() as peipao:
        bound = peipao.draw_seed.freeze(seed_id, by=by, why=why, terms=terms)
        say(f"输入已封存,请公布其 SHA-256:{bound.inputs}")
        say(f"公开值公布后:peipao round draw {seed_id} --value 公开值 --by {by}")


def draw(
    seed_id: SeedId,
    value: Annotated[str, typer.Option(help="来源公布的公开值,照录")],
    by: By,
    rows: Rows = 10,
    why: Why = "",
) -> None:
    """第三步,摇号:揭示密值,由密值、输入与公开值得出种子并求解;只此一次。"""
    with opened() as peipao:
        with progress("摇号") as report:
            key = peipao.draw_seed.draw(seed_id, value, by=by, why=why, progress=report)
        told = peipao.draw_seed.of(seed_id)
        show_round(peipao.describe_round(key), rows)
        show_findings(peipao.override_finding.list(key))
        say(f"密值 {told.secret},公开值 {told.value};下一步:peipao round check {key}")


def commitments(kind: Annotated[str, typer.Argument(help="类别,如 mentor")]) -> None:
    """列出摇号承诺及其进展,最近的在前。"""
    with opened() as peipao:
        table(
            "摇号承诺",
            ("编号", "密值的 SHA-256", "公开值来源", "输入的 SHA-256", "轮次"),
            (_row(one) for one in peipao.draw_seed.of_kind(kind)),
        )


def _row(one: SeedCommitment) -> tuple[object, ...]:
    return one.id, one.hash, one.source, one.inputs, one.round_id
