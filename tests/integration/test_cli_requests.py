"""`peipao request` and `peipao rate` from the first word to the closed month."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from command_line import Run
from needs_office import open_office


@pytest.fixture
def office_here(run: Run) -> Run:
    """Run commands in a folder whose database holds a small office."""
    with open_office(Path(".peipao")):
        pass
    return run


def need_in(text: str) -> str:
    """Return the first id of a need in an output."""
    found = re.search(r"n-[0-9a-f]{12}", text)
    assert found
    return found[0]


def test_a_request_is_submitted_followed_and_referred(office_here: Run) -> None:
    run = office_here
    made = run("request", "submit", "p1", "--need", "mentor", "--channel", "hotline",
               "--source", "H-1", "--words", "想找导师")  # fmt: skip
    assert made.code == 0, made.err
    need = need_in(made.out)
    again = run("request", "submit", "p1", "--need", "space", "--channel", "hotline",
                "--source", "H-1")  # fmt: skip
    assert "这是第一次的" in again.out
    assert need_in(again.out) == need
    assert "已受理" in run("request", "acknowledge", need).out
    assert "o2" in run("request", "owner", need, "o2").out
    assert run("request", "comment", need, "已联系").code == 0
    referred = run("request", "refer", need, "--officer", "o1")
    assert "已转专员" in referred.out
    assert run("request", "close", need, "--reason", "other").refusal == "illegal-transition"
    assert "已转专员" in run("request", "show", "p1").plain


def test_what_cannot_be_right_is_refused_by_name(office_here: Run) -> None:
    run = office_here
    assert run("request", "submit", "p9", "--need", "mentor").refusal == "not-found"
    assert run("request", "submit", "p1", "--channel", "pigeon").refusal == "unknown-value"
    assert run("rate", "show", "--by", "weather").refusal == "unknown-value"
    assert run("rate", "show", "--first", "2026-13").refusal == "invalid-input"
    assert run("rate", "waiting", "--at", "gestern").refusal == "invalid-input"
    assert run("rate", "show", "--at", "2026-02-31").refusal == "invalid-input"
    assert "--at" in run("rate", "show", "--at", "9999-12-31").err
    assert run("rate", "restate", "2026-01", "--by", "li", "--why", "x").refusal == "not-found"
    assert run("rate", "close", "2099-01", "--by", "li").refusal == "invalid-input"


@pytest.mark.parametrize(
    ("to", "code"),
    [
        ("nobody", "invalid-input"),
        ("project:nobody", "not-found"),
        ("provider:nobody", "not-found"),
        ("officer:nobody", "not-found"),
    ],
)
def test_an_unknown_recipient_is_told_apart_from_one_without_notices(
    office_here: Run, to: str, code: str
) -> None:
    assert office_here("request", "notices", to).refusal == code
    for known in ("project:p1", "provider:o1", "officer:o1", "staff"):
        assert office_here("request", "notices", known).code == 0


def test_a_list_for_an_unknown_officer_is_refused_and_not_empty(office_here: Run) -> None:
    for kind in ("waiting", "overdue"):
        assert office_here("rate", kind, "--owner", "o9").refusal == "not-found"
        assert office_here("rate", kind, "--owner", "o1").code == 0


def test_a_source_id_of_another_project_is_named_in_the_refusal(office_here: Run) -> None:
    wanted = ("--need", "mentor", "--channel", "hotline", "--source", "H-1")
    office_here("request", "submit", "p1", *wanted)
    refused = office_here("request", "submit", "p2", *wanted)
    assert refused.refusal == "already-exists"
    assert "热线渠道的来源编号 'H-1'" in refused.err


def test_a_month_is_closed_listed_and_compared(office_here: Run) -> None:
    run = office_here
    run("request", "submit", "p1", "--need", "mentor")
    assert "共 1 项,其中逾期 0 项" in run("rate", "waiting").out
    assert "共 0 项" in run("rate", "overdue").out
    assert "合计" in run("rate", "show", "--by", "district").plain
    closed = run("rate", "close", "2026-01", "--by", "zhao")
    assert "2026-01 结账:应响应 0,期限内 0" in closed.out
    assert run("rate", "close", "2026-01", "--by", "zhao").refusal == "month-closed"
    assert "一致" in run("rate", "drift", "2026-01").out
    assert "zhao" in run("rate", "statements", "2026-01").plain


def test_a_tick_says_what_it_did(office_here: Run) -> None:
    ran = office_here("tick")
    assert ran.code == 0
    assert "逾期事件" in ran.plain


def test_a_workbook_that_cannot_be_written_is_named_and_leaves_nothing(office_here: Run) -> None:
    Path("月报").mkdir()
    for target, why in (("月报", "是文件夹"), ("没有/月报.xlsx", "不存在")):
        ran = office_here("books", "export", target, "--month", "2026-02")
        assert ran.refusal == "file-access"
        assert f"{target}:{why}" in ran.err
    backup = office_here("db", "backup", "没有/x.zip")
    assert backup.refusal == "file-access"
    assert "没有:不存在" in backup.err
    assert not list(Path().glob("*.part"))
