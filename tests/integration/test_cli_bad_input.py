from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from command_line import Ran, Run, head_of

ENGLISH_SENTENCE = re.compile(r"[A-Za-z]{2,} [a-z]{2,} [a-z]{2,}")

# Command line; stable code; what the line has to say.
REFUSED = [
    ("frobnicate", "usage", "没有命令 'frobnicate'"),
    ("round rnu mentor", "usage", "是不是 'run'"),
    ("--frob", "usage", "没有选项 --frob"),
    ("offer list --state gone", "usage", "没有 gone;应为 'proposed', 'offered'"),
    ("keys create --lable x", "usage", "相近的有 --label"),
    (
        "round withdraw r1 --reason x",
        "usage",
        "可用:--by、--why、--rows;说明:peipao round withdraw",
    ),
    ("request list", "usage", "可用:submit、show"),
    ("round run", "usage", "缺少参数 kind"),
    ("explain n1", "usage", "缺少选项 --provider"),
    ("keys create --label x", "usage", "缺少选项 --scope"),
    ("round approve r1", "usage", "缺少选项 --by"),
    ("round withdraw r1 --by li", "usage", "缺少选项 --why"),
    ("round withdraw r1 --by li --why ''", "invalid-input", "--why:没有写明原因"),
    ("round override r1 1 --by li --why ''", "invalid-input", "--why:没有写明原因"),
    ("call cancel c1 --by li --why ''", "invalid-input", "--why:没有写明原因"),
    ("rate restate 2026-03 --by li --why ''", "invalid-input", "--why:没有写明原因"),
    ("round show r1 r2 r3", "usage", "多余的参数 r2 r3"),
    ("round run mentor --seed", "usage", "选项 --seed 后面须有取值"),
    ("demo --serve=1", "usage", "选项 --serve 后面不能有取值"),
    ("train mentor --seed x", "usage", "--seed 的取值不合适:应为整数"),
    ("train mentor --seed -1", "usage", "应不小于 0"),
    ("train mentor --seed 99999999999999999999", "usage", "应不大于 2147483647"),
    ("evaluate mentor --seed 1.5", "usage", "应为整数"),
    ("serve --port -1", "usage", "--port 的取值不合适:应不小于 0"),
    ("serve --port 65536", "usage", "应不大于 65535"),
    ("demo --projects 0", "usage", "应不小于 1"),
    ("demo --projects 1000000000", "usage", "应不大于 1000000"),
    ("round list --limit 0", "usage", "应不小于 1"),
    ("round show r1 --rows -5", "usage", "应不小于 1"),
    ("ledger tail --count 99999999999999999999999", "usage", "应不大于 10000"),
    ("kinds check nowhere", "usage", "没有 nowhere"),
    ("kinds show nope", "unknown-kind", "现有类别:association、"),
    ("round run nope", "unknown-kind", "'nope'"),
    ("round list --kind nope", "unknown-kind", "'nope'"),
    ("train mentor nope", "unknown-kind", "'nope'"),
    ("evaluate 导师", "unknown-kind", "'导师'"),
    ("train", "invalid-input", "--all"),
    ("round show r1", "not-found", "'r1'"),
    ("round check 😀", "not-found", "'😀'"),
    ("round replay ../../etc/passwd", "not-found", "没有撮合轮次"),
    ("round publish r1 --by li", "not-found", "'r1'"),
    ("explain n1 --provider m1", "not-found", "没有需求 'n1'"),
    ("keys revoke abcd2345", "not-found", "'abcd2345'"),
    ("keys create --label x --scope all", "unknown-value", "应为:admin、"),
    ("keys create --label x --scope read --days 366", "invalid-input", "1 至 365"),
    ("round run mentor --by 李四", "invalid-input", "--by"),
    ("round approve r1 --by ''", "invalid-input", "--by"),
    ("round withdraw r1 --by li --why " + "长" * 501, "invalid-input", "至多 500 个字符"),
    ("keys create --scope read --label " + "长" * 81, "invalid-input", "1 至 80 个字符"),
    ("keys create --scope read --label ''", "invalid-input", "1 至 80 个字符"),
    ("round show " + "r" * 40_000, "not-found", "rrr…"),
    ("solve nowhere.json", "invalid-input", "没有文件 nowhere.json"),
    ("solve .", "invalid-input", "没有文件 ."),
]


@pytest.mark.parametrize("row", REFUSED, ids=[row[0][:60] for row in REFUSED])
def test_what_cannot_be_done_is_one_line_that_says_what_would_be_right(
    demo: tuple[Path, Ran],
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    row: tuple[str, str, str],
) -> None:
    line, code, says = row
    monkeypatch.chdir(demo[0])
    before = head_of(demo[0])
    ran = run(*("" if word == "''" else word for word in line.split()))
    assert (ran.code, ran.refusal, ran.out) == (2, code, "")
    assert says in ran.err
    said, _, page = ran.err.partition(";说明:")
    assert not ENGLISH_SENTENCE.search(said)
    assert not page or page.rstrip().endswith("--help")
    assert head_of(demo[0]) == before
    assert not Path("peipao-error.log").exists()


def test_what_steers_a_terminal_is_shown_as_an_escape(run: Run) -> None:
    ran = run("solve", "a\x1b[2J\u202egnp\n.json")
    assert ran.refusal == "invalid-input"
    assert "a\\x1b[2J\\u202egnp\\n.json" in ran.err
    shown = run("round", "run\udcff")
    assert shown.refusal == "usage"


