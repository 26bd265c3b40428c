"""Ids: text outside, `[A-Za-z0-9_-]{1,64}`; row numbers exist only inside a computation."""

from __future__ import annotations

import re

from peipao.errors import InvalidInputError

ID_PATTERN = r"^[A-Za-z0-9_-]{1,64}$"
_ID = re.compile(ID_PATTERN)


def checked_id(value: str, where: str) -> str:
    """Return `value` if it is a legal id.

    Raises:
        InvalidInputError: it is not; `where` names the field.
    """
    if _ID.fullmatch(value) is None:
        raise InvalidInputError(
            where, f"编号 {value[:80]!r} 不合法", "1 至 64 位字母、数字、下划线或连字符"
        )
    return value
