"""Canaries: stored requests whose exact scores a package must give again when it is loaded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from models.alignment import rows_of
from models.base import Scores
from peipao.tables.indicators import IndicatorTable
from peipao.tables.pairs import PairTable
from peipao.tables.profiles import FloatArray, TextArray
from peipao.tables.terms import TermRows

N_CANARIES = 50

Score = Callable[[PairTable, IndicatorTable, IndicatorTable], tuple[Scores, Scores]]
"""(pairs, needs, providers) -> (margin, affinity)."""


@dataclass(frozen=True, slots=True)
class Canary:
    """One request; of the need only its features are kept, not who it was.

    Attributes:
        provider: provider id.
        values: comparisons of the pair, None where missing.
        need_row, provider_row: (column, value) of the indicators that are not zero.
        text_row: (term, weight) of the need's text.
        margin, affinity: expected, x 10^6, rounded half to even.
    """

    provider: str
    values: tuple[float | None, ...]
    need_row: tuple[tuple[int, float], ...]
    provider_row: tuple[tuple[int, float], ...]
    margin: int = 0
    affinity: int = 0
    text_row: tuple[tuple[int, float], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return JSON values."""
        return {
            "provider": self.provider,
            "values": list(self.values),
            "need_row": [list(entry) for entry in self.need_row],
            "provider_row": [list(entry) for entry in self.provider_row],
            "margin": self.margin,
            "affinity": self.affinity,
            "text_row": [list(entry) for entry in self.text_row],
        }

    @staticmethod
    def from_json(stored: dict[str, Any]) -> Canary:
        """Return the canary of `to_json`."""
        return Canary(
            provider=str(stored["provider"]),
            values=tuple(stored["values"]),
            need_row=tuple((int(c), float(v)) for c, v in stored["need_row"]),
            provider_row=tuple((int(c), float(v)) for c, v in stored["provider_row"]),
            margin=int(stored["margin"]),
            affinity=int(stored["affinity"]),
            text_row=tuple((int(c), float(v)) for c, v in stored["text_row"]),
        )


def pick_canaries(
    pairs: PairTable, needs: IndicatorTable, providers: IndicatorTable, score: Score
) -> tuple[Canary, ...]:
    """Return up to 50 requests spread evenly over the pairs, with the scores they get now."""
    spread = np.linspace(0, len(pairs.need) - 1, N_CANARIES).round().astype(int)
    chosen = sorted(set(spread[spread >= 0].tolist()))
    need_row = rows_of(pairs.need_ids, needs.ids)
    provider_row = rows_of(pairs.provider_ids, providers.ids)
    asked = [
        Canary(
            provider=str(pairs.provider_ids[pairs.provider[k]]),
            values=tuple(None if np.isnan(v) else float(v) for v in pairs.values[k]),
            need_row=_sparse(needs.values, int(need_row[pairs.need[k]])),
            provider_row=_sparse(providers.values, int(provider_row[pairs.provider[k]])),
            text_row=_terms(needs.text, int(need_row[pairs.need[k]])),
        )
        for k in chosen
    ]
    vocabulary = Vocabulary(pairs.names, needs.names, providers.names, needs.text.width)
    answers = answer(asked, vocabulary, score)
    return tuple(
        replace(c, margin=margin, affinity=affinity)
        for c, (margin, affinity) in zip(asked, answers, strict=True)
    )


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What the numbers of a canary stand for: names, and how many terms a text has."""

    comparisons: tuple[str, ...]
    need_names: tuple[str, ...]
    provider_names: tuple[str, ...]
    n_terms: int = 0


def answer(asked: Sequence[Canary], vocabulary: Vocabulary, score: Score) -> list[tuple[int, int]]:
    """Return (margin, affinity) x 10^6 of each request, all scored in one call."""
    if not asked:
        return []
    need_ids = np.array([f"{k:04d}" for k in range(len(asked))])
    provider_ids = np.array(sorted({c.provider for c in asked}))
    rows = {c.provider: c.provider_row for c in asked}
    pairs = PairTable(
        need_ids=need_ids,
        provider_ids=provider_ids,
        need=np.arange(len(asked), dtype=np.int32),
        provider=rows_of(np.array([c.provider for c in asked]), provider_ids),
        names=vocabulary.comparisons,
        values=np.array([c.values for c in asked], dtype=np.float64).reshape(len(asked), -1),
    )
    needs = _table(need_ids, vocabulary.need_names, [c.need_row for c in asked])
    needs = replace(needs, text=_texts([c.text_row for c in asked], vocabulary.n_terms))
    providers = _table(
        provider_ids, vocabulary.provider_names, [rows[str(p)] for p in provider_ids]
    )
    margin, affinity = score(pairs, needs, providers)
    return list(zip(_integers(margin), _integers(affinity), strict=True))


def _integers(values: Scores) -> list[int]:
    return [int(v) for v in np.rint(values * 1e6)]


def _sparse(values: FloatArray, row: int) -> tuple[tuple[int, float], ...]:
    if row < 0:
        return ()
    columns = np.flatnonzero(values[row])
    return tuple((int(c), float(values[row, c])) for c in columns)


def _terms(text: TermRows, row: int) -> tuple[tuple[int, float], ...]:
    if row < 0 or not text.width:
        return ()
    terms, weights = text.of_row(row)
    return tuple(zip(terms.tolist(), weights.tolist(), strict=True))


def _texts(rows: Sequence[tuple[tuple[int, float], ...]], n_terms: int) -> TermRows:
    entries = [entry for row in rows for entry in row]
    return TermRows(
        width=n_terms,
        starts=np.cumsum([0, *map(len, rows)]).astype(np.int64),
        terms=np.array([term for term, _ in entries], dtype=np.int32),
        weights=np.array([weight for _, weight in entries], dtype=np.float64),
    )


def _table(
    ids: TextArray, names: tuple[str, ...], rows: Sequence[tuple[tuple[int, float], ...]]
) -> IndicatorTable:
    values = np.zeros((len(ids), len(names)))
    for k, row in enumerate(rows):
        for column, value in row:
            values[k, column] = value
    return IndicatorTable(ids, names, values)
