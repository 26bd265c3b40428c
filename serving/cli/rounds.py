"""`peipao round …`: the life of a round, from its draft to its withdrawal."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from peipao.domain.states import ROUND, RoundState
from peipao.domain.working_days import minute_of
from serving.cli import round_evidence as evidence
from serving.cli import round_lottery as lottery
from serving.cli.files import write_whole
from serving.cli.help import command, group
from serving.cli.round_tables import show_findings, show_notices, show_round
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
from serving.cli.session import DEFAULT_BY, MAX_ROWS, By, GivenWhy, Rows, Why, opened

if TYPE_CHECKING:
    from peipao.domain.records import Round
    from serving.usecases.show_rounds import ShownRound

app = group(
    "撮合轮次:草案 → 已检 → 已批 → 已发布 → 撤回或归档。", "peipao round run mentor", "round"
)
RoundId = Annotated[str, typer.Argument(help="轮次编号,见 peipao round list")]


@command(app, "peipao round run mentor --by zhao")
def run(
    kind: Annotated[str, typer.Argument(help="类别,如 mentor;见 peipao kinds list")],
    seed: Annotated[
        str | None, typer.Option(help="摇号种子;省略则由上一轮结果推导,指定则须放行")
    ] = None,
    pin: Pins = None,
    veto: Vetoes = None,
    quota: Quotas = None,
    previous: Previous = None,
    max_changes: MaxChanges = None,
    change_cost: ChangeCost = 0.0,
    scores: Scores = None,
    objective: Objective = TOTAL,
    rows: Rows = 10,
    by: By = DEFAULT_BY,
    why: Why = "",
) -> None:
    """拟一轮草案:冻结输入、求最优、独立校验、预检、保存。不会通知任何人。"""
    terms = terms_of(pin, veto, quota, previous, max_changes, change_cost, scores, objective)
    with opened() as peipao:
        with progress(f"撮合 {kind}") as report:
            key = peipao.run_round(kind, by=by, seed=seed, why=why, terms=terms, progress=report)
        show_round(peipao.describe_round(key), rows)
        show_findings(peipao.override_finding.list(key))
        say(f"下一步:peipao round check {key}")


@command(app, "peipao round list --kind mentor", "list")
def list_rounds(
    kind: Annotated[str | None, typer.Option(help="只看一个类别")] = None,
    limit: Annotated[int, typer.Option(min=1, max=MAX_ROWS, help="最近多少轮")] = 20,
) -> None:
    """列出轮次,最近的在前。"""
    with opened() as peipao:
        table(
            "撮合轮次",
            ("编号", "类别", "状态", "拟定", "对接/等候/转专员", "总匹配度", "模型"),
            (_row(one) for one in peipao.show_rounds(kind=kind, limit=limit)),
        )


@command(app, "peipao round show round-0123456789ab --rows 50")
def show(round_id: RoundId, rows: Rows = 20) -> None:
    """显示一轮的对接与理由,以及谁没有对接上、为什么、由谁负责。"""
    with opened() as peipao:
        show_round(peipao.describe_round(round_id), rows)


@command(app, "peipao round check round-0123456789ab")
def check(round_id: RoundId, by: By = DEFAULT_BY, why: Why = "") -> None:
    """由冻结的输入重新证明最优,与当前数据核对;预检发现须已放行。"""
    with opened() as peipao:
        _said(peipao.review_round.check(round_id, by=by, why=why))


@command(app, "peipao round approve round-0123456789ab --by li")
def approve(round_id: RoundId, by: By, why: Why = "") -> None:
    """审批;审批人不得是拟定人。"""
    with opened() as peipao:
        _said(peipao.review_round.approve(round_id, by=by, why=why))


@command(app, "peipao round publish round-0123456789ab --by li")
def publish(round_id: RoundId, by: By, why: Why = "") -> None:
    """发布:占用名额,需求转为已推荐;要么全部生效,要么全部不动。"""
    with opened() as peipao:
        _said(peipao.review_round.publish(round_id, by=by, why=why))


@command(app, "peipao round withdraw round-0123456789ab --by li --why 数据有误")
def withdraw(
    round_id: RoundId,
    by: By,
    why: GivenWhy,
    rows: Rows = 20,
) -> None:
    """撤回已发布的一轮:回到发布之前的状态,告知双方,列出已发通知;什么也不删除。"""
    with opened() as peipao:
        _said(peipao.review_round.withdraw(round_id, by=by, why=why))
        show_notices(peipao.review_round.notices(round_id), rows)


@command(app, "peipao round close round-0123456789ab")
def close(round_id: RoundId, by: By = DEFAULT_BY, why: Why = "") -> None:
    """归档已发布的一轮;其中的对接继续。"""
    with opened() as peipao:
        _said(peipao.review_round.close(round_id, by=by, why=why))


@command(app, "peipao round export 在册对接.xlsx --kind mentor", "export")
def export_pairings(
    file: Annotated[Path, typer.Argument(help="Excel 工作簿 (.xlsx)")],
    kind: Annotated[str | None, typer.Option(help="只导出一个类别")] = None,
) -> None:
    """把正在陪跑的对接导出为 Excel;原样用 import 导入,什么也不改变。"""
    from serving.intake.workbook import workbook_of
    from serving.usecases.pairings_sheet import HEADER, SHEET

    with opened() as peipao:
        rows = peipao.pairings_sheet(kind)
    write_whole(file, workbook_of(SHEET, HEADER, rows))
    say(f"已写入 {file}:{len(rows)} 对")


@command(app, "peipao round import 在册对接.csv --by zhao", "import")
def import_pairings(
    file: Annotated[Path, typer.Argument(help="CSV 或 xlsx:项目编号,类别,资源方编号,开始日期")],
    by: By,
    why: Why = "",
) -> None:
    """导入系统启用前已在进行的对接:占用名额,不再参加撮合;有一处错误则全部不写入。"""
    from serving.intake.sheets import read_pairings

    drafts = read_pairings(file)
    with opened() as peipao:
        done = peipao.import_pairings(drafts, by=by, why=why)
        say(f"导入 {done.added} 对,先前已有 {done.known} 对;轮次 {'、'.join(done.rounds)}")


@command(app, "peipao round notices round-0123456789ab")
def notices(round_id: RoundId, rows: Rows = 100) -> None:
    """列出就一轮及其各个对接发出的每一条通知。"""
    with opened() as peipao:
        show_notices(peipao.review_round.notices(round_id), rows)


command(app, "peipao round findings round-0123456789ab")(evidence.findings)
command(app, "peipao round override round-0123456789ab 1 --by li --why 经与区局核对无误")(
    evidence.override
)
command(app, "peipao round bundle round-0123456789ab --out round.jsonl.gz")(evidence.bundle)
command(app, "peipao round replay round-0123456789ab")(evidence.replay)
command(app, "peipao round diff round-0123456789ab round-ba9876543210")(evidence.diff)
command(app, "peipao round report round-0123456789ab")(evidence.report)
command(app, "peipao round commit mentor --source 2026-12-01期公开摇奖号码 --by zhao")(
    lottery.commit
)
command(app, "peipao round freeze seed-0123456789ab --by zhao")(lottery.freeze)
command(app, "peipao round draw seed-0123456789ab --value 0715222831 --by zhao")(lottery.draw)
command(app, "peipao round commitments mentor")(lottery.commitments)


def _row(one: ShownRound) -> tuple[object, ...]:
    figures = one.figures
    counts = "/".join(f"{figures.get(name, 0):.0f}" for name in ("paired", "waiting", "referred"))
    total = f"{figures.get('total_affinity', 0):.3f}"
    made = f"{minute_of(one.created_at)} {one.created_by}"
    state = ROUND.labels[RoundState(one.state)]
    return one.id, one.kind, state, made, counts, total, one.model_version


def _said(one: Round) -> None:
    say(f"轮次 {one.id} 现为{ROUND.labels[one.state]}")
