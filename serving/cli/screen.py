"""What the command line draws: errors, progress and tables."""

from __future__ import annotations

import io
import sys
import time
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

_PAGE = 120
"""Columns of a table when the output is a file or a pipe."""

OUT = Console(highlight=False, emoji=False)
if not OUT.is_terminal:
    OUT.width = _PAGE
ERR = Console(stderr=True, highlight=False, emoji=False)

_LONGEST = 2_000
"""Characters of an error line: what somebody typed is repeated, but not forty thousand of it."""

Report = Callable[[str, float], None]
"""Takes what is being done, in Chinese, and the share done in [0, 1]."""

_UNSEEN = {"Cc", "Cs", "Zl", "Zp"}
_DIRECTIONS = {*"\u200e\u200f\u061c", *map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A)))}


def ready_streams() -> None:
    """Let the output carry Chinese wherever it goes, instead of failing half-way.

    A plain ASCII locale is one that nobody has set, so UTF-8 is written; in any other encoding
    what it lacks becomes a question mark.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            ascii_only = stream.encoding.lower().replace("_", "-") in {"ascii", "us-ascii", "646"}
            stream.reconfigure(
                encoding="utf-8" if ascii_only else stream.encoding, errors="replace"
            )


def shown(text: str) -> str:
    """Return text on one line that cannot steer a terminal: control characters become escapes."""
    if text.isprintable():
        return text
    return "".join(_escaped(one) if _steers(one) else one for one in text)


def _steers(character: str) -> bool:
    return unicodedata.category(character) in _UNSEEN or character in _DIRECTIONS


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def complain(code: str, message: str) -> None:
    """Print one error: its stable code and what is wrong, on standard error."""
    said = message if len(message) <= _LONGEST else f"{message[:_LONGEST]}…"
    line = Text.assemble(("错误", "bold red"), " ", shown(f"[{code}] {said}"))
    ERR.print(line, soft_wrap=True)


def say(message: str) -> None:
    """Print one line for people; markup is not interpreted."""
    OUT.print(Text(shown(message)), soft_wrap=True)


def heading(text: str) -> None:
    """Print a heading line."""
    OUT.rule(Text(shown(text), "bold"), align="left")


def table(
    title: str, columns: Sequence[str], rows: Iterable[Sequence[object]], *, foot: str = ""
) -> None:
    """Print a table; cells are turned into text, None into a dash."""
    drawn = Table(
        title=Text(title),
        title_justify="left",
        caption=Text(foot) if foot else None,
        caption_justify="left",
    )
    for column in columns:
        drawn.add_column(column, overflow="fold")
    for row in rows:
        drawn.add_row(*(Text(shown("—" if cell is None else str(cell))) for cell in row))
    OUT.print(drawn)


@contextmanager
def progress(title: str) -> Iterator[Report]:
    """Show a bar while a step works, and how long it took when it is done.

    A file or a pipe gets one line when the step is done. The bar of a step that fails disappears:
    the error line stands alone.
    """
    if ERR.is_interactive:
        with _bar(title) as report:
            yield report
        return
    began = time.monotonic()
    yield lambda _doing, _share: None
    ERR.print(Text(f"✓ {shown(title)} {time.monotonic() - began:.1f} 秒"), soft_wrap=True)


@contextmanager
def _bar(title: str) -> Iterator[Report]:
    bar = Progress(
        SpinnerColumn(finished_text="✓"),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        TimeElapsedColumn(),
        console=ERR,
    )
    with bar:
        task = bar.add_task(shown(title), total=1.0)

        def report(doing: str, share: float) -> None:
            bar.update(task, description=shown(f"{title}:{doing}"), completed=share)

        try:
            yield report
        except BaseException:
            bar.live.transient = True
            raise
        bar.update(task, description=shown(title), completed=1.0)
