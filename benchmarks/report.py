"""What a benchmark has to say: on the screen, and as its section of RESULTS.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

_PREFACE = """# Results

Every section is written by the command that it names, on the machine and at the time that it
states, and replaced whenever that command runs again. The figures are as measured. What each
benchmark does, and how to run it: `python -m benchmarks --help`.
"""

_PAGE = 120


@dataclass(frozen=True, slots=True)
class Grid:
    """A table.

    Attributes:
        title: one line above it.
        columns: headings.
        rows: cells, as they are printed.
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Section:
    """The result of one benchmark.

    Attributes:
        title: heading.
        notes: paragraphs that say what was measured and how to read it.
        grids: the figures.
        output: lines of a command, quoted as they are.
    """

    title: str
    notes: Sequence[str]
    grids: Sequence[Grid] = ()
    output: str = ""


def met(value: float, most: float) -> str:
    """Return whether a figure is within its target."""
    return "yes" if value <= most else "no"


def draw(section: Section) -> None:
    """Print a section for people."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = _PAGE
    console.rule(f"[bold]{escape(section.title)}[/]", align="left")
    for grid in section.grids:
        table = Table(title=escape(grid.title), title_justify="left")
        for column in grid.columns:
            table.add_column(escape(column), overflow="fold")
        for row in grid.rows:
            table.add_row(*(escape(cell.replace("**", "")) for cell in row))
        console.print(table)
    if section.output:
        console.print(escape(section.output), soft_wrap=True)
    for note in section.notes:
        console.print(escape(note.replace("\n", " ")))


def markdown(section: Section, made: str) -> str:
    """Return a section as Markdown; `made` says where, when and by which command."""
    parts = [f"## {section.title}", made, *section.notes]
    for grid in section.grids:
        lines = [_line(grid.columns), _line(["---"] * len(grid.columns)), *map(_line, grid.rows)]
        parts += [f"**{grid.title}**", "\n".join(lines)]
    if section.output:
        parts.append(f"```text\n{section.output}\n```")
    return "\n\n".join(parts) + "\n"


def rewrite(path: Path, name: str, text: str) -> None:
    """Put a section between its markers in a file, at the end if it has none there yet."""
    begin, end = f"<!-- begin {name} -->\n", f"<!-- end {name} -->\n"
    page = path.read_text(encoding="utf-8") if path.exists() else _PREFACE
    before, found, rest = page.partition(begin)
    if found:
        page = f"{before}{begin}{text}{end}{rest.partition(end)[2]}"
    else:
        page = f"{page}\n{begin}{text}{end}"
    path.write_text(page, encoding="utf-8")


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
