"""`peipao policy …`: the policy calculator."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from peipao.errors import InvalidInputError
from peipao.policy.wording import plain_number
from serving.cli.files import write_whole
from serving.cli.help import command, group
from serving.cli.screen import progress, say, table
from serving.cli.session import DEFAULT_BY, By, Rows, opened

if TYPE_CHECKING:
    from serving.usecases.policy_check import Asking
    from serving.usecases.policy_rules import Conditions
    from serving.wiring import Peipao

app = group(
    "政策计算器:某日某项目能享受哪些政策、还差什么、还要问什么。",
    "peipao policy check p0001 --date 2026-05-01 --set staff=12",
    "policy",
)
Date = Annotated[str | None, typer.Option("--date", help="日期 YYYY-MM-DD;省略为今天")]
Sets = Annotated[
    list[str] | None,
    typer.Option("--set", help="字段=取值,可多次;字段可用编号、中文名或别名,如 员工=12"),
]
File = Annotated[
    Path | None, typer.Option("--file", help="JSON 文件 {字段: 取值};个人信息宜用文件而非 --set")
]


@command(app, "peipao policy check p0001 --date 2026-05-01 --set staff=12")
def check(
    project: Annotated[
        str | None, typer.Argument(help="项目编号;省略则只按 --set 与 --file 测算")
    ] = None,
    date: Date = None,
    apply: Annotated[str | None, typer.Option("--apply", help="申请日期;省略同 --date")] = None,
    sets: Sets = None,
    file: File = None,
    policy: Annotated[list[str] | None, typer.Option(help="只查这项政策,可多次")] = None,
    everything: Annotated[bool, typer.Option("--all", help="也列出不符合的政策")] = False,
    out: Annotated[Path | None, typer.Option(help="完整答复写入此文件 (JSON)")] = None,
    rows: Rows = 20,
) -> None:
    """测算政策;--set 假设某些事实改变(如多招几人),不会保存。"""
    from serving.cli.policy_tables import show_report

    with opened() as peipao:
        report = _asked(peipao, project, _asking(peipao, (date, apply), sets, file, policy))
        if out is not None:
            from serving.api.policy_answers import report_json

            text = json.dumps(report_json(report), ensure_ascii=False, indent=1, default=str)
            write_whole(out, text + "\n")
            say(f"已写入 {out}")
            return
        show_report(report, rows, everything=everything)


@command(app, "peipao policy ask p0001")
def ask(
    project: Annotated[str, typer.Argument(help="项目编号")],
    date: Date = None,
    rows: Rows = 10,
) -> None:
    """列出下一步最值得问创业者的问题:一问能定下最多政策的排在最前。"""
    from serving.cli.policy_tables import show_questions

    with opened() as peipao:
        report = _asked(peipao, project, _asking(peipao, (date, None), None, None, None))
        say(report.summary)
        show_questions(report.questions, rows)
        if not report.questions:
            say("没有需要再问的:已有事实足以得出全部结论")


@command(app, "peipao policy bank --date 2026-05-01 --against 2026-04-30")
def bank(
    date: Date = None,
    against: Annotated[
        str | None, typer.Option("--against", help="与哪一天比较;省略为前一天")
    ] = None,
    open_needs: Annotated[
        bool, typer.Option("--open-needs", help="为新符合政策而无专员需求的项目提出专员需求")
    ] = False,
    by: By = DEFAULT_BY,
    rows: Rows = 20,
) -> None:
    """全部项目对全部政策,以及与另一天相比的变化。"""
    from serving.api.policy_answers import day_of
    from serving.cli.policy_tables import show_bank

    with opened() as peipao:
        with progress("政策总表") as tell:
            report = peipao.check_bank(
                by=by,
                day=day_of(date, "--date"),
                against=day_of(against, "--against"),
                open_needs=open_needs,
                progress=tell,
            )
        show_bank(report, rows)


@command(app, "peipao policy facts p0001 --set 毕业日期=2024-06-30 --source officer")
def facts(
    project: Annotated[str, typer.Argument(help="项目编号")],
    sets: Sets = None,
    file: File = None,
    as_of: Annotated[str | None, typer.Option("--as-of", help="何日的情况;省略为今天")] = None,
    source: Annotated[
        str, typer.Option(help="来源:register、department、document、officer、founder")
    ] = "founder",
    forget: Annotated[list[str] | None, typer.Option("--forget", help="删除此字段,可多次")] = None,
    by: By = DEFAULT_BY,
) -> None:
    """登记、删除和查看项目的政策事实;加密保存,只供政策测算,不参与排序。"""
    from serving.api.policy_answers import day_of

    with opened() as peipao:
        stated = _stated(peipao, sets, file)
        if stated:
            told = peipao.tell_facts(
                project, stated, by=by, as_of=day_of(as_of, "--as-of"), source=source
            )
            say(f"已登记 {told.stored} 项(相同的不重复登记)")
        if forget:
            say(f"已删除 {peipao.tell_facts.forget(project, forget, by=by).forgotten} 条")
        table(
            f"{project} 的政策事实",
            ("字段", "名称", "取值", "日期", "来源", "置信度"),
            (
                (one.name, one.zh, _plain(one.value), one.as_of, one.source, one.confidence)
                for one in peipao.tell_facts.of_project(project)
            ),
        )


@command(app, "peipao policy list", "list")
def list_policies() -> None:
    """列出全部政策:编号、名称、发文机关、起止日期、是否核实。"""
    shown = _rules()()
    table(
        f"政策 {len(shown)} 项",
        ("编号", "名称", "发文机关", "自", "至", "条文"),
        (
            (
                one.id,
                one.zh,
                one.issuing_body,
                one.valid_from,
                one.valid_to,
                "已核实" if one.verified else "未核实",
            )
            for one in shown
        ),
    )


@command(app, "peipao policy show qd-startup-subsidy-2025")
def show(policy: Annotated[str, typer.Argument(help="政策编号,见 peipao policy list")]) -> None:
    """列出一项政策的条件、要问的事实、材料与来源。"""
    found = _rules().one(policy)
    one = found.policy
    say(f"{one.zh}({one.issuing_body}{one.doc_number or ''})")
    say("条文已核实" if one.verified else "条文未核实,以发文机关答复为准")
    if one.unverified_parts:
        say(f"其中未核实:{'、'.join(one.unverified_parts)}")
    for line in _lines(found.conditions, 0):
        say(line)
    table("要问的事实", ("字段", "问法"), found.asked.items())
    say(found.documents_text)
    for address in one.source:
        say(f"来源:{address}")
    say(f"规则 {one.rule_version}")


@command(app, "peipao policy lint")
def lint(
    file: Annotated[
        Path | None, typer.Argument(help="policies.yaml;省略则检查正在使用的政策文件")
    ] = None,
) -> None:
    """检查政策文件:未知字段、自相矛盾或永真的条件、循环依赖、缺少来源。"""
    from peipao.policy.lint import has_errors

    findings = _rules(checking=True).lint(_rule_text(file))
    for finding in findings:
        say(finding.text())
    if has_errors(findings):
        raise InvalidInputError("policies.yaml", "有错误,不能使用", "按上面各行改正")
    say(f"可以使用;提示与警告 {len(findings)} 条")


def _asked(peipao: Peipao, project: str | None, asking: Asking) -> Any:  # noqa: ANN401  lazy type
    if project is None:
        return peipao.check_policies.profile(asking)
    return peipao.check_policies.project(project, asking)


def _asking(
    peipao: Peipao,
    days: tuple[str | None, str | None],
    sets: Sequence[str] | None,
    file: Path | None,
    policies: Sequence[str] | None,
) -> Asking:
    from serving.api.policy_answers import day_of
    from serving.usecases.policy_check import Asking

    return Asking(
        day=day_of(days[0], "--date"),
        application_day=day_of(days[1], "--apply"),
        facts=_stated(peipao, sets, file),
        policies=tuple(policies or ()),
        personal=True,  # whoever has the key file and the database can read them anyway
    )


def _stated(peipao: Peipao, sets: Sequence[str] | None, file: Path | None) -> dict[str, object]:
    from serving.api.strict_json import parse_strict

    texts: dict[str, str] = {}
    for one in sets or ():
        name, found, text = one.partition("=")
        if not found or not name.strip():
            raise InvalidInputError("--set", "缺少等号", "字段=取值")
        if name in texts:
            raise InvalidInputError("--set", "同一字段写了两次", "每个字段只写一次")
        texts[name] = text
    stated = peipao.tell_facts.from_text(texts)
    if file is None:
        return stated
    body = parse_strict(file.read_bytes())
    if not isinstance(body, dict):
        raise InvalidInputError("--file", "顶层不是对象", "{字段: 取值}")
    return {**body, **stated}


def _rules(*, checking: bool = False) -> Any:  # noqa: ANN401  the service is imported late
    from peipao.config import load_settings
    from peipao.errors import ReferenceDataError
    from peipao.policy.calculator import Calculator
    from peipao.reference.loader import load_reference
    from serving.usecases.policy_rules import ShowPolicies

    try:
        reference = load_reference(load_settings().reference_dir)
    except ReferenceDataError:
        if not checking:
            raise
        reference = load_reference()  # the file that is looked at may be the one that is wrong
    return ShowPolicies(Calculator.of(reference))


def _rule_text(file: Path | None) -> str:
    from importlib.resources import files

    from peipao.config import load_settings
    from serving.usecases.policy_rules import rule_file

    path = file or rule_file(load_settings().reference_dir)
    try:
        if path is None:
            return files("peipao.reference").joinpath("policies.yaml").read_text(encoding="utf-8")
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise InvalidInputError(str(path), "不是 UTF-8 编码的文本", "UTF-8") from None


def _lines(node: Conditions, depth: int) -> list[str]:
    indent = "  " * depth
    if isinstance(node, str):
        return [f"{indent}· {node}"]
    ((key, parts),) = node.items()
    head = f"{indent}{'全部满足:' if key == 'all' else '至少一项:'}"
    return [head, *(line for part in parts for line in _lines(part, depth + 1))]


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return "、".join(map(str, value)) or "(无)"
    return plain_number(value) if isinstance(value, float) else str(value)
