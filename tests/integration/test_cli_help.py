from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

import pytest
import typer
from command_line import Run
from rich.cells import cell_len
from typer.core import TyperCommand, TyperGroup

from serving.cli.main import app
from serving.cli.screen import OUT

ROOT = typer.main.get_command(app)
ENGLISH = re.compile(r"Usage|Options|Commands|Arguments|Show this|required|default|range")


def pages(one: object = ROOT, path: str = "") -> Iterator[tuple[str, TyperCommand | TyperGroup]]:
    """Yield every command and group with the words that lead to it."""
    assert isinstance(one, TyperCommand | TyperGroup)
    yield path, one
    for name, below in one.commands.items() if isinstance(one, TyperGroup) else ():
        yield from pages(below, f"{path} {name}".strip())


ALL = dict(pages())


@pytest.mark.parametrize("path", ALL)
def test_every_help_page_is_chinese_and_ends_with_an_example(run: Run, path: str) -> None:
    ran = run(*path.split(), "--help")
    assert ran.code == 0
    assert ran.out.startswith(f"用法:peipao {path}".rstrip())
    assert re.search(r"[\u4e00-\u9fff]{2}", ran.out.splitlines()[2])
    assert ran.out.splitlines()[-1].startswith("例:peipao ")
    assert not ENGLISH.search(ran.out)


@pytest.mark.parametrize("path", ALL)
def test_what_stands_in_brackets_on_a_help_page_is_closed(run: Run, path: str) -> None:
    lines = run(*path.split(), "--help").out
    assert lines.count("[") == lines.count("]")


@pytest.mark.parametrize("path", [path for path in ALL if isinstance(ALL[path], TyperCommand)])
def test_every_example_is_a_command_line_that_is_understood(path: str) -> None:
    words = shlex.split(ALL[path].epilog or "")
    own = ["peipao", *path.split()]
    assert words[: len(own)] == own
    ALL[path].make_context(path, words[len(own) :]).close()


@pytest.mark.parametrize("width", [40, 80, 120])
@pytest.mark.parametrize("path", ALL)
def test_no_line_of_a_help_page_is_wider_than_the_screen(
    run: Run, monkeypatch: pytest.MonkeyPatch, path: str, width: int
) -> None:
    monkeypatch.setattr(OUT, "width", width)
    lines = run(*path.split(), "--help").out.splitlines()
    assert max(map(cell_len, lines)) <= width


@pytest.mark.parametrize("path", [path for path in ALL if isinstance(ALL[path], TyperGroup)])
def test_a_group_alone_shows_its_help_as_a_usage_error(run: Run, path: str) -> None:
    alone, asked = run(*path.split()), run(*path.split(), "--help")
    assert (alone.code, alone.out) == (2, "")
    assert alone.err == asked.out
