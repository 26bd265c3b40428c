"""Lifts: how much more often a provider takes needs with a value than its share of needs says.

One column an attribute of the need. Counts are naive Bayes with older links counting less; a cell
with few links is drawn to 1 by pseudo-counts, so that a rare value says little.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from models.alignment import rows_of
from models.base import Progress, Scores, TrainingData
from models.columns import are_few, is_one, on_grid, picked, shared_at, spread, table_rows
from models.latent import Providers
from models.links import Links, new_links_of
from models.standing import counts, decay
from models.unstated import attributes_of, slots_of, unstated_rows, width_of
from peipao.errors import InvalidInputError
from peipao.tables.indicators import IndicatorTable
from peipao.tables.pairs import PairTable
from peipao.tables.profiles import FloatArray, IntArray, TextArray

PREFIX = "lift:"
SUFFIX = "经验"
TOPIC = "需求"
"""The group of an attribute that belongs to no other."""


@dataclass(frozen=True, slots=True)
class Lifts:
    """A table of features x providers, cut by attribute.

    Attributes:
        provider_ids: text (n_providers,), sorted.
        need_names: (n_features,) the need's indicators, all of them.
        topics: (n_attributes,) the word people use for it, such as `产业`.
        values: float64 (n_features + n_attributes, n_providers), log units, on the grid, each row
            0 on average: the indicators, then what not stating an attribute says; all zero for a
            word of a text.
    """

    provider_ids: TextArray
    need_names: tuple[str, ...]
    topics: tuple[str, ...]
    values: FloatArray

    @property
    def attributes(self) -> tuple[str, ...]:
        """Return (n_attributes,) text, in order of their first indicator."""
        return attributes_of(self.need_names)

    @property
    def slots(self) -> IntArray:
        """Return int32 (n_features + n_attributes,), the attribute of each row, or -1."""
        return slots_of(self.need_names)

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names."""
        return tuple(f"{PREFIX}{name}" for name in self.attributes)

    @property
    def labels(self) -> tuple[str, ...]:
        """Return the Chinese words."""
        return tuple(f"{topic}{SUFFIX}" for topic in self.topics)

    def of(self, needs: IndicatorTable, providers: Providers, pairs: PairTable, /) -> FloatArray:
        """Return float64 (n_attributes, n_pairs).

        Raises:
            InvalidInputError: the features are not those of training.
        """
        del providers
        if needs.names != self.need_names:
            raise InvalidInputError("需求指标", "与模型训练时的特征不一致", "用模型包内的口径编码")
        need = rows_of(pairs.need_ids, needs.ids)[pairs.need]
        provider = table_rows(pairs, self.provider_ids)
        shares = shares_of(needs)
        if are_few(need, len(self.provider_ids)):
            return shared_at(shares, self.values, self.slots, need, provider)
        if is_one(need):
            return spread(self._row(shares[need[0]]), provider)
        rows = [
            picked(_Product(shares, self.values, self.slots == k), need, provider)
            for k in range(len(self.attributes))
        ]
        return np.array(rows).reshape(len(rows), len(need))

    def _row(self, shares: FloatArray) -> FloatArray:
        """Return float64 (n_attributes, n_providers) for the shares of one need."""
        found = np.zeros((len(self.attributes), len(self.provider_ids)))
        used = np.flatnonzero((shares != 0) & (self.slots >= 0))
        # Shares and values lie on the grid, so that these sums are exact in any order.
        for feature, slot in zip(used.tolist(), self.slots[used].tolist(), strict=True):
            found[slot] += shares[feature] * self.values[feature]
        return found


@dataclass(frozen=True, slots=True)
class _Product:
    shares: FloatArray
    values: FloatArray
    features: np.ndarray

    def __call__(self, rows: IntArray, /) -> FloatArray:
        ours = self.shares[rows]
        # Shares and values lie on the grid: leaving out the zeros changes no bit of a sum.
        used = np.flatnonzero(self.features & (ours != 0).any(axis=0))
        return np.asarray(ours[:, used] @ self.values[used])


def shares_of(needs: IndicatorTable) -> FloatArray:
    """Return float64 (n, n_features + n_attributes) on the grid; an attribute's sum to 1."""
    return needs.kept("shares", lambda: on_grid(unstated_rows(needs) * places_of(needs)))


