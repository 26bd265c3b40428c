"""`peipao offer …`: offers, answers, links, and the life of a match."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from peipao.domain.offers import DECLINE_REASONS, END_REASONS, SIDES, Side
from peipao.domain.states import MATCH, MatchState
from peipao.domain.working_days import minute_of
from serving.cli.help import command, group
from serving.cli.screen import say, table
from serving.cli.session import DEFAULT_BY, MAX_ROWS, By, Why, opened

if TYPE_CHECKING:
    from serving.usecases.exactly_once import Reply
    from serving.usecases.show_offers import ShownOffer

app = group(
    "推荐与答复:推荐 → 双方接受 → 首次会面 → 结束;谢绝或到期即由下一位候补接替。",
    "peipao offer list --state offered",
    "offer",
)
_REASONS = "、".join(f"{code} {words}" for code, words in DECLINE_REASONS.items())
_ENDS = "、".join(f"{code} {words}" for code, words in END_REASONS.items())

MatchId = Annotated[str, typer.Argument(help="对接编号,见 peipao offer list")]
ProviderId = Annotated[str, typer.Argument(help="资源方编号")]
OfSide = Annotated[Side, typer.Option(help="哪一方:provider 资源方、founder 项目方")]
Reason = Annotated[str, typer.Option(help=f"原因代码:{_REASONS}")]


@command(app, "peipao offer list --state offered --kind mentor", "list")
def list_offers(
    state: Annotated[MatchState | None, typer.Option(help="只看一种状态")] = None,
    kind: Annotated[str | None, typer.Option(help="只看一个类别")] = None,
    limit: Annotated[int, typer.Option(min=1, max=MAX_ROWS, help="至多多少行")] = 50,
) -> None:
    """列出推荐与对接:谁已答复、何时到期、谁接替了谁。"""
    with opened() as peipao:
        table(
            "推荐与对接",
            ("编号", "项目", "资源方", "状态", "答复", "期限", "接替"),
            (_row(one) for one in peipao.show_offers(state=state, kind=kind, limit=limit)),
        )


@command(app, "peipao offer make n00001 --provider m00001 --by zhao")
def make(
    need_id: Annotated[str, typer.Argument(help="需求编号")],
    provider: Annotated[
        str | None, typer.Option(help="指定资源方;省略则取空闲者中最合适的")
    ] = None,
    agreed: Annotated[Side | None, typer.Option(help="提出的一方,视为已接受")] = None,
    by: By = DEFAULT_BY,
    why: Why = "",
) -> None:
    """为一项需求直接推荐(如迟到的需求);不动任何已接受的对接。"""
    from serving.usecases.exactly_once import Call

    with opened() as peipao:
        call = Call(by, why)
        _said(peipao.place_need(need_id, call=call, provider_id=provider, agreed=agreed))


@command(app, "peipao offer accept match-0123456789ab --side provider")
def accept(match_id: MatchId, side: OfSide, by: By = DEFAULT_BY, why: Why = "") -> None:
    """代一方接受;双方都接受即为对接。"""
    from serving.usecases.exactly_once import Call

    with opened() as peipao:
        _said(peipao.answer_offer(match_id, side, accept=True, call=Call(by, why)))


@command(app, "peipao offer decline match-0123456789ab --side provider --reason no-time")
def decline(
    match_id: MatchId, side: OfSide, reason: Reason, by: By = DEFAULT_BY, why: Why = ""
) -> None:
    """代一方谢绝;名额立即顺延给下一位空闲且合格的候补。"""
    from serving.usecases.exactly_once import Call

    with opened() as peipao:
        call = Call(by, why)
        _said(peipao.answer_offer(match_id, side, accept=False, call=call, reason=reason))
        vacancy = peipao.show_offers.one(match_id).vacancy
        if vacancy is not None:
            say(f"{vacancy.words}{'' if vacancy.filled_by is None else f':{vacancy.filled_by}'}")


@command(app, "peipao offer met match-0123456789ab")
def met(match_id: MatchId, by: By = DEFAULT_BY, why: Why = "") -> None:
    """登记首次会面:对接转为陪跑中,需求转为服务中。"""
    from serving.usecases.exactly_once import Call

    with opened() as peipao:
        _said(peipao.run_match.met(match_id, said_by="staff", call=Call(by, why)))


@command(app, "peipao offer end match-0123456789ab --reason mismatch")
def end(
    match_id: MatchId,
    reason: Annotated[str, typer.Option(help=f"原因代码:{_ENDS}")],
    by: By = DEFAULT_BY,
    why: Why = "",
) -> None:
    """结束对接并注明原因;同一对今后不再配对。"""
    from serving.usecases.exactly_once import Call

    with opened() as peipao:
        _said(peipao.run_match.end(match_id, reason, call=Call(by, why)))


@command(app, "peipao offer link match-0123456789ab --side founder --days 3")
def link(
    match_id: MatchId,
    side: OfSide,
    days: Annotated[int, typer.Option(help="有效天数,1 至 14;不晚于答复期限")] = 7,
    by: By = DEFAULT_BY,
) -> None:
    """为一方建立短期答复链接;全文只显示这一次。"""
    with opened() as peipao:
        made = peipao.make_link.for_match(match_id, side, by=by, days=days)
        say(f"链接(只显示这一次):服务地址{made.path}")
        say(f"编号 {made.link.id},{SIDES[side]}专用,{minute_of(made.link.expires_at)} 失效")


@command(app, "peipao offer load m00001 --places 1 --reason no-time")
def load(
    provider_id: ProviderId,
    places: Annotated[int, typer.Option(min=0, help="今后至多承接几个需求")],
    reason: Reason,
    by: By = DEFAULT_BY,
) -> None:
    """减少资源方的名额;未接受的推荐超出部分顺延,已接受的不动。"""
    from serving.usecases.exactly_once import Call

    with opened() as peipao:
        _said_load(peipao.change_load.smaller(provider_id, places, reason, call=Call(by)))


@command(app, "peipao offer pause m00001 --reason no-time")
def pause(provider_id: ProviderId, reason: Reason, by: By = DEFAULT_BY) -> None:
    """暂停资源方接单;未接受的推荐顺延。"""
    from serving.usecases.exactly_once import Call

    with opened() as peipao:
        _said_load(peipao.change_load.pause(provider_id, reason, call=Call(by)))


@command(app, "peipao offer resume m00001")
def resume(provider_id: ProviderId, by: By = DEFAULT_BY) -> None:
    """恢复资源方接单。"""
    from serving.usecases.exactly_once import Call

    with opened() as peipao:
        _said_load(peipao.change_load.resume(provider_id, call=Call(by)))


def _row(one: ShownOffer) -> tuple[object, ...]:
    said = "、".join(
        f"{SIDES[Side(answer.side)]}{'接受' if answer.accepted else '谢绝'}"
        for answer in one.answers
    )
    until = "" if one.answer_by is None else minute_of(one.answer_by)
    state = MATCH.labels[one.state]
    return one.id, one.project, one.provider, state, said, until, one.instead_of or ""


def _said(reply: Reply) -> None:
    body = json.loads(reply.body)
    state = MATCH.labels[MatchState(body["state"])]
    say(f"对接 {body['match_id']}(需求 {body['need_id']},资源方 {body['provider_id']}):{state}")


def _said_load(reply: Reply) -> None:
    body = json.loads(reply.body)
    state = "暂停" if body["paused"] else "接单"
    passed = len(body["passed_on"])
    held = f"占用 {body['used']}/{body['capacity']}"
    say(f"资源方 {body['provider_id']}:{state},{held};{passed} 项推荐已顺延")
