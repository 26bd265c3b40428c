"""The margin: one number a pair on the log-odds scale, as a sum of named contributions."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from models.base import Scores
from models.latent import LatentFactors, PreparedProviders, Providers
from models.popularity import Popularity
from peipao.errors import InvalidInputError
from peipao.tables.indicators import IndicatorTable
from peipao.tables.pairs import PairTable
from peipao.tables.profiles import FloatArray

BASE_LABEL = "基准"
POPULARITY_LABEL = "近期热度"
LATENT_LABEL = "相似项目经验"


@dataclass(frozen=True, slots=True)
class Contributions:
    """What each group of facts adds to the margin of a pair.

    Attributes:
        labels: (n_groups,) Chinese words, the first is the base that all pairs share.
        values: float64 (n_pairs, n_groups), log-odds; a row sums to the pair's margin.
    """

    labels: tuple[str, ...]
    values: FloatArray


@dataclass(frozen=True, slots=True)
class MarginModel:
    """margin = base + sum of weight x (comparison - neutral) + learnt columns.

    Attributes:
        names: (n_comparisons,) text, the comparisons of the kind file in their order.
        labels: (n_comparisons,) Chinese words of their groups.
        weights: float64 (n_comparisons,), log-odds a unit of the comparison.
        neutral: float64 (n_comparisons,), in [0, 1], what an average eligible pair has; a missing
            comparison counts as exactly that and so adds nothing.
        base: margin of an average pair.
        popularity_weight: log-odds a unit of popularity.
        latent_weight: log-odds a standard deviation of the latent score.
        popularity: the popularity column; None gives 0.
        latent: the latent column; None gives 0.
    """

    names: tuple[str, ...]
    labels: tuple[str, ...]
    weights: FloatArray
    neutral: FloatArray
    base: float
    popularity_weight: float = 0.0
    latent_weight: float = 0.0
    popularity: Popularity | None = None
    latent: LatentFactors | None = None

    def prepared(self, providers: IndicatorTable) -> PreparedProviders:
        """Return providers as this model sees them, to be used in their place again and again."""
        if self.latent is None:
            return PreparedProviders(providers.ids, np.zeros((len(providers.ids), 0)), None)
        return PreparedProviders(providers.ids, self.latent.provider_side(providers), self.latent)

    def score(self, needs: IndicatorTable, providers: Providers, pairs: PairTable, /) -> Scores:
        """Return the margin of each pair."""
        margin = np.full(len(pairs.need), self.base)
        for _, term in self._terms(needs, providers, pairs):
            margin += term
        return margin

    def contributions(
        self, needs: IndicatorTable, providers: Providers, pairs: PairTable, /
    ) -> Contributions:
        """Return what each group adds; several comparisons may share one label."""
        groups: dict[str, FloatArray] = {BASE_LABEL: np.full(len(pairs.need), self.base)}
        for label, term in self._terms(needs, providers, pairs):
            groups[label] = groups.get(label, 0.0) + term
        return Contributions(tuple(groups), np.stack(list(groups.values()), axis=1))

    def _terms(
        self, needs: IndicatorTable, providers: Providers, pairs: PairTable
    ) -> Iterator[tuple[str, FloatArray]]:
        if pairs.names != self.names:
            raise InvalidInputError("比较项", "与模型训练时不一致", "、".join(self.names))
        for k, label in enumerate(self.labels):
            yield label, self._comparison(pairs, k)
        if self.popularity is not None:
            yield POPULARITY_LABEL, self.popularity_weight * self.popularity.of(pairs)
        if self.latent is not None:
            scores = self.latent.score(needs, providers, pairs)
            yield LATENT_LABEL, self.latent_weight * scores

    def _comparison(self, pairs: PairTable, k: int) -> FloatArray:
        return np.asarray(self.weights[k] * centred(pairs.values[:, k], float(self.neutral[k])))


def centred(values: FloatArray, neutral: float) -> FloatArray:
    """Return the values less the neutral one; missing becomes 0."""
    return np.asarray(np.where(np.isnan(values), 0.0, values - neutral))


def neutral_of(pairs: PairTable) -> FloatArray:
    """Return float64 (n_comparisons,), the mean of each comparison; 0.5 where all is missing.

    Rounded to six digits, so that it reads well in the package and rests on no summation order.
    """
    known = ~np.isnan(pairs.values)
    sums = np.where(known, pairs.values, 0.0).sum(axis=0)
    counts = known.sum(axis=0)
    return np.asarray(np.where(counts > 0, np.round(sums / np.maximum(counts, 1), 6), 0.5))


def logit(probability: float) -> float:
    """Return log(p / (1 - p)) of a probability in (0, 1)."""
    return math.log(probability / (1 - probability))
