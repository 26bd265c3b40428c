from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peipao.errors import MalformedBodyError
from serving.api.strict_json import MAX_INTEGER, parse_strict

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=8)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-MAX_INTEGER, MAX_INTEGER)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=12,
)


@given(value=JSON)
def test_what_is_clean_is_read_as_the_standard_reader_reads_it(value: object) -> None:
    assert parse_strict(json.dumps(value).encode()) == value


@pytest.mark.parametrize(
    ("body", "where", "says"),
    [
        (b'{"a": NaN}', "#", "NaN"),
        (b'{"a": -Infinity}', "#", "Infinity"),
        (b'{"a": [1, 1e999]}', "#/a/1", "有限的数"),
        (b'{"a": {"b": "\\ud800"}}', "#/a/b", "代理字符"),
        (b'{"\\udfff": 1}', "#", "代理字符"),
        (b'{"a/b": "x\\u0000"}', "#/a~1b", "NUL"),
        (b'{"a": 9007199254740993}', "#/a", "2^53-1"),
        (b'{"a": ' + b"9" * 5000 + b"}", "#", "整数位数过多"),
        (b'{"a": 1, "a": 2}', "#", "重复的键"),
        (b"[" * 33 + b"]" * 33, "#" + "/0" * 32, "嵌套过深"),
        (b"[" * 200_000, "#", "嵌套过深"),
        (b'{"a": 1', "第 1 行第 8 列", "不是合法的 JSON"),
        (b"\xef\xbb\xbf{}", "第 1 行第 1 列", "不是合法的 JSON"),
        (b'{"a": "\xff"}', "第 8 字节", "UTF-8"),
        (b'{"a": "\xed\xa0\x80"}', "第 8 字节", "UTF-8"),
        (b"", "第 1 行第 1 列", "不是合法的 JSON"),
    ],
    ids=lambda value: repr(value[:24]),
)
def test_what_readers_understand_differently_is_refused_at_its_place(
    body: bytes, where: str, says: str
) -> None:
    with pytest.raises(MalformedBodyError) as error:
        parse_strict(body)
    assert error.value.where == where
    assert says in str(error.value)


def test_a_nesting_at_the_limit_is_read() -> None:
    assert json.dumps(parse_strict(b"[" * 32 + b"]" * 32)) == "[" * 32 + "]" * 32
