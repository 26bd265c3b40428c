"""The option parser's English, in Chinese: one table for usage errors and for help pages."""

from __future__ import annotations

import re
from collections.abc import Sequence

_Table = Sequence[tuple[re.Pattern[str], str]]


def _table(*rows: tuple[str, str]) -> _Table:
    return [(re.compile(pattern), chinese) for pattern, chinese in rows]


_ERRORS = _table(
    (r"^No such command (.+?)\. Did you mean (.+)\?$", r"没有命令 \1;是不是 \2"),
    (r"^No such command (.+?)\.$", r"没有命令 \1"),
    (r"^No such option: (\S+)(?: \(Possible options: (.+)\))$", r"没有选项 \1;相近的有 \2"),
    (r"^No such option: (\S+)$", r"没有选项 \1"),
    (r"^Missing argument '?(.+?)'?\.$", r"缺少参数 \1"),
    (r"^Missing option '?(.+?)'?\.$", r"缺少选项 \1"),
    (r"^Missing command\.$", "缺少命令"),
    (r"^Got unexpected extra argument\(s\) \((.+)\)$", r"多余的参数 \1"),
    (r"^Option '(.+?)' requires an argument\.$", r"选项 \1 后面须有取值"),
    (r"^Option '(.+?)' does not take a value\.$", r"选项 \1 后面不能有取值"),
    (r"^Invalid value for '?(.+?)'?: ", r"\1 的取值不合适:"),
    (r"Value error, '(.*?)' is not one of (.+?)\.$", r"没有 \1;应为 \2"),
    (r"Input should be a valid integer.*$", "应为整数"),
    (r"Input should be greater than or equal to (\S+)$", r"应不小于 \1"),
    (r"Input should be less than or equal to (\S+)$", r"应不大于 \1"),
    (r"Unable to parse input string as an integer, exceeded maximum size$", "应为整数,位数过多"),
    (r"(?:dir|path|file) '(.+)' does not exist\.$", r"没有 \1"),
    (r"dir '(.+)' is a file\.$", r"\1 是文件;应为文件夹"),
    (r"(?:dir|path|file) '(.+)' is not readable\.$", r"\1 不可读"),
)
_HELP = _table(
    (r"\[OPTIONS\]", "[选项]"),
    (r"COMMAND \[ARGS\]\.\.\.", "命令 …"),
    (r"Show this message and exit\.", "显示本说明"),
    (r"\[default: ", "[默认:"),
    (r"(\S+)<=x<=(\S+?)(?=[;\]])", r"\1 至 \2"),
    (r"x>=(\S+?)(?=[;\]])", r"不小于 \1"),
    (r"\brequired\]", "必填]"),
    (r"<int(?: range)?>", "<整数>"),
    (r"<float(?: range)?>", "<数>"),
    (r"<str>|<list\[str\]>", "<文本>"),
    (r"<(?:dir|directory|file|path)>", "<路径>"),
)


def error_in_chinese(message: str) -> str:
    """Return a usage error of the option parser in Chinese; what is not known stays as it is."""
    return _worded(_ERRORS, " ".join(message.split()))


def help_in_chinese(text: str) -> str:
    """Return what the option parser writes around our own help texts in Chinese."""
    return _worded(_HELP, text)


def _worded(table: _Table, text: str) -> str:
    for pattern, chinese in table:
        text = pattern.sub(chinese, text)
    return text
