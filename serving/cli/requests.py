"""`peipao request …`: requests and the needs they open."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from peipao.domain.requests import CHANNEL_LABELS, RequestChannel, Side
from peipao.domain.states import NEED
from peipao.domain.working_days import day_of, minute_of
from peipao.errors import UnknownValueError
from serving.cli.help import command, group
from serving.cli.screen import say, table
from serving.cli.session import DEFAULT_BY, By, Rows, Why, opened

if TYPE_CHECKING:
    import datetime as dt

    from peipao.domain.records import Need
    from serving.usecases.show_needs import FollowedNeed

app = group(
    "诉求与需求:提出 → 受理 → 响应(推荐或转专员) → 确认 → 对接 → 办结;每步有期限(工作日)和经办人。",
    "peipao request submit p0001 --need mentor --channel hotline --words 想找懂渠道的导师",
    "request",
)
NeedId = Annotated[str, typer.Argument(help="需求编号,见 peipao request show")]
_CHANNELS = "、".join(f"{one.value}({CHANNEL_LABELS[one]})" for one in RequestChannel)


@command(app, "peipao request submit p0001 --need mentor --channel hotline --source H-0301")
def submit(
    project: Annotated[str, typer.Argument(help="项目编号")],
    need: Annotated[
        list[str] | None, typer.Option("--need", help="需求类别,可多次;省略则请服务专员了解")
    ] = None,
    channel: Annotated[str, typer.Option(help=f"渠道:{_CHANNELS}")] = "officer",
    source: Annotated[
        str | None, typer.Option("--source", help="在该渠道的编号;重复提交返回第一次的诉求")
    ] = None,
    words: Annotated[str, typer.Option(help="原话,至多 2000 字")] = "",
    by: By = DEFAULT_BY,
) -> None:
    """提出诉求:每个类别一项需求,立即有经办专员和期限。"""
    from serving.usecases.drafts import NeedDraft, RequestDraft

    drafts = tuple(NeedDraft(kind) for kind in need or ())
    draft = RequestDraft(project, _channel(channel), drafts, words, source_id=source)
    with opened() as peipao:
        made = peipao.submit_request(draft, by=by)
        say(f"诉求 {made.id}{'(此前已收到,这是第一次的)' if made.already else ' 已登记'}")
        _show(peipao.show_needs.request(made.id).needs)


@command(app, "peipao request show p0001")
def show(project: Annotated[str, typer.Argument(help="项目编号")]) -> None:
    """显示一个项目的全部需求:状态、经办人、各步期限。"""
    with opened() as peipao:
        _show(peipao.show_needs.of_project(project))


@command(app, "peipao request acknowledge n00001 --by zhao")
def acknowledge(need: NeedId, by: By = DEFAULT_BY, why: Why = "") -> None:
    """受理:有人看过了;这还不算响应。"""
    with opened() as peipao:
        _said(peipao.handle_need.acknowledge(need, by=by, why=why))


@command(app, "peipao request refer n00001 --officer o0001 --by zhao")
def refer(
    need: NeedId,
    officer: Annotated[str | None, typer.Option(help="服务专员编号;省略为现经办人")] = None,
    by: By = DEFAULT_BY,
    why: Why = "",
) -> None:
    """转服务专员专人跟进:没有合适的资源方时用;算作响应。"""
    with opened() as peipao:
        _said(peipao.handle_need.refer(need, officer, by=by, why=why))


@command(app, "peipao request owner n00001 o0002 --by zhao")
def owner(
    need: NeedId,
    officer: Annotated[str, typer.Argument(help="新的服务专员编号")],
    by: By = DEFAULT_BY,
    why: Why = "",
) -> None:
    """更换经办专员;未完的各步一并移交。"""
    with opened() as peipao:
        _said(peipao.handle_need.hand_over(need, officer, by=by, why=why))


@command(app, "peipao request resolve n00001 --by zhao")
def resolve(need: NeedId, by: By = DEFAULT_BY, why: Why = "") -> None:
    """办结服务中的需求;所占名额退回。"""
    with opened() as peipao:
        _said(peipao.handle_need.resolve(need, by=by, why=why))


@command(app, "peipao request close n00001 --reason duplicate --by zhao")
def close(
    need: NeedId,
    reason: Annotated[
        str, typer.Option(help="duplicate、not_eligible、unreachable、project_ended 或 other")
    ],
    by: By = DEFAULT_BY,
    why: Why = "",
) -> None:
    """关闭不再服务的需求;除重复外仍计入应响应,因为关闭不是响应。"""
    with opened() as peipao:
        _said(peipao.handle_need.close(need, reason, by=by, why=why))


@command(app, "peipao request withdraw n00001 --project p0001 --by zhao")
def withdraw(
    need: NeedId,
    project: Annotated[str, typer.Option("--project", help="需求所属的项目编号")],
    by: By = DEFAULT_BY,
    why: Why = "",
) -> None:
    """代项目撤回需求;期限之前撤回的不计入应响应。"""
    with opened() as peipao:
        _said(peipao.handle_need.withdraw(need, project_id=project, by=by, why=why))


@command(app, "peipao request comment n00001 已约好下周三见面 --by zhao")
def comment(
    need: NeedId,
    words: Annotated[str, typer.Argument(help="至多 2000 字")],
    by: By = DEFAULT_BY,
) -> None:
    """以工作人员身份留言;项目会收到「有新的留言」的通知。"""
    with opened() as peipao:
        noted = peipao.comment_need(need, words, side=Side.STAFF, by=by)
        say(f"留言 {noted.id} 已记下")


@command(app, "peipao request notices officer:o0001")
def notices(
    to: Annotated[str, typer.Argument(help="project:编号、provider:编号、officer:编号 或 staff")],
    rows: Rows = 20,
) -> None:
    """列出发给某一方的通知,最近的在前。"""
    with opened() as peipao:
        found = peipao.show_needs.notices(to, rows)
    table(
        f"发给 {to} 的通知",
        ("时间", "事项", "内容"),
        ((minute_of(one.created_at), one.subject, one.words) for one in found),
    )


def day(at: dt.datetime) -> str:
    """Return the day in Shanghai, for people."""
    return f"{day_of(at)}"


def _channel(text: str) -> RequestChannel:
    if text not in set(RequestChannel):
        raise UnknownValueError("--channel", text[:40], [one.value for one in RequestChannel])
    return RequestChannel(text)


def _said(need: Need) -> None:
    say(f"需求 {need.id} 现为{NEED.labels[need.state]},经办 {need.owner or '—'}")


def _show(needs: Sequence[FollowedNeed]) -> None:
    rows = []
    for need in needs:
        now = [step for step in need.steps if step.done_at is None]
        waits = "、".join(f"{step.label} {day(step.due_at)}前" for step in now)
        late = "逾期" if any(step.overdue for step in now) else ""
        owner = " ".join(filter(None, (need.owner, need.officer_name)))
        rows.append((need.id, need.label, need.state_label, owner or None, waits or None, late))
    table("需求", ("编号", "类别", "状态", "经办", "待办与期限", ""), rows)
