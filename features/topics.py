"""Which industries and lines of business a free text is about, or that it does not say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Self

import numpy as np

from features.reference_tables import TopicTables
from features.topic_words import TopicWords, Units, clauses, pairs_of
from peipao.tables.profiles import FloatArray

MOST = 3
"""Industries that a text is given at most."""

SECOND = 0.5
"""A further industry is named if its confidence is at least so much of the first one's."""

SHOWN = 5
"""Words that are shown for an industry at most."""

LONGEST = 2000
"""Characters of a text that are read; the rest of a longer one says little more."""


@dataclass(frozen=True, slots=True)
class TopicSettings:
    """How words become confidence; chosen on the development texts of `benchmarks/topics.py`.

    Attributes:
        pair: weight of a pair of characters that the words of one industry alone have.
        silence: weight that a text has to outdo to be given any industry.
        sharpness: log-odds a unit of weight.
        enough: weight beyond which further words say less: a long text says much of everything.
        crowding: power by which the weight beyond that is taken back, in [0, 1].
        least: confidence below which nothing is said.
    """

    pair: float = 0.6
    silence: float = 0.5
    sharpness: float = 3.0
    enough: float = 3.0
    crowding: float = 0.75
    least: float = 0.5


@dataclass(frozen=True, slots=True)
class TrackGuess:
    """A line of business that a text may be about.

    Attributes:
        name: Chinese name.
        confidence: in (0, 1), at most that of its industry.
    """

    name: str
    confidence: float


@dataclass(frozen=True, slots=True)
class TopicGuess:
    """An industry that a text may be about.

    Attributes:
        industry: id.
        confidence: in (0, 1).
        tracks: its lines of business that the text speaks of, most likely first; may be empty.
        words: of the text that speak for it, most weight first.
    """

    industry: str
    confidence: float
    tracks: tuple[TrackGuess, ...]
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Topics:
    """What a text is about.

    Attributes:
        guesses: most likely first; empty where the text does not say.
        silent: probability that it is about none of the industries, as far as it says.
    """

    guesses: tuple[TopicGuess, ...]
    silent: float


@dataclass(frozen=True, slots=True)
class _SaidWords:
    """What a text says.

    Attributes:
        rows: of the words, ascending.
        weights: float64 (n_said,), how much each counts: saying it again adds half as much.
        pairs: rows of the pairs of characters, ascending.
    """

    rows: list[int]
    weights: FloatArray
    pairs: list[int]


@dataclass(frozen=True, slots=True)
class TopicClassifier:
    """Adds up what words say of industries; the same text always gives the same answer.

    Nothing is learnt from projects: the words, their synonyms and what they belong to are reference
    data, so that a city changes a file and not a model.

    Attributes:
        words: what every known word says.
        settings: see there.
    """

    words: TopicWords
    settings: TopicSettings = field(default_factory=TopicSettings)

    @classmethod
    def of(cls, reference: TopicTables, settings: TopicSettings | None = None) -> Self:
        """Return the classifier of reference data."""
        return cls(TopicWords.of(reference), settings or TopicSettings())

    def classify(self, text: str) -> Topics:
        """Return the industries whose confidence is enough, most likely first.

        Args:
            text: any text; what it says beyond `LONGEST` characters is not read.
        """
        said = self._said(text)
        chances, silent = self._chances(said)
        order = np.argsort(-chances, kind="stable")[:MOST].tolist()
        if not order or chances[order[0]] < self.settings.least:
            return Topics((), silent)
        enough = SECOND * float(chances[order[0]])
        chosen = [at for at in order if chances[at] >= enough]
        return Topics(tuple(self._guess(at, float(chances[at]), said) for at in chosen), silent)

    def chances(self, text: str) -> FloatArray:
        """Return float64 (n_industries,), the confidence in each; what is left is silence."""
        return self._chances(self._said(text))[0]

    def _chances(self, said: _SaidWords) -> tuple[FloatArray, float]:
        dial = self.settings
        by_word = said.weights @ self.words.by_industry[said.rows]
        scores = by_word + dial.pair * self.words.by_pair[said.pairs].sum(axis=0)
        scores = scores / max(1.0, float(scores.sum()) / dial.enough) ** dial.crowding
        raw = np.r_[scores, dial.silence] * dial.sharpness
        odds = np.exp(raw - raw.max())
        # A library may differ in the last bit of exp; what is shown and compared is rounded.
        found = np.round(odds / odds.sum(), 9)
        return found[:-1], float(found[-1])

    def _guess(self, industry: int, chance: float, said: _SaidWords) -> TopicGuess:
        speaks = said.weights * self.words.by_industry[said.rows, industry]
        best = [k for k in np.argsort(-speaks, kind="stable").tolist() if speaks[k] > 0]
        return TopicGuess(
            self.words.industries[industry],
            chance,
            self._tracks(industry, chance, said),
            tuple(self.words.shown[said.rows[k]] for k in best[:SHOWN]),
        )

    def _tracks(self, industry: int, chance: float, said: _SaidWords) -> tuple[TrackGuess, ...]:
        words, tracks = self.words, self.words.tracks
        by_pair = words.track_by_pair[said.pairs].sum(axis=0)
        scores = said.weights @ words.by_track[said.rows] + self.settings.pair * by_pair
        own = [k for k, (at, _) in enumerate(tracks) if at == industry and scores[k] > 0]
        if not own:
            return ()
        odds = np.exp((scores[own] - scores[own].max()) * self.settings.sharpness)
        shares = np.round(chance * odds / odds.sum(), 9).tolist()
        ranked = sorted(zip(own, shares, strict=True), key=lambda one: (-one[1], one[0]))
        likely = [(k, share) for k, share in ranked[:MOST] if share >= SECOND * ranked[0][1]]
        return tuple(TrackGuess(tracks[k][1], share) for k, share in likely)

    def _said(self, text: str) -> _SaidWords:
        parts = clauses(text[:LONGEST])
        found: Counter[int] = Counter()
        for units in parts:
            found.update(self._matches(units))
        rows = sorted(found)
        pair_row = self.words.pair_row
        pairs = {pair_row[p] for units in parts for p in pairs_of(units) if p in pair_row}
        weights = np.array([2.0 - 0.5 ** (found[row] - 1) for row in rows])
        return _SaidWords(rows, weights, sorted(pairs))

    def _matches(self, units: Units) -> Iterator[int]:
        """Yield the rows of the known words of a clause; none that lies inside a longer one."""
        covered = 0
        for start in range(len(units)):
            for stop in range(min(start + self.words.longest, len(units)), max(start, covered), -1):
                row = self.words.row.get(units[start:stop])
                if row is not None:
                    covered = stop
                    yield row
                    break