INSTANCE: Mapping[str, Any] = {
    "needs": [{"id": "n1"}, {"id": "n2"}],
    "providers": [{"id": "p1", "capacity": 1}, {"id": "p2", "capacity": 1}],
    "pairs": [
        {"need": "n1", "provider": "p1", "affinity": 0.9},
        {"need": "n1", "provider": "p2", "affinity": 0.8},
        {"need": "n2", "provider": "p1", "affinity": 0.7},
    ],
}
PAIR = INSTANCE["pairs"][0]
PLACES = [{"id": "p1", "capacity": 1}, {"id": "p2", "capacity": -1}]
BAD: list[tuple[str, Any, str, str]] = [
    ("unknown key", {**INSTANCE, "neds": []}, "invalid-input", "neds"),
    ("unknown inner key", {**INSTANCE, "needs": [{"id": "n1", "x": 1}]}, "invalid-input", ".x"),
    ("duplicate", {**INSTANCE, "pairs": [PAIR, PAIR]}, "invalid-input", "(n1, p1)"),
    ("pin", {**INSTANCE, "pins": [["n2", "p2"]]}, "invalid-input", "(n2, p2)"),
    ("capacity", {**INSTANCE, "providers": PLACES}, "invalid-input", "[p2]"),
    ("id", {**INSTANCE, "needs": [{"id": "需求"}]}, "invalid-input", "needs[0].id"),
    ("objective", {**INSTANCE, "objective": "best"}, "invalid-input", "best"),
    ("list", [INSTANCE], "invalid-input", "顶层"),
]
MALFORMED = [
    ('{"needs": 1e999}', "#/needs"),
    ('{"needs": NaN}', "NaN"),
    ('{"needs": "\\ud800"}', "代理"),
    ('{"needs": [], "needs": []}', "重复的键"),
    ("{", "第 1 行"),
    ("", "第 1 行"),
    ("[" * 100_000, "嵌套过深"),
]


def test_a_good_instance_is_solved_on_the_screen_and_into_a_file(run: Run) -> None:
    Path("good.json").write_text(json.dumps(INSTANCE), encoding="utf-8")
    shown = json.loads(run("solve", "good.json").out)
    assert shown["total_affinity"] == pytest.approx(1.5)
    assert [(one["need"], one["provider"]) for one in shown["matches"]] == [
        ("n1", "p2"),
        ("n2", "p1"),
    ]
    ran = run("solve", "good.json", "--out", "answer.json", "--solver", "networkx")
    assert ran.out == "已写入 answer.json\n"
    written = json.loads(Path("answer.json").read_text(encoding="utf-8"))
    assert written["certificate"]["digest"] == shown["certificate"]["digest"]
    assert sorted(path.name for path in Path().iterdir()) == ["answer.json", "good.json"]


@pytest.mark.parametrize(("body", "code", "says"), [r[1:] for r in BAD], ids=[r[0] for r in BAD])
def test_a_bad_instance_is_refused_and_the_place_named(
    run: Run, body: object, code: str, says: str
) -> None:
    Path("bad.json").write_text(json.dumps(body), encoding="utf-8")
    ran = run("solve", "bad.json", "--out", "answer.json")
    assert (ran.code, ran.refusal, ran.out) == (2, code, "")
    assert says in ran.err
    assert not Path("answer.json").exists()


@pytest.mark.parametrize(("text", "says"), MALFORMED, ids=[r[1] + r[0][:9] for r in MALFORMED])
def test_an_instance_that_is_no_sound_json_is_refused(run: Run, text: str, says: str) -> None:
    Path("bad.json").write_text(text, encoding="utf-8")
    ran = run("solve", "bad.json")
    assert (ran.code, ran.refusal, ran.out) == (2, "malformed-body", "")
    assert says in ran.err


def test_an_unknown_solver_is_refused_with_those_there_are(run: Run) -> None:
    Path("good.json").write_text(json.dumps(INSTANCE), encoding="utf-8")
    ran = run("solve", "good.json", "--solver", "magic")
    assert (ran.code, ran.refusal) == (2, "invalid-input")
    assert all(name in ran.err for name in ("auto", "dense", "networkx", "sparse"))


@pytest.mark.parametrize("command", ["openapi", "solve good.json --out"])
@pytest.mark.parametrize(
    ("place", "why"), [("nowhere/x.json", "不存在"), (".", "是文件夹"), ("f/x", "不是文件夹")]
)
def test_an_output_that_cannot_be_written_is_named(
    run: Run, command: str, place: str, why: str
) -> None:
    Path("good.json").write_text(json.dumps(INSTANCE), encoding="utf-8")
    Path("f").touch()
    ran = run(*command.split(), place)
    assert (ran.code, ran.refusal, ran.out) == (3, "file-access", "")
    assert f"{Path(place)}:" in ran.err
    assert why in ran.err


def test_the_openapi_document_is_written(run: Run) -> None:
    ran = run("openapi", "openapi.json")
    assert (ran.code, ran.out) == (0, "已写入 openapi.json\n")
    document = json.loads(Path("openapi.json").read_text(encoding="utf-8"))
    assert "/v1/rounds/{round_id}/publish" in document["paths"]
