"""Popularity: how often a provider was accepted lately, in log units."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.alignment import rows_of
from models.base import DAY_S, Progress, Scores, TrainingData
from models.links import new_links_of
from peipao.tables.indicators import IndicatorTable
from peipao.tables.pairs import PairTable
from peipao.tables.profiles import FloatArray, TextArray


@dataclass(frozen=True, slots=True)
class Popularity:
    """A number a provider.

    Attributes:
        provider_ids: text (n_providers,), sorted.
        values: float64 (n_providers,), log of the decayed accepted count, shrunk and less the
            mean over all providers; 0 is average. A provider not listed is taken as average, so
            that a newcomer is neither favoured nor buried.
    """

    provider_ids: TextArray
    values: FloatArray

    def of(self, pairs: PairTable) -> FloatArray:
        """Return float64 (n_pairs,), the popularity of each pair's provider."""
        if not len(self.values):
            return np.zeros(len(pairs.provider))
        rows = rows_of(pairs.provider_ids, self.provider_ids)
        values = np.where(rows >= 0, self.values[np.maximum(rows, 0)], 0.0)
        return np.asarray(values[pairs.provider])

    def score(
        self, needs: IndicatorTable, providers: IndicatorTable, pairs: PairTable, /
    ) -> Scores:
        """Return the popularity of each pair's provider."""
        del needs, providers
        return self.of(pairs)


@dataclass(frozen=True, slots=True)
class PopularityRanker:
    """Counts accepted pairs, older ones less.

    Attributes:
        half_life_days: after that many days an acceptance counts half.
        shrinkage: in (decayed) acceptances; larger pulls the values together.
    """

    half_life_days: float = 365.0
    shrinkage: float = 1.0

    def fit(
        self, data: TrainingData, /, *, seed: int, progress: Progress | None = None
    ) -> Popularity:
        """Return the popularity at the time of the latest event; draws nothing."""
        del seed, progress
        data = data.canonical()
        links = new_links_of(data)
        ids = data.pairs.provider_ids
        if not len(links.need):
            return Popularity(ids, np.zeros(len(ids)))
        age_days = (links.at.max() - links.at) / DAY_S
        decayed = 0.5 ** (age_days / self.half_life_days)
        counts = np.bincount(links.provider, weights=decayed, minlength=len(ids))
        k = self.shrinkage
        logs = np.log(counts + k)
        return Popularity(ids, logs - logs.mean())
