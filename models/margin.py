"""The margin: one number a pair on the log-odds scale, as a sum of named contributions."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from models.base import Scores
from models.columns import Columns
from models.latent import LATENT_LABEL, LatentFactors, PreparedProviders, Providers
from models.lifts import SUFFIX
from models.text_lift import TEXT_LABEL
from peipao.errors import InvalidInputError
from peipao.tables.indicators import IndicatorTable
from peipao.tables.pairs import PairTable
from peipao.tables.profiles import FloatArray

BASE_LABEL = "基准"

PAST = "过往成效"
"""The topic of all that rests on past links and is about no single attribute of the need."""

_TOPICS = {LATENT_LABEL: PAST, TEXT_LABEL: "文本"}


@dataclass(frozen=True, slots=True)
class Contributions:
    """What each group of facts adds to the margin of a pair.

    Attributes:
        labels: (n_groups,) Chinese words, the first is the base that all pairs share.
        values: float64 (n_pairs, n_groups), log-odds; a row sums to the pair's margin.
        topics: (n_groups,) the word people use for what a group is about, such as `产业`; several
            groups share one.
    """

    labels: tuple[str, ...]
    values: FloatArray
    topics: tuple[str, ...] = ()

    def by_topic(self) -> Contributions:
        """Return the same with the groups of a topic added up; a row keeps its sum."""
        names = tuple(dict.fromkeys(self.topics))
        member = np.array([[topic == name for name in names] for topic in self.topics])
        return Contributions(names, self.values @ member.astype(np.float64), names)


@dataclass(frozen=True, slots=True)
class MarginModel:
    """margin = base + sum of weight x (comparison - neutral) + sum of weight x learnt column.

    Attributes:
        names: (n_comparisons,) text, the comparisons of the kind file in their order.
        labels: (n_comparisons,) Chinese words of their groups.
        topics: (n_comparisons,) what each is about, in the words people use.
        weights: float64 (n_comparisons,), log-odds a unit of the comparison.
        neutral: float64 (n_comparisons,), in [0, 1], what an average eligible pair has; a missing
            comparison counts as exactly that and so adds nothing.
        base: margin of an average pair.
        learnt: columns that rest on past links; none without feedback.
        learnt_weights: float64 (n_learnt,), log-odds a unit, along `learnt_names`.
    """

    names: tuple[str, ...]
    labels: tuple[str, ...]
    weights: FloatArray
    neutral: FloatArray
    base: float
    topics: tuple[str, ...] = ()
    learnt: tuple[Columns, ...] = ()
    learnt_weights: FloatArray = field(default_factory=lambda: np.zeros(0))

    @property
    def learnt_names(self) -> tuple[str, ...]:
        """Return the names of all learnt columns in their order."""
        return tuple(name for columns in self.learnt for name in columns.names)

    def weighed(self) -> list[tuple[Columns, FloatArray]]:
        """Return the learnt columns that count, each with its weights."""
        found, first = [], 0
        for columns in self.learnt:
            weights = self.learnt_weights[first : first + len(columns.names)]
            first += len(weights)
            if weights.any():
                found.append((columns, weights))
        return found

    def all_weights(self) -> FloatArray:
        """Return float64 (n_comparisons + n_learnt,)."""
        return np.concatenate([self.weights, self.learnt_weights])

    def prepared(self, providers: IndicatorTable) -> PreparedProviders:
        """Return providers as this model sees them, to be used in their place again and again."""
        latent = next((c for c in self.learnt if isinstance(c, LatentFactors)), None)
        if latent is None:
            return PreparedProviders(providers.ids, np.zeros((len(providers.ids), 0)), None)
        return PreparedProviders(providers.ids, latent.provider_side(providers), latent)

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
        stated = dict(zip(self.labels, self.topics, strict=False))
        topics = tuple(stated.get(label) or topic_of_label(label) for label in groups)
        return Contributions(tuple(groups), np.stack(list(groups.values()), axis=1), topics)

    def columns(
        self, needs: IndicatorTable, providers: Providers, pairs: PairTable, /
    ) -> FloatArray:
        """Return float64 (n_comparisons + n_learnt, n_pairs), what the weights multiply."""
        found = np.empty((len(self.names) + len(self.learnt_names), len(pairs.need)))
        for k in range(len(self.names)):
            found[k] = self._comparison(pairs, k)
        first = len(self.names)
        for columns in self.learnt:
            last = first + len(columns.names)
            found[first:last] = columns.of(needs, providers, pairs)
            first = last
        return found

    def _terms(
        self, needs: IndicatorTable, providers: Providers, pairs: PairTable
    ) -> Iterator[tuple[str, FloatArray]]:
        if pairs.names != self.names:
            raise InvalidInputError("比较项", "与模型训练时不一致", "、".join(self.names))
        for k, label in enumerate(self.labels):
            yield label, self.weights[k] * self._comparison(pairs, k)
        for columns, weights in self.weighed():
            found = columns.of(needs, providers, pairs)
            for label, weight, column in zip(columns.labels, weights, found, strict=True):
                yield label, weight * column

    def _comparison(self, pairs: PairTable, k: int) -> FloatArray:
        return centred(pairs.values[:, k], float(self.neutral[k]))


def topic_of_label(label: str) -> str:
    """Return the topic of a learnt group: of a lift its attribute's, else that it is the past."""
    if label == BASE_LABEL:
        return BASE_LABEL
    if label in _TOPICS:
        return _TOPICS[label]
    return label.removesuffix(SUFFIX) if label.endswith(SUFFIX) else PAST


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
