"""What every known word says of industries and lines of business, as tables of weights."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Self, TypeVar

import numpy as np

from features.folding import folded
from features.reference_tables import TopicTables
from peipao.tables.profiles import FloatArray

K = TypeVar("K")

Units = tuple[str, ...]
"""Chinese characters one by one, and runs of Latin letters and digits whole."""

KEYWORD, TRACK_NAME, TERM, NEAR_TRACK, WEAK = 1.0, 1.3, 1.0, 0.7, 0.5
"""Weight of a keyword of an industry, of the name of a line of business and of its words; what a
keyword says of a line whose words it touches; factor of words that are said in passing."""

_UNIT = re.compile(r"[a-z0-9]+|[^a-z0-9\s]")
_REMARK = re.compile(r"[(（](.*?)[)）]?$")
_JOINTS = frozenset("-/·._&+'")
"""Marks inside words, such as those of `CAR-T`; they end no clause."""


def clauses(text: str) -> list[Units]:
    """Return the units between punctuation marks; blanks and joints inside words end nothing."""
    plain = "".join(
        mark if mark.isalnum() else " " if mark.isspace() or mark in _JOINTS else "\n"
        for mark in folded(text)
    )
    found = (tuple(_UNIT.findall(part)) for part in plain.split("\n"))
    return [units for units in found if units]


def pairs_of(units: Units) -> list[str]:
    """Return the pairs of neighbouring Chinese characters."""
    return [a + b for a, b in pairwise(units) if not (a.isascii() or b.isascii())]


@dataclass(frozen=True, slots=True)
class TopicWords:
    """Tables of weights.

    Attributes:
        industries: (n_industries,) ids, in the order of the reference data.
        tracks: (n_tracks,) (row of its industry, Chinese name).
        row: word as units -> row of the tables.
        shown: (n_words,) the words as they are written in the data.
        by_industry: float64 (n_words, n_industries), >= 0.
        by_track: float64 (n_words, n_tracks), >= 0.
        pair_row: pair of characters -> row of the two tables of pairs.
        by_pair: float64 (n_pairs, n_industries), squared share of each industry in the pair.
        track_by_pair: float64 (n_pairs, n_tracks), likewise.
        longest: most units of a word.
    """

    industries: tuple[str, ...]
    tracks: tuple[tuple[int, str], ...]
    row: Mapping[Units, int]
    shown: tuple[str, ...]
    by_industry: FloatArray
    by_track: FloatArray
    pair_row: Mapping[str, int]
    by_pair: FloatArray
    track_by_pair: FloatArray
    longest: int

    @classmethod
    def of(cls, reference: TopicTables) -> Self:
        """Return the tables of reference data."""
        said = _Said(reference)
        words = sorted(said.industry)
        industries = tuple(reference.industries)
        tracks = tuple(
            (at, track.zh)
            for at, key in enumerate(industries)
            for track in reference.industries[key].tracks
        )
        track_keys = [(industries[at], name) for at, name in tracks]
        by_industry = _rare(_table([said.industry[word] for word in words], industries))
        by_track = _rare(_table([said.track.get(word, {}) for word in words], track_keys))
        pairs = sorted({pair for word in words for pair in pairs_of(word)})
        pair_row = {pair: at for at, pair in enumerate(pairs)}
        return cls(
            industries=industries,
            tracks=tracks,
            row={word: at for at, word in enumerate(words)},
            shown=tuple(said.shown[word] for word in words),
            by_industry=by_industry,
            by_track=by_track,
            pair_row=pair_row,
            by_pair=_owned(words, pair_row, by_industry),
            track_by_pair=_owned(words, pair_row, by_track),
            longest=max(map(len, words), default=0),
        )


class _Said:
    """Collects the weight of every word, synonyms included."""

    def __init__(self, reference: TopicTables) -> None:
        self.industry: dict[Units, dict[str, float]] = defaultdict(dict)
        self.track: dict[Units, dict[tuple[str, str], float]] = defaultdict(dict)
        self.shown: dict[Units, str] = {}
        terms = reference.industry_terms
        self._weak = {_units(word) for word in terms.weak_words}
        self._same = {
            _units(word): group.words
            for group in reference.synonyms.values()
            for word in group.words
        }
        of_track = {(row.industry, row.track): row.words for row in terms.tracks}
        for key, industry in reference.industries.items():
            self._add(_names(industry.zh)[:1], key, None, TRACK_NAME)
            names = {track.zh: _names(track.zh) for track in industry.tracks}
            for zh, parts in names.items():
                self._add(parts, key, zh, TRACK_NAME)
                self._add(of_track.get((key, zh), ()), key, zh, TERM)
            for word in industry.keywords:
                self._add((word,), key, None, KEYWORD)
                for zh, parts in names.items():
                    if _touches(word, (*parts, *of_track.get((key, zh), ()))):
                        self._add((word,), key, zh, NEAR_TRACK)

    def _add(self, words: Iterable[str], industry: str, track: str | None, weight: float) -> None:
        for word in words:
            for same in self._same.get(_units(word), (word,)):
                self._add_one(same, industry, track, weight)

    def _add_one(self, word: str, industry: str, track: str | None, weight: float) -> None:
        units = _units(word)
        if units in self._weak or (len(units) == 1 and not units[0].isascii()):
            weight *= WEAK
        self.shown.setdefault(units, word)
        found = self.industry[units]
        found[industry] = max(found.get(industry, 0.0), weight)
        if track is not None:
            lines = self.track[units]
            lines[industry, track] = max(lines.get((industry, track), 0.0), weight)


def _units(word: str) -> Units:
    return tuple(unit for clause in clauses(word) for unit in clause)


def _names(name: str) -> tuple[str, ...]:
    """Return a name without its remark, and a remark that is itself one word of Latin letters."""
    remark = _REMARK.search(name)
    plain = _REMARK.sub("", name) if remark else name
    return (plain, remark[1]) if remark and remark[1].isascii() else (plain,)


def _touches(word: str, words: Iterable[str]) -> bool:
    ours = word.casefold()
    return any(ours in other.casefold() or other.casefold() in ours for other in words)


def _table(listed: Sequence[Mapping[K, float]], columns: Iterable[K]) -> FloatArray:
    at = {column: k for k, column in enumerate(columns)}
    table = np.zeros((len(listed), len(at)))
    for k, row in enumerate(listed):
        for column, weight in row.items():
            table[k, at[column]] = weight
    return table


def _rare(table: FloatArray) -> FloatArray:
    """Return the table with words of several columns weighing less in each."""
    return np.asarray(table / np.sqrt(np.maximum((table > 0).sum(axis=1, keepdims=True), 1)))


def _owned(words: Iterable[Units], pair_row: Mapping[str, int], table: FloatArray) -> FloatArray:
    """Return float64 (n_pairs, n_columns), how much each pair is each column's own.

    It is the square of the column's share, so that a pair of everybody says little of anybody.
    """
    found = np.zeros((len(pair_row), table.shape[1]))
    for word, row in zip(words, table, strict=True):
        for pair in set(pairs_of(word)):
            found[pair_row[pair]] += row
    total = found.sum(axis=1, keepdims=True)
    return np.asarray((found / np.where(total > 0, total, 1.0)) ** 2)
