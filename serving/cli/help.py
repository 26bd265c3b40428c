"""Help pages in Chinese: drawn by display width, and every command shows one example."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from io import StringIO
from typing import Any, TypeVar

import typer
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text
from typer.core import TyperCommand, TyperGroup
from typing_extensions import override

from serving.cli.screen import OUT
from serving.cli.wording import help_in_chinese

_WIDEST = 100
_USAGE = 2
Command = TypeVar("Command", bound=Callable[..., None])
Row = tuple[str, str]


class TaughtCommand(TyperCommand):
    """A command whose help page is ours."""

    @override
    def get_help(self, ctx: Any) -> str:
        """Return the help page."""
        return _page(self, ctx, ())


class TaughtGroup(TyperGroup):
    """A group of commands whose help page is ours; alone on the line it shows that page."""

    @override
    def get_help(self, ctx: Any) -> str:
        """Return the help page."""
        return _page(self, ctx, [(name, one.help or "") for name, one in self.commands.items()])

    @override
    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the command line; without any command the help page takes its place."""
        if not args:
            typer.echo(ctx.get_help(), err=True)
            raise typer.Exit(_USAGE)
        return super().parse_args(ctx, args)


def usage_hint(error: typer.TyperException) -> str:
    """Return what follows a usage error: the options or commands there are, and the help page."""
    context: Any = getattr(error, "ctx", None)
    if context is None:
        return ""
    command, known = context.command, list[str]()
    if hasattr(error, "option_name"):
        known = [max(one.opts, key=len) for one in command.params if one.opts[0].startswith("-")]
    elif isinstance(command, TyperGroup):
        known = list(command.commands)
    said = f";可用:{'、'.join(known)}" if known else ""
    return f"{said};说明:{context.command_path} --help"


def group(help_text: str, example: str, name: str | None = None) -> typer.Typer:
    """Return an empty group of commands.

    Args:
        help_text: what its commands are about.
        example: one command line.
        name: of the program; None for a group inside one.
    """
    return typer.Typer(
        name=name,
        cls=TaughtGroup,
        help=help_text,
        epilog=example,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )


def command(
    app: typer.Typer, example: str, name: str | None = None
) -> Callable[[Command], Command]:
    """Return a decorator that adds a command to a group.

    Args:
        app: the group.
        example: one command line that works, shown on the help page.
        name: None is the function's own.
    """
    return app.command(name, cls=TaughtCommand, epilog=example)


def _page(one: TyperCommand | TyperGroup, ctx: Any, commands: Iterable[Row]) -> str:  # noqa: ANN401
    page = Console(
        file=StringIO(), width=min(OUT.width, _WIDEST), color_system=None, highlight=False
    )
    usage = " ".join([ctx.command_path, *one.collect_usage_pieces(ctx)])
    page.print(Text(f"用法:{help_in_chinese(usage)}\n"))
    page.print(Padding(Text(one.help or ""), (0, 0, 0, 2)))
    for heading, rows in (
        ("参数", _records(one, ctx, "argument")),
        ("选项", _records(one, ctx, "option")),
        ("命令", list(commands)),
    ):
        if rows:
            page.print(Text(f"\n{heading}:"))
            page.print(_columns(rows))
    page.print(Text(f"\n例:{one.epilog}"))
    assert isinstance(page.file, StringIO)  # noqa: S101  for the type checker
    return "\n".join(line.rstrip() for line in page.file.getvalue().splitlines())


def _records(one: TyperCommand | TyperGroup, ctx: Any, kind: str) -> list[Row]:  # noqa: ANN401
    found = (
        param.get_help_record(ctx) for param in one.get_params(ctx) if param.param_type_name == kind
    )
    return [(help_in_chinese(names), help_in_chinese(text)) for names, text in filter(None, found)]


def _columns(rows: Iterable[Row]) -> Padding:
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(overflow="fold", max_width=30)
    grid.add_column(overflow="fold", ratio=1)
    for name, text in rows:
        grid.add_row(Text(name), Text(text))
    return Padding(grid, (0, 0, 0, 2))
