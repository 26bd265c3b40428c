"""A JSON reader that refuses what readers understand differently, naming the place."""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

from peipao.errors import MalformedBodyError

MAX_DEPTH = 32
MAX_INTEGER = 2**53 - 1
"""Larger integers are not exact in every JSON reader (RFC 7493)."""


class _Refusal(ValueError):  # noqa: N818  never leaves this module
    """Carries a problem out of the standard reader's hooks."""


def parse_strict(body: bytes) -> Any:  # noqa: ANN401  any JSON value
    """Return the value of a JSON text in UTF-8.

    Raises:
        MalformedBodyError: not UTF-8, not JSON, NaN or an infinity, a repeated key, a lone
            surrogate, a NUL character, an integer beyond 2^53, or nesting deeper than 32.
    """
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedBodyError(f"第 {error.start + 1} 字节", "不是 UTF-8 编码", "UTF-8") from None
    try:
        value = json.loads(text, parse_constant=_no_constant, object_pairs_hook=_no_repeated_key)
    except _Refusal as error:
        raise MalformedBodyError("#", str(error)) from None
    except json.JSONDecodeError as error:
        where = f"第 {error.lineno} 行第 {error.colno} 列"
        raise MalformedBodyError(where, "不是合法的 JSON", "RFC 8259 的 JSON") from None
    except RecursionError:
        raise MalformedBodyError("#", "嵌套过深", f"至多 {MAX_DEPTH} 层") from None
    except ValueError:
        raise MalformedBodyError("#", "整数位数过多", "绝对值不超过 2^53-1") from None
    _check(value, "#", 0)
    return value


def _no_constant(_name: str) -> NoReturn:
    raise _Refusal("含有 NaN 或 Infinity;应为:有限的数")


def _no_repeated_key(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Refusal("同一对象中有重复的键;应为:每个键只出现一次")
    return found


def _check(value: object, where: str, depth: int) -> None:
    if isinstance(value, str):
        _check_text(value, where)
    elif isinstance(value, int):
        _check_integer(value, where)
    elif isinstance(value, float):
        _check_float(value, where)
    elif value is not None:
        _check_members(value, where, depth + 1)


def _check_members(value: object, where: str, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise MalformedBodyError(where, "嵌套过深", f"至多 {MAX_DEPTH} 层")
    if isinstance(value, dict):
        for key, member in value.items():
            _check_text(key, where)
            _check(member, f"{where}/{escaped(key)}", depth)
    elif isinstance(value, list):
        for place, member in enumerate(value):
            _check(member, f"{where}/{place}", depth)


def _check_text(text: str, where: str) -> None:
    if "\x00" in text:
        raise MalformedBodyError(where, "文本含有 NUL 字符", "不含控制字符 U+0000 的文本")
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise MalformedBodyError(where, "文本含有不成对的代理字符", "合法的 Unicode 文本")


def _check_integer(number: int, where: str) -> None:
    if abs(number) > MAX_INTEGER:
        raise MalformedBodyError(where, "整数过大", "绝对值不超过 2^53-1")


def _check_float(number: float, where: str) -> None:
    if not math.isfinite(number):
        raise MalformedBodyError(where, "数值超出范围", "有限的数")


def escaped(key: str) -> str:
    """Return a key as a JSON pointer token (RFC 6901), cut to 80 characters."""
    return key[:80].replace("~", "~0").replace("/", "~1")
