"""Runs `peipao` in this process, or in one of its own where that is what is tested."""

from __future__ import annotations

import datetime as dt
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from peipao.clock import FixedClock
from peipao.config import Settings
from serving.cli.main import main
from serving.wiring import Peipao, wire

ERROR = re.compile(r"^错误 \[(?P<code>[a-z-]+)\] \S.*$")


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def refusal(self) -> str:
        """Return the stable code of the error; there must be exactly one line of it."""
        (line,) = self.err.splitlines()
        found = ERROR.match(line)
        assert found is not None, line
        return found["code"]

    @property
    def plain(self) -> str:
        """Return the output without blanks and the lines of tables: wrapping is no matter."""
        return plain(self.out)


Run = Callable[..., Ran]


def plain(text: str) -> str:
    """Return text without blanks and the lines of tables."""
    return re.sub(r"[\s│┃─━┏┓┡┩└┘┳╇┴]+", "", text)


def runner(capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs a command line in this process."""

    def run(*arguments: object) -> Ran:
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main([str(one) for one in arguments])
        said = capsys.readouterr()
        assert isinstance(left.value.code, int)
        return Ran(left.value.code, said.out, said.err)

    return run


def environment(given: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return this process's environment without any setting of peipao, and with what is given."""
    around = os.environ.items()  # noqa: TID251  what a process of its own inherits
    kept = {name: value for name, value in around if not name.startswith("PEIPAO_")}
    return {**kept, "PYTHONUTF8": "1", **(given or {})}


def command_of(*arguments: object) -> list[str]:
    """Return the command line of a process of its own."""
    return [sys.executable, "-m", "serving.cli.main", *(str(one) for one in arguments)]


def apart(folder: Path, *arguments: object, given: Mapping[str, str] | None = None) -> Ran:
    """Run a command line in a process of its own."""
    done = subprocess.run(
        command_of(*arguments),
        cwd=folder,
        env=environment(given),
        capture_output=True,
        check=False,
        timeout=300,
    )
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())


@contextmanager
def looked_into(folder: Path) -> Iterator[Peipao]:
    """Yield the service on the home of a working folder, at the time of its last ledger line."""
    peipao = wire(Settings(home=folder / ".peipao"), last_clock(folder))
    try:
        yield peipao
    finally:
        peipao.close()


def head_of(folder: Path) -> str:
    """Return the sequence number of the last ledger line of a working folder."""
    return _ledger_max(folder, "sequence")


def last_clock(folder: Path) -> FixedClock:
    """Return a clock that stands at the time of the last ledger line of a working folder."""
    return FixedClock(dt.datetime.fromisoformat(_ledger_max(folder, "at")))


def _ledger_max(folder: Path, column: str) -> str:
    with closing(sqlite3.connect(folder / ".peipao" / "peipao.db")) as database:
        return str(database.execute(f"SELECT max({column}) FROM ledger").fetchone()[0])


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ran]:
    """A working folder after `peipao demo`, and what that printed; look, do not touch."""
    folder = tmp_path_factory.mktemp("demo") / "陪跑 演示"
    folder.mkdir()
    return folder, apart(folder, "demo", "--projects", 40)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command line in an empty working folder, without any setting."""
    around = list(os.environ)  # noqa: TID251  none of it may reach the command
    for name in [name for name in around if name.startswith("PEIPAO_")]:
        monkeypatch.delenv(name)
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return runner(capsys)


@pytest.fixture
def run_demo(demo: tuple[Path, Ran], run: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command line in a copy of the demo's working folder, at the time the demo ended.

    A draft holds for its day: the tests must not see midnight pass between the two.
    """
    clock = last_clock(demo[0])
    monkeypatch.setattr("serving.wiring.SystemClock", lambda: clock)
    shutil.copytree(demo[0] / ".peipao", Path.cwd() / ".peipao")
    return run
