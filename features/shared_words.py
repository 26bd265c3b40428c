"""Which known words two texts share.

Only words of the dictionary and the Chinese words of codes are ever shown: a stretch that two texts
merely happen to share may be somebody's name or number.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from features.schema import FeatureSchema
from features.text import pairs_in, stretches
from peipao.tables.profiles import FloatArray, IntArray, TextColumn

MOST = 3
"""Words shown of a pair at most."""

EMPTY_WORDS = frozenset({"其他", "其它", "不限", "暂无", "企业", "项目", "服务", "公司"})
"""Words of codes that say nothing about what a text is about."""


@dataclass(frozen=True, slots=True)
class KnownWords:
    """Words that may be shown, each with the terms that tell whether a text has it.

    Attributes:
        words: sorted, normalised.
        columns: int (n_terms_used,), terms of the first word, then of the second, and so on.
        starts: int (n_words,), where the terms of each word begin.
    """

    words: tuple[str, ...]
    columns: npt.NDArray[np.intp]
    starts: npt.NDArray[np.intp]

    @classmethod
    def of(cls, schema: FeatureSchema) -> Self:
        """Return the words of the dictionary and of all codes that the encoder can see.

        A word that is no term itself is seen by its pairs of characters; all must be there.
        """
        column = {term: at for at, term in enumerate(schema.encoder.terms)}
        seen = {word: [word] for word in schema.encoder.words}
        for word in _code_words(schema):
            seen.setdefault(word, [word] if word in column else pairs_in(word))
        known = {
            word: [column[term] for term in terms]
            for word, terms in sorted(seen.items())
            if terms and all(term in column for term in terms)
        }
        sizes = [len(columns) for columns in known.values()]
        return cls(
            tuple(known),
            np.array([at for columns in known.values() for at in columns], dtype=np.intp),
            np.cumsum([0, *sizes[:-1]], dtype=np.intp)[: len(known)],
        )

    def shared(
        self, needs: TextColumn, providers: TextColumn, need: IntArray, provider: IntArray
    ) -> list[tuple[str, ...]]:
        """Return up to `MOST` words that both texts of each pair have, most weight first.

        Args:
            needs: texts of the needs, encoded by the schema of the words.
            providers: texts of the providers, likewise.
            need: int32 (n_pairs,), rows of needs.
            provider: int32 (n_pairs,), rows of providers.
        """
        if not self.words or not len(need):
            return [()] * len(need)
        some = self._in_any(needs.vectors[np.unique(need)])
        if not some.words:
            return [()] * len(need)
        ours = needs.vectors[np.ix_(need, some.columns)]
        weights = ours * providers.vectors[np.ix_(provider, some.columns)]
        both = np.logical_and.reduceat(weights > 0, some.starts, axis=1)
        # Sums of products of grid values are exact in any order (features/text.py).
        sums = np.add.reduceat(weights, some.starts, axis=1)
        return [_best(some.words, *row) for row in zip(both, sums, strict=True)]

    def _in_any(self, vectors: FloatArray) -> KnownWords:
        """Return the words that one of the texts has, float64 (n, n_terms): few, of one need."""
        has = np.logical_and.reduceat(vectors[:, self.columns] > 0, self.starts, axis=1)
        kept = has.any(axis=0)
        sizes = np.diff(np.r_[self.starts, len(self.columns)])
        words = tuple(self.words[at] for at in np.flatnonzero(kept).tolist())
        ends = np.cumsum(sizes[kept], dtype=np.intp)
        return KnownWords(words, self.columns[np.repeat(kept, sizes)], ends - sizes[kept])


def _best(words: Sequence[str], both: npt.NDArray[np.bool_], sums: FloatArray) -> tuple[str, ...]:
    found = {words[at]: float(sums[at]) for at in np.flatnonzero(both).tolist()}
    whole = [word for word in found if not any(word in o for o in found if o != word)]
    return tuple(sorted(whole, key=lambda word: (-found[word], word))[:MOST])


def _code_words(schema: FeatureSchema) -> Iterable[str]:
    for attribute in (*schema.need, *schema.provider):
        for label in attribute.labels:
            for word in stretches(label):
                if len(word) > 1 and word not in EMPTY_WORDS:
                    yield word
