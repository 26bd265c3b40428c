"""Policies on the screen: what can be had, what is one step away, what is open, what is not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from peipao.policy.amounts import NATURES
from peipao.policy.answer import NO_DOCUMENTS
from peipao.policy.evaluate import Status
from peipao.policy.wording import amount_text
from serving.cli.screen import heading, say, table
from serving.usecases.policy_report import STATUS_WORDS, PolicyReport

if TYPE_CHECKING:
    from peipao.policy.answer import PolicyAnswer
    from peipao.policy.ladder import Rung
    from peipao.policy.questions import Question
    from serving.usecases.policy_bank import BankReport

_VERSION = 12
_ASKED = 5
UNREAD = "条文未全部核实,以发文机关答复为准"


def show_report(report: PolicyReport, rows: int, *, everything: bool) -> None:
    """Print a report; what is not eligible is counted, or listed if everything is asked for."""
    heading(report.project_id or "临时画像")
    say(report.summary)
    if report.assumed:
        say(f"假设了:{'、'.join(report.assumed)}(只用于本次测算,没有保存)")
    for note in report.notes:
        say(note)
    _eligible(report)
    _near(report)
    _unknown(report, rows)
    _not_eligible(report, everything=everything)
    for title, rungs in report.ladders.items():
        _ladder(title, rungs)
    show_questions(report.questions, _ASKED)
    said = report.data_version
    say(f"基础数据 {report.tables_version[:_VERSION]}" + (f",数据 {said}" if said else ""))


def show_questions(questions: tuple[Question, ...], most: int) -> None:
    """Print what to ask for next."""
    if not questions:
        return
    table(
        "接下来最值得问清的",
        ("字段", "问法", "平均可定政策", "涉及政策"),
        ((q.fact, q.text, f"{q.decides:.1f}", q.concerns) for q in questions[:most]),
        foot=_cut(len(questions), most),
    )


def show_bank(report: BankReport, rows: int) -> None:
    """Print the whole bank: counts by policy, and which projects changed."""
    heading(f"政策总表 {report.day}(与 {report.against} 比较)")
    say(f"项目 {report.projects} 个;{report.diff.text()}")
    table(
        "各项政策",
        ("政策", "符合", "还不能确定", "不符合", "新符合", "条文"),
        (
            (
                one.zh,
                one.eligible,
                one.unknown,
                one.not_eligible,
                one.gained or None,
                "已核实" if one.verified else "未核实",
            )
            for one in report.counts
        ),
    )
    names = {one.policy_id: one.zh for one in report.counts}
    for title, pairs in (
        ("新符合", report.diff.became_eligible),
        ("不再符合", report.diff.lost),
    ):
        if pairs:
            table(
                title,
                ("项目", "政策"),
                ((project, names[policy]) for project, policy in pairs[:rows]),
                foot=_cut(len(pairs), rows),
            )
    if report.opened is not None:
        say(f"为服务专员新开需求 {len(report.opened)} 条(不参考任何个人信息)")
    say(f"基础数据 {report.tables_version[:_VERSION]},数据 {report.data_version}")


def _eligible(report: PolicyReport) -> None:
    found = report.having(Status.ELIGIBLE)
    if found:
        table(
            "可以享受",
            ("政策", "金额", "期限", "依据"),
            ((_title(one), _money(one), one.window.text, _basis(one)) for one in found),
            foot=report.combination.note,
        )
        _documents(found)
    totals = [
        f"{NATURES[nature]} {amount_text(total.low, '元')}"
        + ("" if total.low == total.high else f" 至 {amount_text(total.high, '元')}")
        + ("" if total.complete else "(另有金额未知的)")
        for nature, total in report.combination.totals.items()
    ]
    if totals:
        say("最佳组合合计:" + "、".join(totals))


def _documents(found: Sequence[PolicyAnswer]) -> None:
    listed = [one for one in found if one.documents]
    for one in listed:
        say(f"{one.zh}:{one.documents_text}")
    if len(listed) < len(found):
        say(f"{'其余各项' if listed else ''}{NO_DOCUMENTS}")


def _near(report: PolicyReport) -> None:
    if report.near:
        by_id = {one.policy_id: one for one in report.answers}
        table(
            "差一步",
            ("政策", "怎样就符合", "依据"),
            (
                (_title(by_id[key]), miss.text, _basis(by_id[key]))
                for key, miss in report.near.items()
            ),
        )


def _unknown(report: PolicyReport, rows: int) -> None:
    found = report.having(Status.UNKNOWN)
    if found:
        table(
            "还不能确定",
            ("政策", "还需了解", "依据"),
            ((_title(one), _missing(one), _basis(one)) for one in found[:rows]),
            foot=_cut(len(found), rows),
        )


def _not_eligible(report: PolicyReport, *, everything: bool) -> None:
    found = [one for one in report.having(Status.NOT_ELIGIBLE) if one.policy_id not in report.near]
    if found and everything:
        table(
            "不符合",
            ("政策", "原因", "依据"),
            ((_title(one), ";".join(one.failed), _basis(one)) for one in found),
        )
    elif found:
        say(f"另有 {len(found)} 项不符合;加 --all 查看原因")


def _ladder(title: str, rungs: tuple[Rung, ...]) -> None:
    table(
        title,
        ("级别", "结论", "差距"),
        (
            (
                rung.zh,
                STATUS_WORDS[rung.status] if rung.policy_id else "当日没有施行的办法",
                ";".join(one.gap for one in rung.thresholds if one.gap) or None,
            )
            for rung in rungs
        ),
    )


def _title(one: PolicyAnswer) -> str:
    is_read = one.certain or (one.verified and one.decided is Status.UNKNOWN)
    return one.zh if is_read else f"{one.zh}({UNREAD})"


def _money(one: PolicyAnswer) -> str | None:
    return ";".join(amount.text() for amount in one.amounts) or None


def _missing(one: PolicyAnswer) -> str:
    asked = "、".join(question.zh for question in one.missing[:_ASKED])
    if len(one.missing) > _ASKED:
        asked += f"等 {len(one.missing)} 项"
    return ";".join(part for part in (asked, *one.open_points) if part)


def _basis(one: PolicyAnswer) -> str:
    paper = one.doc_number or one.issuing_body
    source = one.source[0] if one.source else "没有来源网址"
    return f"{paper} 规则 {one.rule_version[:_VERSION]} {source}"


def _cut(count: int, rows: int) -> str:
    return f"共 {count} 项,显示前 {rows} 项" if count > rows else ""
