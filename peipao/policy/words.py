"""What is known of a set of words: some are in, some are out, of the others nothing is known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from typing_extensions import override

Truth = bool | None
"""Kleene's three values; None is unknown."""


@dataclass(frozen=True, slots=True, repr=False)
class Words:
    """A partly known set.

    Attributes:
        inside: words that are in it.
        outside: words that are not; None means every word that is not in `inside`.
    """

    inside: frozenset[str]
    outside: frozenset[str] | None = None

    @override
    def __repr__(self) -> str:
        return "Words(…)"

    def has(self, word: str) -> Truth:
        """Tell whether a word is in the set."""
        if word in self.inside:
            return True
        return False if self.outside is None or word in self.outside else None

    def shares(self, wanted: Iterable[str]) -> Truth:
        """Tell whether at least one of the wanted words is in the set."""
        answer: Truth = False
        for word in wanted:
            found = self.has(word)
            if found:
                return True
            if found is None:
                answer = None
        return answer
