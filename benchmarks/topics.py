"""The classifier of industries on labelled texts: accuracy, abstention, coverage, spoilt texts."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.report import Grid, Section
from benchmarks.topic_texts import (
    LabelledText,
    Texts,
    broken_lines,
    cut_short,
    full_width,
    generated,
    misread,
    real,
    spaced_out,
    spoilt,
    traditional,
    written,
)
from benchmarks.workshop import Workshop
from features.topics import TopicClassifier
from peipao.reference.loader import Reference, load_reference
from peipao.reference.terms import IndustryTerms
from peipao.tables.profiles import BoolArray, FloatArray

LEVELS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)

_NOTES = (
    """\
Settings were chosen on development texts: the even ones of the written texts, generated ones of
seed 1, the even ones of the real ones. The rows `test` are the others. *Written*: 140 short texts
written and labelled by hand for this measurement, two for each of the lines of business and ten
that say nothing; the same hand wrote the word lists, so read them beside the others. *Generated*:
introductions of the sample city (its own vocabulary and phrases; the sentences that quote keywords
of the reference data are left out). *Real*: descriptions of zh_itjuzi whose field or subfield says
the industry; the mapping is in `benchmarks/topic_texts.py`, and a reader would dispute some.""",
    """\
An answer is right if its first industry is one that the label accepts. Coverage is the share of
the texts that say something and are given an answer; `false` the share of texts that say nothing
and are given one all the same. 0.5 is what the product uses.""",
    """\
