"""`peipao rate …`: 响应率, who was not answered, and the books of a month."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING, Annotated

import typer

from peipao.domain.requests import CHANNEL_LABELS, RequestChannel
from peipao.domain.working_days import SHANGHAI, minute_of
from peipao.errors import InvalidInputError
from serving.cli.help import command, group
from serving.cli.requests import day
from serving.cli.screen import say, table
from serving.cli.session import By, GivenWhy, Rows, Why, opened

if TYPE_CHECKING:
    from peipao.domain.rates import Rate, Statement
    from serving.usecases.list_unanswered import WaitingNeed
    from serving.wiring import Peipao

app = group(
    "响应率 = 期限内已响应 / 应响应的需求;响应指已推荐或已转专员,受理、留言、关闭都不算。",
    "peipao rate show --by district --first 2026-01 --last 2026-06",
    "rate",
)
Month = Annotated[str, typer.Argument(help="月份,如 2026-03")]
_NAMES = {"month": "月份", "district": "区市", "team": "陪跑团", "channel": "渠道", "kind": "类别"}


@command(app, "peipao rate show --by district --first 2026-01 --last 2026-06")
def show(
    by: Annotated[
        str, typer.Option("--by", help="month、district、team、channel 或 kind")
    ] = "month",
    first: Annotated[str | None, typer.Option(help="起始月份;省略同 --last")] = None,
    last: Annotated[str | None, typer.Option(help="截止月份;省略为本月")] = None,
    at: Annotated[str | None, typer.Option(help="某日末的情形 YYYY-MM-DD;省略为现在")] = None,
) -> None:
    """显示响应率;已结账的月份以月报为准。"""
    with opened() as peipao:
        report = peipao.response_rate(by, first=first, last=last, at=_end_of(at))
        rows = [_row(_label(peipao, by, one.group), one) for one in report.groups]
        closed = f";已结账:{'、'.join(report.closed)}" if report.closed else ""
        table(
            f"响应率 {report.first} 至 {report.last}",
            (_NAMES[by], "应响应", "期限内", "逾期响应", "未响应", "响应率"),
            [*rows, _row("合计", report.total)],
            foot=f"截至 {minute_of(report.as_of)}{closed}",
        )


@command(app, "peipao rate waiting --owner o0001")
def waiting(
    at: Annotated[str | None, typer.Option(help="某日末的情形 YYYY-MM-DD;省略为现在")] = None,
    owner: Annotated[str | None, typer.Option(help="只看一名专员经办的")] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="只列已逾期的")] = False,
    rows: Rows = 20,
) -> None:
    """列出任一时刻尚未响应的需求,最急的在前。"""
    with opened() as peipao:
        found = peipao.list_unanswered(at=_end_of(at), owner=owner, overdue_only=overdue)
        _listed("尚未响应的需求", found, rows)


@command(app, "peipao rate overdue --owner o0001")
def overdue(
    owner: Annotated[str | None, typer.Option(help="只看一名专员经办的")] = None,
    rows: Rows = 20,
) -> None:
    """列出现在已逾期的各环节(受理、响应、确认、对接、办结)。"""
    with opened() as peipao:
        _listed("已逾期的环节", peipao.list_unanswered.overdue(owner=owner), rows)


@command(app, "peipao rate close 2026-03 --by zhao")
def close(month: Month, by: By, why: Why = "") -> None:
    """结账:把已结束的一个月的数字定下来,写入台账。"""
    with opened() as peipao:
        _stated(peipao.state_month.close(month, by=by, why=why))


@command(app, "peipao rate drift 2026-03")
def drift(month: Month) -> None:
    """对照:已结账的月份与现有记录有何出入(如事后补录)。"""
    with opened() as peipao:
        found = peipao.response_rate.drift(month)
        if not found:
            say(f"{month} 的月报与现有记录一致")
            return
        table(
            f"{month} 月报与现有记录的出入(月报 → 现有)",
            ("类别", "渠道", "区市", "应响应", "期限内", "逾期响应"),
            (
                (
                    one.stated.kind,
                    one.stated.channel,
                    one.stated.district,
                    f"{one.stated.due} → {one.counted.due}",
                    f"{one.stated.responded} → {one.counted.responded}",
                    f"{one.stated.late} → {one.counted.late}",
                )
                for one in found
            ),
        )


@command(app, "peipao rate restate 2026-03 --by li --why 补录三月热线工单")
def restate(month: Month, by: By, why: GivenWhy) -> None:
    """重述:更正已结账的月份;须写原因,且为上次以外的人;原来的数字保留。"""
    with opened() as peipao:
        _stated(peipao.state_month.restate(month, by=by, why=why))


@command(app, "peipao rate statements 2026-03")
def statements(month: Month) -> None:
    """列出一个月的结账与历次重述,以最后一次为准。"""
    with opened() as peipao:
        table(
            f"{month} 月报",
            ("次", "时间", "经手", "原因", "应响应", "期限内", "SHA-256"),
            (
                (
                    one.number or "结账",
                    minute_of(one.at),
                    one.by,
                    one.why,
                    sum(row.due for row in one.rows),
                    sum(row.responded for row in one.rows),
                    one.digest[:12],
                )
                for one in peipao.response_rate.statements(month)
            ),
        )


def _end_of(text: str | None) -> dt.datetime | None:
    if text is None:
        return None
    try:
        said = dt.date.fromisoformat(text)
    except ValueError:
        raise InvalidInputError("--at", f"{text[:20]!r} 不是日期", "YYYY-MM-DD") from None
    if not 2000 <= said.year < 2100:
        raise InvalidInputError("--at", f"{text[:20]!r} 没有月报", "2000 至 2099 年的一天")
    return dt.datetime.combine(said, dt.time.max, SHANGHAI)


def _label(peipao: Peipao, by: str, group: str) -> str:
    if not group:
        return "未注明"
    tables = {"district": "districts", "team": "teams"}
    if by in tables:
        known = group in peipao.reference.codes(tables[by])
        return peipao.reference.label(tables[by], group) if known else group
    if by == "channel":
        return CHANNEL_LABELS[RequestChannel(group)]
    return peipao.catalogue[group].label if by == "kind" and group in peipao.catalogue else group


def _row(label: str, one: Rate) -> tuple[object, ...]:
    rate = "—" if one.rate is None else f"{one.rate:.1%}"
    return label, one.due, one.responded, one.late, one.silent, rate


def _listed(title: str, found: Sequence[WaitingNeed], rows: int) -> None:
    late = sum(one.overdue for one in found)
    table(
        title,
        ("需求", "项目", "类别", "环节", "经办", "期限", "剩余天数"),
        (
            (
                one.need_id,
                one.project_id,
                one.label,
                one.step_label,
                one.owner,
                day(one.due_at) + ("(节假日未公布)" if one.assumed else ""),
                one.days_left,
            )
            for one in islice(found, rows)
        ),
        foot=f"共 {len(found)} 项,其中逾期 {late} 项",
    )


def _stated(one: Statement) -> None:
    due, responded = (sum(getattr(row, name) for row in one.rows) for name in ("due", "responded"))
    what = f"第 {one.number} 次重述" if one.number else "结账"
    say(f"{one.month} {what}:应响应 {due},期限内 {responded},SHA-256 {one.digest}")