def places_of(needs: IndicatorTable) -> FloatArray:
    """Return float64 (n, 1), how many places share a row: attributes, and one for words."""
    words = slots_of(needs.names)[: len(needs.names)] == -1
    n_attributes = len(attributes_of(needs.names))
    told = needs.values @ words.astype(np.float64) > 0  # no indicator is negative
    return n_attributes + np.asarray(told, dtype=np.float64)[:, None]


@dataclass(frozen=True, slots=True)
class LiftSettings:
    """How lifts are counted.

    Attributes:
        half_life_days: after that many days a link counts half.
        pseudo_counts: links added to every cell and to its expectation.
    """

    half_life_days: float = 730.0
    pseudo_counts: float = 2.0


def fit_lifts(data: TrainingData, settings: LiftSettings) -> Lifts:
    """Return the lifts at the time of the latest link; data must be canonical."""
    names = data.need_indicators.names
    attributes = attributes_of(names)
    empty = Lifts(
        data.pairs.provider_ids,
        names,
        tuple(data.topics.get(name, TOPIC) for name in attributes),
        np.zeros((width_of(names), len(data.pairs.provider_ids))),
    )
    links = new_links_of(data)
    if not len(links.need):
        return empty
    rows = rows_of(data.pairs.need_ids, data.need_indicators.ids)
    shares = shares_of(data.need_indicators)
    cells = cells_of(links, shares[np.maximum(rows, 0)], len(empty.provider_ids), settings)
    values = np.zeros_like(cells)
    for k in range(len(attributes)):
        values[empty.slots == k] = log_lift(cells[empty.slots == k], settings.pseudo_counts)
    return Lifts(empty.provider_ids, names, empty.topics, on_grid(values))


def cells_of(
    links: Links, shares: FloatArray, n_providers: int, settings: LiftSettings
) -> FloatArray:
    """Return float64 (n_features, n_providers), decayed links of each feature and provider."""
    from scipy import sparse

    weights = decay(links, settings.half_life_days)
    shape = (len(shares), n_providers)
    linked = sparse.csr_matrix((weights, (links.need, links.provider)), shape)
    return np.asarray((sparse.csr_matrix(shares).T @ linked).todense())


def log_lift(cells: FloatArray, pseudo_counts: float) -> FloatArray:
    """Return the log of observed over expected links, rows centred; a value never seen says 0."""
    total = cells.sum()
    if total <= 0:
        return np.zeros_like(cells)
    expected = np.outer(cells.sum(axis=1), cells.sum(axis=0)) / total
    lift = np.log((cells + pseudo_counts) / (expected + pseudo_counts))
    return np.asarray(lift - lift.mean(axis=1, keepdims=True))


@dataclass(frozen=True, slots=True)
class NaiveBayes:
    """Recent popularity and every attribute's lift, all in full.

    Attributes:
        provider_ids: text (n_providers,), sorted.
        popularity: float64 (n_providers,), log units.
        lifts: one column an attribute.
    """

    provider_ids: TextArray
    popularity: FloatArray
    lifts: Lifts

    def score(
        self, needs: IndicatorTable, providers: IndicatorTable, pairs: PairTable, /
    ) -> Scores:
        """Return popularity plus all lifts."""
        rows = table_rows(pairs, self.provider_ids)
        popular = np.where(rows >= 0, self.popularity[np.maximum(rows, 0)], 0.0)
        return np.asarray(popular + self.lifts.of(needs, providers, pairs).sum(axis=0))


@dataclass(frozen=True, slots=True)
class NaiveBayesRanker:
    """Counts alone; draws nothing.

    Attributes:
        half_life_days: of popularity.
        lifts: of the attributes.
    """

    half_life_days: float = 365.0
    lifts: LiftSettings = field(default_factory=LiftSettings)

    def fit(
        self, data: TrainingData, /, *, seed: int, progress: Progress | None = None
    ) -> NaiveBayes:
        """Return the counts at the time of the latest event."""
        del seed, progress
        data = data.canonical()
        ids = data.pairs.provider_ids
        popular = np.log(counts(new_links_of(data), len(ids), self.half_life_days) + 0.1)
        return NaiveBayes(ids, popular - popular.mean(), fit_lifts(data, self.lifts))
