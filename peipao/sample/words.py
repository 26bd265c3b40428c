"""The words of the sample city, as one value."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources


@dataclass(frozen=True, slots=True)
class Line:
    """A sub-industry: what a project really does.

    Attributes:
        number: row of the line among all lines; the hidden taste knows lines by it.
        industry: industry id.
        marine: the line also belongs to the marine overlay.
    """

    number: int
    industry: str
    products: tuple[str, ...]
    technologies: tuple[str, ...]
    customers: tuple[str, ...]
    problems: tuple[str, ...]
    marine: bool


@dataclass(frozen=True, slots=True)
class Words:
    """Vocabulary.

    Attributes:
        lists: `section.key` -> words, such as `names.surnames`.
        tails: industry id -> last words of company names.
        lines: industry id -> its lines.
    """

    lists: Mapping[str, tuple[str, ...]]
    tails: Mapping[str, tuple[str, ...]]
    lines: Mapping[str, tuple[Line, ...]]

    @property
    def line_count(self) -> int:
        """Number of lines of all industries."""
        return sum(map(len, self.lines.values()))


@functools.cache
def load_words() -> Words:
    """Return the words of the package."""
    text = resources.files("peipao.sample").joinpath("words.toml").read_text(encoding="utf-8")
    content = tomllib.loads(text)
    industries = content.pop("industries")
    lists = {
        f"{section}.{key}": tuple(words.split())
        for section, entries in content.items()
        for key, words in entries.items()
    }
    number, lines = 0, {}
    for industry, entry in industries.items():
        lines[industry] = tuple(
            _line(number + position, industry, raw) for position, raw in enumerate(entry["lines"])
        )
        number += len(lines[industry])
    tails = {industry: tuple(entry["tails"].split()) for industry, entry in industries.items()}
    return Words(lists, tails, lines)


def _line(number: int, industry: str, raw: Mapping[str, str]) -> Line:
    parts = {key: tuple(raw[key].split()) for key in _PARTS}
    return Line(number=number, industry=industry, marine=bool(raw.get("marine", False)), **parts)


_PARTS = ("products", "technologies", "customers", "problems")
