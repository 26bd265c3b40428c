"""What people say in their own words, and when: the checks that all of it shares."""

from __future__ import annotations

import datetime as dt
import unicodedata

from peipao.errors import InvalidInputError

LONGEST_WORDS = 2_000
_SLACK = dt.timedelta(minutes=5)
_LINES = {"\n", "\t"}


def checked_words(words: str, where: str, *, least: int = 0) -> str:
    """Return the words without outer blanks, their lines ended as here: forms end them by CRLF.

    Raises:
        InvalidInputError: too short, too long, or with characters that nobody types.
    """
    said = words.replace("\r\n", "\n").strip()
    strange = any(unicodedata.category(one) in {"Cc", "Cs"} for one in said if one not in _LINES)
    if not least <= len(said) <= LONGEST_WORDS or strange:
        right = f"{least} 至 {LONGEST_WORDS} 个字符,不含控制字符"
        raise InvalidInputError(where, "文字不合适", right)
    return said


def not_in_future(at: dt.datetime, now: dt.datetime, where: str) -> None:
    """Refuse a time that has not come yet; clocks of others may be five minutes ahead.

    Raises:
        InvalidInputError: names the field.
    """
    if at > now + _SLACK:
        raise InvalidInputError(where, "时间在将来", "事情发生的时间,不晚于现在")
