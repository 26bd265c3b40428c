"""One form of a text: width, case, traditional characters, invisible marks, broken lines."""

from __future__ import annotations

import functools
import importlib
import re
import unicodedata
from collections.abc import Callable
from typing import cast

_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_CHINESE = re.compile(f"[{_HAN}\U00020000-\U0003ffff]")
_BROKEN_LINE = re.compile(rf"(?<=[{_HAN}])[ \t]*-?[ \t]*[\r\n]+[ \t]*(?=[{_HAN}])")
_SPACED_OUT = re.compile(rf"(?<![{_HAN}])[{_HAN}](?:[ \t]+[{_HAN}]){{2,}}(?![{_HAN}])")
_BLANKS = re.compile(r"[ \t]+")
_HYPHENATED = re.compile(r"(?<=[a-z])-[ \t]*[\r\n]+[ \t]*(?=[a-z])")


def folded(text: str) -> str:
    """Return the text as all words are looked for in it.

    Full-width forms become ordinary ones (NFKC), letters small, traditional characters simplified.
    Invisible marks go. What only a scan or a copied page puts between characters goes too: a line
    that breaks between two Chinese characters, a Latin word cut at the end of a line, and blanks
    between three or more single Chinese characters.
    """
    plain = unicodedata.normalize("NFKC", text).lower()
    if not plain.isprintable():  # as a text with invisible marks never is
        plain = "".join(mark for mark in plain if unicodedata.category(mark) != "Cf")
    plain = _SPACED_OUT.sub(lambda found: _BLANKS.sub("", found[0]), plain)
    plain = _HYPHENATED.sub("", _BROKEN_LINE.sub("", plain))
    return plain if _is_simplified(plain) else _simplified()(plain)


def _is_simplified(text: str) -> bool:
    """Return whether every Chinese character is of GB 2312, which holds simplified ones alone.

    Such a text needs no conversion, and it is the rule: the dictionaries stay on the disk.
    """
    try:
        "".join(_CHINESE.findall(text)).encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


@functools.cache
def _simplified() -> Callable[[str], str]:
    return cast("Callable[[str], str]", importlib.import_module("opencc").OpenCC("t2s").convert)
