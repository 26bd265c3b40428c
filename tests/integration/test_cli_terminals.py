from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest
from command_line import Ran, Run, apart, command_of, environment, looked_into
from hard_instances import hard_instance
from rich.cells import cell_len

from serving.cli.screen import OUT
from serving.usecases.drafts import ProjectDraft

PLAIN = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


def test_an_ascii_locale_still_gets_chinese(tmp_path: Path) -> None:
    good = apart(tmp_path, "kinds", "list", given=PLAIN)
    assert good.code == 0
    assert "创业导师" in good.out
    bad = apart(tmp_path, "kinds", "show", "导师", given=PLAIN)
    assert (bad.code, bad.refusal) == (2, "unknown-kind")


def test_an_encoding_that_lacks_a_sign_gets_a_question_mark(
    demo: tuple[Path, Ran], tmp_path: Path
) -> None:
    shutil.copytree(demo[0] / ".peipao", tmp_path / ".peipao")
    done = subprocess.run(
        command_of("doctor"),
        cwd=tmp_path,
        env=environment({"PYTHONUTF8": "0", "PYTHONIOENCODING": "gb2312"}),
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0
    assert "哈希链完整" in done.stdout.decode("gb2312")


def test_a_reader_that_goes_away_ends_the_command_quietly(demo: tuple[Path, Ran]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        command_of("kinds", "list"),
        cwd=demo[0],
        env=environment(),
        stdout=writing,
        stderr=subprocess.PIPE,
        check=False,
        timeout=120,
    )
    os.close(writing)
    assert done.returncode == 1
    assert done.stderr == b""


def test_a_demo_stopped_from_the_keyboard_leaves_whole_books_and_goes_on_later(
    tmp_path: Path, run: Run
) -> None:
    # A test run in the background is deaf to the keyboard, and so would be what it starts.
    started = subprocess.Popen(
        ["env", "--default-signal=INT", *command_of("demo", "--projects", 40)],
        cwd=Path.cwd(),
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    assert started.stderr is not None
    with started, started.stderr as said:
        assert said.readline().startswith("✓ 建立数据库")
        assert said.readline().startswith("✓ 示例城市")
        started.send_signal(signal.SIGINT)
        rest = said.read().splitlines()
    # Stopped while a library makes code of a text, Python itself ends by the signal in the end,
    # whatever is asked for; a shell says 130 of both.
    assert started.returncode in {130, -signal.SIGINT}
    assert rest[-1].startswith("错误 [aborted] ")
    assert not any("Traceback" in line for line in rest)
    assert run("ledger", "verify").code == 0
    assert "项目 68" in run("db", "status").out
    assert not Path("peipao-error.log").exists()


def test_a_solve_stopped_from_the_keyboard_answers_with_the_best_so_far_and_the_gap(
    tmp_path: Path,
) -> None:
    (tmp_path / "hard.json").write_text(json.dumps(hard_instance()), encoding="utf-8")
    started = subprocess.Popen(
        [
            "env",
            "--default-signal=INT",
            *command_of("solve", "hard.json", "--out", "answer.json", "--time-limit", 3000),
        ],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    assert started.stderr is not None
    with started:
        assert "已搜索 0 秒:最好 " in started.stderr.readline()
        started.send_signal(signal.SIGINT)
        out, rest = started.communicate(timeout=120)
    assert (started.returncode, out) == (0, "已写入 answer.json\n")
    assert "Traceback" not in rest
    answer = json.loads((tmp_path / "answer.json").read_text(encoding="utf-8"))
    assert answer["status"] == "bounded"
    assert 0 < answer["objective_value"] < answer["bound"]
    assert answer["certificate"]["gap_units"] > 0


def test_a_name_with_markup_and_directions_cannot_steer_the_screen(run_demo: Run) -> None:
    name = "[bold]红😀\u202e公司[/bold]"
    with looked_into(Path.cwd()) as peipao:
        draft = ProjectDraft(
            name=name,
            stage="startup",
            attributes={"district": "laoshan", "industries": ["artificial-intelligence"]},
            open_stage_needs=True,
        )
        peipao.add_project(draft, by="tests")
    ran = run_demo("round", "run", "mentor", "--rows", 100)
    assert ran.code == 0
    assert "[bold]红😀\\u202e公司[/bold]" in ran.plain
    assert "\u202e" not in ran.out


@pytest.mark.parametrize("width", [40, 200])
def test_tables_keep_to_the_width_of_the_screen(
    run_demo: Run, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setattr(OUT, "width", width)
    for command in ("kinds list", "round list", "ledger tail"):
        lines = run_demo(*command.split()).out.splitlines()
        assert max(map(cell_len, lines)) <= width
