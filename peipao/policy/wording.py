"""Chinese that a founder understands: conditions, values and why something fails."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from peipao.policy.book import RuleBook
from peipao.policy.dates import AskedDates
from peipao.policy.evaluate import kleene
from peipao.policy.rules import Condition, Node, Rule
from peipao.policy.words import Truth, Words
from peipao.reference.policy_words import FieldWords

_TEN_THOUSAND = 10_000
_HUNDRED_MILLION = 100_000_000
_LASTING = ("个月", "年")


def plain_number(value: float) -> str:
    """Return a number without needless digits."""
    return str(int(value)) if float(value).is_integer() else f"{value:.4f}".rstrip("0")


def amount_text(value: float, unit: str) -> str:
    """Return a number with its unit: `60%`, `500 万元`, `12 个月`."""
    if unit == "%":
        return f"{plain_number(round(value * 100, 4))}%"
    if unit in _LASTING:
        return f"{plain_number(round(value, 1))} {unit}"
    if unit == "元" and value >= _HUNDRED_MILLION:
        return f"{plain_number(value / _HUNDRED_MILLION)} 亿元"
    if unit == "元" and value >= _TEN_THOUSAND:
        return f"{plain_number(value / _TEN_THOUSAND)} 万元"
    return f"{plain_number(value)} {unit}".rstrip()


def value_text(value: object, words: FieldWords) -> str:
    """Return a known value in words; nothing for sensitive facts and sets of words."""
    if words.sensitive or value is None or isinstance(value, Words):
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, int | float):
        return amount_text(value, words.unit)
    return str(value)


_COMPARED = {
    "number": {"ge": "不少于", "gt": "多于", "le": "不超过", "lt": "少于", "eq": "为"},
    "date": {"ge": "不早于", "gt": "晚于", "le": "不晚于", "lt": "早于", "eq": "为"},
}


@dataclass(frozen=True, slots=True)
class Wording:
    """Speaks of the conditions of one book."""

    book: RuleBook

    def requirement(self, condition: Condition) -> str:
        """Return what a condition asks for."""
        if condition.is_open_point:
            return self._open_point(condition.name)
        words, value = self.book.words[condition.field], condition.value
        if condition.type in _COMPARED:
            unit = words.unit if condition.type == "number" else ""
            shown = amount_text(value, unit) if condition.type == "number" else str(value)
            return f"{words.zh}{_COMPARED[condition.type][condition.op]} {shown}"
        return words.zh + self._of_words(condition)

    def _of_words(self, condition: Condition) -> str:
        value = condition.value
        if condition.type == "bool":
            return "" if value else ":不得有此情形"
        if condition.type == "policy":
            return f"中有「{self.book.rule(value).policy.zh}」"
        wanted = value if isinstance(value, tuple) else (value,)
        return ("属于" if condition.type == "multi" else "为") + self._one_of(wanted)

    def failure(self, condition: Condition, values: Mapping[str, Any], dates: AskedDates) -> str:
        """Return why a condition does not hold, with the present value unless it is sensitive."""
        if condition.is_open_point:
            return self._closed(condition, dates)
        now = value_text(values.get(condition.name), self.book.words[condition.field])
        return self.requirement(condition) + (f"(现为{now})" if now else "")

    def failures(self, rule: Rule, values: Mapping[str, Any], dates: AskedDates) -> tuple[str, ...]:
        """Return every reason why a rule fails by Kleene's rules; alternatives in one sentence."""
        truths = rule.truths(values)
        found = tuple(self._failures(rule, rule.tree, truths, values, dates))
        return tuple(dict.fromkeys(found))

    def _failures(
        self,
        rule: Rule,
        node: Node,
        truths: list[Truth],
        values: Mapping[str, Any],
        dates: AskedDates,
    ) -> list[str]:
        if isinstance(node, int):
            return [self.failure(rule.conditions[node], values, dates)]
        failed = [part for part in node.parts if kleene(part, truths) is False]
        if _is_of_window(rule, failed):
            failed = failed[1:]  # out of force says why an application comes too late
        parts = [self._failures(rule, part, truths, values, dates) for part in failed]
        if node.every or len(parts) == 1:
            return [reason for reasons in parts for reason in reasons]
        return ["以下至少满足一项:" + ";或".join("、".join(reasons) for reasons in parts)]

    def _one_of(self, words: tuple[str, ...]) -> str:
        plain = [word.split("@", 1)[0] for word in words]
        return plain[0] if len(plain) == 1 else "、".join(plain) + "之一"

    def _open_point(self, name: str) -> str:
        kind, what = name.split(":", 1)
        if kind == "@series":
            series = self.book.series[what.split(":", 1)[0]]
            return f"“{series.zh}”的数值尚未录入"
        policy = self.book.rule(what).policy
        return f"「{policy.zh}」的现行状态或起止日期未核实"

    def _closed(self, condition: Condition, dates: AskedDates) -> str:
        kind, what = condition.name.split(":", 1)
        rule = self.book.rule(what)
        window, title = rule.window, f"「{rule.policy.zh}」"
        if window.draft:
            return f"{title}为征求意见稿,尚未施行"
        day: dt.date = dates.entitlement if kind == "@in_force" else dates.application
        if window.start and day < window.start:
            return f"{title}自 {window.start} 起施行,{day} 尚未施行"
        if kind == "@open":
            return f"{title}申请截止于 {window.apply_until}"
        successor = rule.policy.superseded_by
        after = f",现行为「{self.book.rule(successor).policy.zh}」" if successor else ""
        return f"{title}已于 {window.entitled_until} 到期{after}"


def _is_of_window(rule: Rule, failed: list[Node]) -> bool:
    names = [rule.conditions[n].name for n in failed[:2] if isinstance(n, int)]
    return [name.split(":", 1)[0] for name in names] == ["@open", "@in_force"]
