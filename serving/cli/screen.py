"""What the command line draws: errors, progress and tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

_PAGE = 120
"""Columns of a table when the output is a file or a pipe."""

OUT = Console(highlight=False)
if not OUT.is_terminal:
    OUT.width = _PAGE
ERR = Console(stderr=True, highlight=False)

Report = Callable[[str, float], None]
"""Takes what is being done, in Chinese, and the share done in [0, 1]."""


def complain(code: str, message: str) -> None:
    """Print one error: its stable code and what is wrong, on standard error."""
    ERR.print(f"[bold red]错误[/] {escape(f'[{code}] {message}')}", soft_wrap=True)


def say(message: str) -> None:
    """Print one line for people; markup is not interpreted."""
    OUT.print(escape(message), soft_wrap=True)


def heading(text: str) -> None:
    """Print a heading line."""
    OUT.rule(f"[bold]{escape(text)}[/]", align="left")


def table(
    title: str, columns: Sequence[str], rows: Iterable[Sequence[object]], *, foot: str = ""
) -> None:
    """Print a table; cells are turned into text, None into a dash."""
    drawn = Table(title=title, title_justify="left", caption=foot or None, caption_justify="left")
    for column in columns:
        drawn.add_column(column, overflow="fold")
    for row in rows:
        drawn.add_row(*(escape("—" if cell is None else str(cell)) for cell in row))
    OUT.print(drawn)


@contextmanager
def progress(title: str) -> Iterator[Report]:
    """Show a bar while a step works, and how long it took when it is done."""
    bar = Progress(
        SpinnerColumn(finished_text="✓"),
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        TimeElapsedColumn(),
        console=ERR,
        transient=False,
    )
    with bar:
        task = bar.add_task(escape(title), total=1.0)

        def report(doing: str, share: float) -> None:
            bar.update(task, description=escape(f"{title}:{doing}"), completed=share)

        yield report
        bar.update(task, description=escape(title), completed=1.0)
