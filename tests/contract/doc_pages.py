"""Reads the pages: code blocks, inline code, links and paths, each with where it stands."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import peipao

ROOT = Path(peipao.__file__).resolve().parent.parent
PAGES = tuple(
    path.relative_to(ROOT).as_posix()
    for path in (ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md")))
)
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_SPOKEN_FOR = re.compile(r"^[\w.-]+(/[\w.*-]+)*/?$")


def text_of(page: str) -> str:
    """Return the text of a page."""
    return (ROOT / page).read_text(encoding="utf-8")


def shell_lines(page: str) -> Iterator[list[str]]:
    """Yield the words of every command line in the shell blocks of a page, comments left out."""
    for language, block in _FENCE.findall(text_of(page)):
        if language == "sh":
            yield from (words for line in block.splitlines() if (words := shlex.split(line, True)))


def spans(page: str) -> list[str]:
    """Return the inline code of a page."""
    return _INLINE.findall(_FENCE.sub("", text_of(page)))


def commands(page: str, program: str) -> list[list[str]]:
    """Return what follows the name of a program wherever a page shows a call of it."""
    shown = [*shell_lines(page), *(span.split() for span in spans(page))]
    return [words[1:] for words in shown if Path(words[0]).name == program and len(words) > 1]


def links(page: str) -> list[str]:
    """Return the targets of links to files of ours, from the root."""
    found = [target.split("#")[0] for target in _LINK.findall(_FENCE.sub("", text_of(page)))]
    ours = [target for target in found if target and "://" not in target]
    return [
        ((ROOT / page).parent / target).resolve().relative_to(ROOT).as_posix() for target in ours
    ]


def paths(page: str) -> list[str]:
    """Return inline code that names a file or folder below one of ours; it may hold a `*`."""
    tops = {path.name for path in ROOT.iterdir() if path.is_dir() and path.name[0] != "."}
    return [
        span
        for span in spans(page)
        if "/" in span and _SPOKEN_FOR.match(span) and span.split("/")[0] in tops
    ]
