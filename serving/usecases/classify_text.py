"""Say which industries and lines of business a free text is about; nothing is stored or set."""

from __future__ import annotations

from dataclasses import dataclass, field

from features.topics import TopicClassifier, TopicGuess
from peipao.reference.loader import Reference

INDUSTRIES = "industries"


@dataclass(frozen=True, slots=True)
class LikelyTrack:
    """A line of business that a text speaks of.

    Attributes:
        name: Chinese name.
        confidence: in (0, 1), at most that of its industry.
    """

    name: str
    confidence: float


@dataclass(frozen=True, slots=True)
class LikelyIndustry:
    """An industry that a text speaks of.

    Attributes:
        industry: id.
        label: Chinese name.
        confidence: in (0, 1); how often such a suggestion is right is told in
            `benchmarks/RESULTS.md`.
        tracks: lines of business, most likely first.
        words: of the text, or synonyms of them, that speak for it.
    """

    industry: str
    label: str
    confidence: float
    tracks: tuple[LikelyTrack, ...]
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ClassifiedText:
    """What a text is about.

    Attributes:
        abstained: the text does not say; `industries` is empty.
        industries: most likely first.
        silent: probability that it is about no industry, as far as it says.
        tables_version: of the reference data that was read.
    """

    abstained: bool
    industries: tuple[LikelyIndustry, ...]
    silent: float
    tables_version: str


@dataclass(frozen=True, slots=True)
class ClassifyText:
    """Reads texts by the words of the reference data, which a city may replace."""

    reference: Reference
    _made: list[TopicClassifier] = field(
        default_factory=list, init=False, repr=False, compare=False
    )

    def __call__(self, text: str) -> ClassifiedText:
        """Return the industries that are likely enough; none where the text does not say."""
        topics = self._classifier().classify(text)
        return ClassifiedText(
            abstained=not topics.guesses,
            industries=tuple(map(self._named, topics.guesses)),
            silent=topics.silent,
            tables_version=self.reference.version,
        )

    def hint(self, text: str) -> str:
        """Return a Chinese hint for whoever has to fill in the industries; empty if it abstains."""
        found = self(text).industries
        named = "、".join(f"{one.industry}({one.label},{one.confidence:.0%})" for one in found)
        return f"按文字判断可能是 {named},请核对" if named else ""

    def _classifier(self) -> TopicClassifier:
        if not self._made:
            self._made.append(TopicClassifier.of(self.reference))
        return self._made[0]

    def _named(self, guess: TopicGuess) -> LikelyIndustry:
        return LikelyIndustry(
            industry=guess.industry,
            label=self.reference.label(INDUSTRIES, guess.industry),
            confidence=guess.confidence,
            tracks=tuple(LikelyTrack(one.name, one.confidence) for one in guess.tracks),
            words=guess.words,
        )
