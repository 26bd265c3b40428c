"""Rivals in closed form, for comparison alone: ridge on attributes, EASE with attributes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from models.alignment import rows_of
from models.base import Progress, Scores, TrainingData
from models.columns import picked, table_rows
from models.links import links_of
from models.standing import decay
from peipao.tables.indicators import IndicatorTable
from peipao.tables.pairs import PairTable
from peipao.tables.profiles import FloatArray, IntArray, TextArray


@dataclass(frozen=True, slots=True)
class Linear:
    """Scores of all providers for needs, found by id.

    Attributes:
        provider_ids: text (n_providers,), sorted.
        need_ids: text (n_needs,), sorted.
        scores: float64 (n_needs, n_providers).
    """

    provider_ids: TextArray
    need_ids: TextArray
    scores: FloatArray

    def score(
        self, needs: IndicatorTable, providers: IndicatorTable, pairs: PairTable, /
    ) -> Scores:
        """Return one score a pair."""
        del needs, providers
        need = rows_of(pairs.need_ids, self.need_ids)[pairs.need]
        return picked(self._rows, need, table_rows(pairs, self.provider_ids))

    def _rows(self, rows: IntArray, /) -> FloatArray:
        return self.scores[rows]


@dataclass(frozen=True, slots=True)
class RidgeRanker:
    """Links as a linear function of the need's attributes.

    Attributes:
        strength: of the ridge, in needs.
        half_life_days: after that many days a need counts half.
    """

    strength: float = 10.0
    half_life_days: float = 730.0

    def fit(self, data: TrainingData, /, *, seed: int, progress: Progress | None = None) -> Linear:
        """Return the fitted scores of every need; draws nothing."""
        del seed, progress
        data = data.canonical()
        features, linked, weights = _matrices(data, self.half_life_days)
        past = weights > 0
        rows = features[past] * weights[past, None]
        mean = linked[past].T @ weights[past] / weights[past].sum()
        gram = rows.T @ features[past] + self.strength * np.eye(features.shape[1])
        target = rows.T @ linked[past].toarray() - np.outer(rows.sum(axis=0), mean)
        found = features @ np.linalg.solve(gram, target) + mean
        return Linear(data.pairs.provider_ids, data.pairs.need_ids, found)


@dataclass(frozen=True, slots=True)
class EaseRanker:
    """EASE over the project's earlier providers, its attributes as further inputs.

    Attributes:
        strength: of the ridge.
        kept: share of the history that is kept, in closed form, so that attributes are learnt.
        half_life_days: after that many days a need counts half.
    """

    strength: float = 60.0
    kept: float = 0.7
    half_life_days: float = 730.0

    def fit(self, data: TrainingData, /, *, seed: int, progress: Progress | None = None) -> Linear:
        """Return the fitted scores of every need; draws nothing."""
        del seed, progress
        data = data.canonical()
        features, linked, weights = _matrices(data, self.half_life_days)
        dense, n = linked.toarray(), linked.shape[1]
        inputs = np.hstack([dense * self.kept, features])
        gram = (inputs * weights[:, None]).T @ inputs
        own = np.arange(n)
        gram[own, own] = (dense * weights[:, None]).sum(axis=0) * self.kept
        target = (inputs * weights[:, None]).T @ dense
        inverse = np.linalg.inv(gram + self.strength * np.eye(len(gram)))
        table = inverse @ target
        table -= inverse[:, :n] * (np.diag(table)[:n] / np.diag(inverse)[:n])
        found = _history(data, dense) @ table[:n] + features @ table[n:]
        return Linear(data.pairs.provider_ids, data.pairs.need_ids, found)


def _matrices(
    data: TrainingData, half_life_days: float
) -> tuple[FloatArray, sparse.csr_matrix, FloatArray]:
    """Return attributes of the needs, links of the needs and the weights of past needs."""
    links = links_of(data)
    shape = (len(data.pairs.need_ids), len(data.pairs.provider_ids))
    linked = sparse.csr_matrix((np.ones(len(links.need)), (links.need, links.provider)), shape)
    weights = np.zeros(shape[0])
    np.maximum.at(weights, links.need, decay(links, half_life_days))
    rows = rows_of(data.pairs.need_ids, data.need_indicators.ids)
    features = np.sqrt(data.need_indicators.values[rows])
    return features, linked, weights


def _history(data: TrainingData, linked: FloatArray) -> FloatArray:
    """Return what the project of each need was linked to in all of the past."""
    projects = np.zeros((int(data.project.max()) + 1, linked.shape[1]))
    np.maximum.at(projects, data.project, linked)
    return projects[data.project]