A word held out: 60 keywords of the reference data, drawn at random, are each taken out of all lists
and then shown as the text. It measures what single characters carry over to unknown words.""",
)


@dataclass(frozen=True, slots=True)
class Judged:
    """Answers to some texts.

    Attributes:
        right: bool (n,), the first industry is accepted.
        track: bool (n,), and so is its first line of business, where lines are labelled.
        confidence: float64 (n,), of the first industry.
        says: bool (n,), the text says something.
    """

    right: BoolArray
    track: BoolArray
    confidence: FloatArray
    says: BoolArray

    def row(self, level: float) -> list[str]:
        """Return coverage, accuracy and false answers at a level."""
        given = self.confidence >= level
        silent = ~self.says
        return [
            _share(given[self.says]),
            _share(self.right[given & self.says]),
            _share(given[silent]) if silent.any() else "",
        ]


def judged(classifier: TopicClassifier, texts: Texts) -> Judged:
    """Return the answers of a classifier."""
    # Everything is answered here; the levels are applied afterwards.
    open_minded = replace(classifier, settings=replace(classifier.settings, least=0.0))
    rows = [_one(open_minded, one) for one in texts]
    right, track, confidence = (np.array(column) for column in zip(*rows, strict=True))
    says = np.array([bool(one.industries) for one in texts])
    return Judged(right, track, confidence.astype(np.float64), says)


def _one(classifier: TopicClassifier, one: LabelledText) -> tuple[bool, bool, float]:
    first = classifier.classify(one.text).guesses[0]
    lines = {track.name for track in first.tracks[:1]}
    return first.industry in one.industries, bool(lines & one.tracks), first.confidence


def run(shop: Workshop) -> Section:
    """Measure and return the section."""
    reference = load_reference()
    classifier = TopicClassifier.of(reference)
    sets = {"written, test": written(1), "generated, test": generated(2)}
    folder = shop.data / "zh_itjuzi"
    if folder.exists():
        sets["real, test"] = real(folder)[1::2]
    found = {name: judged(classifier, texts) for name, texts in sets.items()}
    return Section(
        title="Industries of free texts",
        notes=_NOTES,
        grids=(
            _curve(found),
            _ablation(reference, sets),
            _spoilt(classifier),
            Grid(
                "Other figures",
                ("what", "measured"),
                [
                    ["line of business right, written test, answers at 0.5", _tracks(found)],
                    ["a word held out, right first / coverage at 0.5", _held_out(reference)],
                    ["milliseconds a text (processor, generated texts)", _speed(classifier)],
                ],
            ),
        ),
    )


def _curve(found: dict[str, Judged]) -> Grid:
    rows = [
        [name, str(len(one.right)), f"{level:.1f}", *one.row(level)]
        for name, one in found.items()
        for level in (0.0, *LEVELS)
    ]
    heads = ("texts", "n", "confidence at least", "coverage", "accuracy", "false")
    return Grid("Accuracy and coverage by confidence", heads, rows)


def _ablation(reference: Reference, sets: dict[str, Texts]) -> Grid:
    bare = replace(reference, industry_terms=IndustryTerms((), frozenset()))
    versions = {
        "all": TopicClassifier.of(reference),
        "without synonyms": TopicClassifier.of(replace(reference, synonyms={})),
        "without words of lines": TopicClassifier.of(bare),
        "without pairs of characters": _with(TopicClassifier.of(reference), pair=0.0),
        "long texts not damped": _with(TopicClassifier.of(reference), crowding=0.0),
    }
    rows = []
    for name, version in versions.items():
        rows.append([name])
        for texts in sets.values():
            one = judged(version, texts)
            rows[-1] += [_share(one.right[one.says]), " / ".join(one.row(0.5)[:2])]
    heads = [f"{name}{part}" for name in sets for part in ("", " at 0.5")]
    return Grid("First industry right; coverage / accuracy at 0.5", ("version", *heads), rows)


def _with(classifier: TopicClassifier, **settings: float) -> TopicClassifier:
    return replace(classifier, settings=replace(classifier.settings, **settings))


def _spoilt(classifier: TopicClassifier) -> Grid:
    texts = (*written(1), *generated(3, 200))
    ways = {
        "as written": lambda text, _dice: text,
        "full-width": full_width,
        "traditional characters": traditional,
        "blanks between all characters": spaced_out,
        "lines of seven characters": broken_lines,
        "5 % of characters misread": misread(0.05),
        "10 % misread": misread(0.10),
        "20 % misread": misread(0.20),
        "first 20 characters": cut_short(20),
        "first 10 characters": cut_short(10),
        "first 5 characters": cut_short(5),
    }
    rows = []
    for name, way in ways.items():
        one = judged(classifier, spoilt(texts, way))
        rows.append([name, _share(one.right[one.says]), *one.row(0.5)])
    heads = ("texts", "first right", "coverage at 0.5", "accuracy at 0.5", "false at 0.5")
    return Grid(f"Spoilt texts ({len(texts)} written and generated)", heads, rows)


def _tracks(found: dict[str, Judged]) -> str:
    one = found["written, test"]
    return _share(one.track[(one.confidence >= 0.5) & one.says])


def _held_out(reference: Reference) -> str:
    words = [(w, i.id) for i in reference.industries.values() for w in i.keywords]
    chosen = random.Random(5).sample(words, 60)  # noqa: S311
    found = [_without(reference, word, industry) for word, industry in chosen]
    right, confidence = (np.array(column) for column in zip(*found, strict=True))
    return f"{_share(right)} / {_share(confidence >= 0.5)}"


def _without(reference: Reference, word: str, industry: str) -> tuple[bool, float]:
    def rest(words: Sequence[str]) -> tuple[str, ...]:
        return tuple(one for one in words if one.casefold() != word.casefold()) or ("-",)

    terms = reference.industry_terms
    fewer = replace(
        reference,
        industries={
            key: replace(one, keywords=rest(one.keywords))
            for key, one in reference.industries.items()
        },
        industry_terms=replace(
            terms, tracks=tuple(replace(row, words=rest(row.words)) for row in terms.tracks)
        ),
        synonyms={k: g for k, g in reference.synonyms.items() if word not in g.words},
    )
    one = judged(TopicClassifier.of(fewer), (LabelledText(word, frozenset({industry})),))
    return bool(one.right[0]), float(one.confidence[0])


def _speed(classifier: TopicClassifier) -> str:
    texts = generated(4, 200)
    started = time.process_time()
    for one in texts:
        classifier.classify(one.text)
    return f"{(time.process_time() - started) / len(texts) * 1000:.2f}"


def _share(flags: BoolArray) -> str:
    return f"{float(np.mean(flags)):.3f}" if len(flags) else "-"
