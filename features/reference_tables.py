"""What features ask of the reference data; `peipao.reference.loader.Reference` has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from peipao.kinds.attributes import CodeTables


class TrackWords(Protocol):
    """A line of business of an industry."""

    @property
    def zh(self) -> str:
        """Return its Chinese name."""
        ...


class IndustryWords(Protocol):
    """What the encoders read of an industry."""

    @property
    def zh(self) -> str:
        """Return its Chinese name."""
        ...

    @property
    def keywords(self) -> tuple[str, ...]:
        """Return the words by which a text is recognised."""
        ...

    @property
    def tracks(self) -> tuple[TrackWords, ...]:
        """Return its lines of business."""
        ...


class CheckedTime(Protocol):
    """A travel time between two districts."""

    @property
    def verified(self) -> bool:
        """Return whether somebody checked it; otherwise it is an estimate."""
        ...


class ReferenceTables(CodeTables, Protocol):
    """What the schema freezes of the reference data."""

    @property
    def industries(self) -> Mapping[str, IndustryWords]:
        """Return the industries by id."""
        ...

    @property
    def travel(self) -> Mapping[tuple[str, str], CheckedTime]:
        """Return the travel times by sorted pair of districts."""
        ...

    def travel_minutes(self, a: str, b: str, /) -> float:
        """Return minutes between two districts, symmetric."""
        ...

    def industry_nearness(self, a: str, b: str, /) -> float:
        """Return the nearness of two industries in [0, 1], symmetric."""
        ...


class TrackTermRows(Protocol):
    """Words by which texts on one line of business are recognised."""

    @property
    def industry(self) -> str:
        """Return the industry's id."""
        ...

    @property
    def track(self) -> str:
        """Return the Chinese name of the line."""
        ...

    @property
    def words(self) -> tuple[str, ...]:
        """Return its words."""
        ...


class TermTables(Protocol):
    """The words of all lines of business."""

    @property
    def tracks(self) -> Sequence[TrackTermRows]:
        """Return a row for each line that has words."""
        ...

    @property
    def weak_words(self) -> frozenset[str]:
        """Return words that are said in passing."""
        ...


class SameWords(Protocol):
    """Words that mean the same."""

    @property
    def words(self) -> tuple[str, ...]:
        """Return them, the head first."""
        ...


class TopicTables(Protocol):
    """What the classifier of texts reads of the reference data."""

    @property
    def industries(self) -> Mapping[str, IndustryWords]:
        """Return the industries by id."""
        ...

    @property
    def industry_terms(self) -> TermTables:
        """Return the words of all lines of business."""
        ...

    @property
    def synonyms(self) -> Mapping[str, SameWords]:
        """Return the groups of words that mean the same, by id."""
        ...
