"""Work that tells how far it is, line by line, and stops when nobody listens any more."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from starlette.requests import Request

from peipao.errors import InvalidInputError
from serving.api.told import LINES, Progress, told, wants_lines

NAMED = "残疾人张三"


def lines(work: Any) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in told(work, "/v1/work")]


def test_steps_come_first_and_the_result_last() -> None:
    def work(tell: Progress) -> object:
        tell("读取", 0.0)
        tell("测算", 0.5)
        return {"projects": 3}

    assert lines(work) == [
        {"doing": "读取", "share": 0.0},
        {"doing": "测算", "share": 0.5},
        {"result": {"projects": 3}},
    ]


def test_a_refusal_is_the_last_line() -> None:
    def work(tell: Progress) -> object:
        raise InvalidInputError("date", "日期超出范围", "2000-01-01 至今")

    [line] = lines(work)
    assert line["problem"]["code"] == "invalid-input"
    assert line["problem"]["status"] == 422


def test_a_defect_is_the_last_line_without_anybodys_data(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def work(tell: Progress) -> object:
        raise RuntimeError(NAMED)

    with caplog.at_level(logging.ERROR):
        [line] = lines(work)
    assert line["problem"]["code"] == "internal-error"
    assert NAMED not in str(line)
    assert NAMED not in caplog.text
    assert "RuntimeError" in caplog.text


def test_work_ends_at_its_next_step_when_the_caller_hangs_up() -> None:
    heard, ended, done = threading.Event(), threading.Event(), []

    def work(tell: Progress) -> object:
        try:
            tell("测算", 0.1)
            heard.wait(10)
            tell("保存", 0.9)
            done.append("saved")
        finally:
            ended.set()
        return None

    answer: Iterator[bytes] = told(work, "/v1/work")
    next(answer)
    answer.close()  # type: ignore[attr-defined]  # a generator
    heard.set()
    assert ended.wait(10)
    assert done == []


def asks(accept: str) -> bool:
    return wants_lines(Request({"type": "http", "headers": [(b"accept", accept.encode())]}))


def test_lines_are_sent_to_those_who_ask_for_them() -> None:
    assert asks(LINES)
    assert asks("application/json, Application/X-NDJSON;q=0.5")
    assert not asks("*/*")
    assert not asks("")
