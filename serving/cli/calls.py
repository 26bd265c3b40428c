"""`peipao call …`: calls, bids and awards."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Annotated

import typer

from peipao.domain.calls import AwardRule
from peipao.domain.working_days import minute_of
from peipao.errors import CheckFailedError, InvalidInputError
from serving.cli.files import write_whole
from serving.cli.help import command, group
from serving.cli.screen import say, table
from serving.cli.session import DEFAULT_BY, By, GivenWhy, Why, opened

app = group(
    "揭榜挂帅:发榜 → 揭榜 → 评分 → 拟定授榜 → 由另一人公布;任何人可按公布的数据复算。",
    "peipao call list",
    "call",
)
CallId = Annotated[str, typer.Argument(help="榜单编号,见 peipao call list")]
_UNIT = 1_000_000


@command(app, "peipao call open mentor --title 首单突破 --need n00001 --days 14 --by zhao", "open")
def open_call(
    kind: Annotated[str, typer.Argument(help="类别,如 mentor")],
    title: Annotated[str, typer.Option(help="榜单名称,公开")],
    need: Annotated[list[str], typer.Option(help="上榜的需求编号,可多次给出")],
    days: Annotated[int, typer.Option(min=1, max=90, help="几天后截止")] = 14,
    weights: Annotated[
        str, typer.Option(help="权重(百分):匹配度,方案评分,以往成效,等候时间")
    ] = "40,40,10,10",
    floor: Annotated[int, typer.Option(min=1, max=100, help="得分下限(百分)")] = 20,
    by: By = DEFAULT_BY,
    why: Why = "",
) -> None:
    """发榜:规则随榜公布,此后不变。"""
    rule = _rule(weights, floor)
    with opened() as peipao:
        closes = peipao.clock.now() + dt.timedelta(days=days)
        made = peipao.run_call.open(kind, title, need, closes, rule, by=by, why=why)
        say(f"榜单 {made.id}:{len(made.need_ids)} 条需求,{minute_of(made.closes_at)} 截止")


@command(app, "peipao call link m00001 --days 7")
def link(
    provider: Annotated[str, typer.Argument(help="资源方编号")],
    days: Annotated[int, typer.Option(min=1, max=14, help="几天后失效")] = 7,
    by: By = DEFAULT_BY,
) -> None:
    """为资源方建立揭榜链接:凭它看榜单、揭榜、看自己的通知;密文只显示这一次。"""
    with opened() as peipao:
        made = peipao.make_link.for_provider(provider, by=by, days=days)
        say(made.path)
        say(f"编号 {made.link.id},{minute_of(made.link.expires_at)} 失效")


@command(app, "peipao call list", "list")
def list_calls() -> None:
    """列出榜单,最近的在前。"""
    with opened() as peipao:
        table(
            "榜单",
            ("编号", "名称", "类别", "状态", "截止", "需求", "意向"),
            (
                (
                    one.id,
                    one.title,
                    one.kind,
                    one.state_words,
                    minute_of(one.closes_at),
                    len(one.needs),
                    sum(need.n_bids for need in one.needs),
                )
                for one in peipao.show_calls()
            ),
        )


@command(app, "peipao call bids call-0123456789ab")
def bids(call_id: CallId) -> None:
    """列出一期榜单的揭榜意向、评分与结果。"""
    with opened() as peipao:
        table(
            "揭榜意向",
            ("编号", "需求", "资源方", "评分", "得分", "结果"),
            (
                (
                    one.id,
                    one.need_id,
                    one.provider_id,
                    "、".join(str(mark) for mark in one.marks.values()),
                    "" if one.score is None else f"{one.score:.4f}",
                    "已撤回" if one.withdrawn else one.words or "",
                )
                for one in peipao.show_calls.bids(call_id)
            ),
        )


@command(app, "peipao call bid call-0123456789ab --need n00001 --provider m00001 --plan plan.txt")
def bid(
    call_id: CallId,
    need: Annotated[str, typer.Option(help="需求编号")],
    provider: Annotated[str, typer.Option(help="资源方编号")],
    plan: Annotated[Path, typer.Option(help="揭榜方案,UTF-8 文本文件")],
    by: By = DEFAULT_BY,
) -> None:
    """代资源方揭榜;须回避者与不合条件者当场拒绝并说明。"""
    from serving.usecases.exactly_once import Call

    text = plan.read_text(encoding="utf-8")
    with opened() as peipao:
        reply = peipao.run_call.bid(call_id, need, provider, text, asking=Call(by))
        say(f"揭榜意向 {json.loads(reply.body)['bid_id']} 已登记")


@command(app, "peipao call mark bid-0123456789ab 80 --by li")
def mark(
    bid_id: Annotated[str, typer.Argument(help="意向编号")],
    points: Annotated[int, typer.Argument(min=0, max=100, help="0 至 100 分")],
    by: By,
    why: Why = "",
) -> None:
    """为方案评分;不得为自己登记的意向评分。"""
    with opened() as peipao:
        marked = peipao.run_call.mark(bid_id, points, by=by, why=why)
        say(f"意向 {marked.id}:{len(marked.marks)} 份评分")


@command(app, "peipao call award call-0123456789ab --by zhao")
def award(call_id: CallId, by: By = DEFAULT_BY, why: Why = "") -> None:
    """截止后按公布的规则拟定授榜;不通知任何人。"""
    with opened() as peipao:
        peipao.award_call.draft(call_id, by=by, why=why)
        found = json.loads(peipao.show_calls.award(call_id, published=False))
        say(f"拟定授榜:{len(found['awarded'])} 项授榜,{len(found['lost'])} 项未授榜")
        say(f"下一步由另一人:peipao call publish {call_id}")


@command(app, "peipao call publish call-0123456789ab --by li")
def publish(call_id: CallId, by: By, why: Why = "") -> None:
    """公布授榜:向项目方推荐,逐一告知未授榜的原因;公布人不得是拟定人。"""
    with opened() as peipao:
        moved = peipao.award_call.publish(call_id, by=by, why=why)
        say(f"榜单 {moved.id} 已公布")


@command(app, "peipao call cancel call-0123456789ab --by zhao --why 需求已撤回")
def cancel(call_id: CallId, by: By, why: GivenWhy) -> None:
    """取消尚未公布的榜单。"""
    with opened() as peipao:
        say(f"榜单 {peipao.run_call.cancel(call_id, by=by, why=why).id} 已取消")


@command(app, "peipao call export call-0123456789ab --out award.json")
def export(call_id: CallId, out: Annotated[Path, typer.Option(help="写入的 JSON 文件")]) -> None:
    """写出已公布的授榜数据,供任何人复算。"""
    with opened() as peipao:
        write_whole(out, peipao.show_calls.award(call_id) + "\n")
    say(f"已写入 {out}")


@command(app, "peipao call recompute award.json")
def recompute(file: Annotated[Path, typer.Argument(help="peipao call export 写出的文件")]) -> None:
    """由公布的数据独立复算授榜(只用标准库,不连数据库),列出不符之处。"""
    from matching.recompute import differences

    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        wrong = differences(found)
    except (ValueError, KeyError, TypeError, StopIteration, ZeroDivisionError) as error:
        raise InvalidInputError(file.name, "不是授榜数据", "peipao call export 的输出") from error
    if wrong:
        raise CheckFailedError(wrong)
    say(f"复算一致:{len(found['awarded'])} 项授榜")


def _rule(weights: str, floor: int) -> AwardRule:
    try:
        affinity, strength, results, waiting = (int(part) for part in weights.split(","))
    except ValueError:
        raise InvalidInputError("--weights", "格式不对", "四个整数,如 40,40,10,10") from None
    return AwardRule(affinity, strength, results, waiting, floor)
