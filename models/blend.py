"""The hybrid ranker: hand weights that move as feedback grows, and two learnt columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np

from models.base import Progress, TrainingData, pairs_where
from models.content import hand_weighted
from models.hybrid import LatentRanker
from models.links import links_of, marked
from models.logit import Choices, choices, fit_weights
from models.margin import MarginModel, centred
from models.popularity import PopularityRanker
from peipao.tables.pairs import PairTable
from peipao.tables.profiles import BoolArray, FloatArray

CUTS = (0.4, 0.6, 0.8)
"""Shares of the linked needs, by time, at which the past is cut; later needs teach weights."""


@dataclass(frozen=True, slots=True)
class Block:
    """Needs of one stretch of time, with columns learnt from what came before it alone.

    Attributes:
        starts_at: seconds since 1970-01-01 UTC; nothing at or after it was seen by the columns.
        pairs: eligible pairs of the needs opened in the stretch.
        columns: float64 (n_comparisons + 2, n_pairs): comparisons less neutral, popularity,
            latent.
        linked: bool (n_pairs,), accepted pairs.
    """

    starts_at: float
    pairs: PairTable
    columns: FloatArray
    linked: BoolArray

    def choices(self) -> Choices:
        """Return the block's needs as choices to learn from."""
        return choices(self.columns, self.pairs.need, self.linked)


@dataclass(frozen=True, slots=True)
class HybridFit:
    """A fitted hybrid and the blocks that its weights were learnt on.

    Attributes:
        model: weights learnt on the blocks, learnt columns fitted again on everything.
        blocks: in order of time; empty without feedback.
        prior, spread: float64 (n_columns,), of the weights.
    """

    model: MarginModel
    blocks: tuple[Block, ...]
    prior: FloatArray
    spread: FloatArray


@dataclass(frozen=True, slots=True)
class HybridRanker:
    """Content, popularity and latent factors as one sum.

    Attributes:
        popularity, latent: the learnt columns; their weights start at 0.
        hand_spread: standard deviation of a hand weight's prior, log-odds; the smaller, the
            longer the kind file holds against the feedback.
        learnt_spread: the same for the learnt columns.
    """

    popularity: PopularityRanker = field(default_factory=PopularityRanker)
    latent: LatentRanker = field(default_factory=LatentRanker)
    hand_spread: float = 0.5
    learnt_spread: float = 0.5

    def fit(
        self, data: TrainingData, /, *, seed: int, progress: Progress | None = None
    ) -> MarginModel:
        """Return the fitted margin; without any link exactly that of the hand weights."""
        return self.fit_fully(data, seed=seed, progress=progress).model

    def fit_fully(
        self, data: TrainingData, /, *, seed: int, progress: Progress | None = None
    ) -> HybridFit:
        """Return the fitted margin together with its out-of-time blocks."""
        data = data.canonical()
        content = hand_weighted(data)
        prior = np.r_[content.weights, 0.0, 0.0]
        spread = np.r_[np.full(len(content.weights), self.hand_spread), [self.learnt_spread] * 2]
        if not len(links_of(data).need):
            return HybridFit(content, (), prior, spread)
        blocks = self._blocks(data, content, seed, progress)
        weights = fit_weights([block.choices() for block in blocks], prior, spread)
        _tell(progress, "用全部反馈训练", 0.75)
        learnt = self._learnt(data.without_comparisons(), content, seed)
        return HybridFit(weighted(learnt, weights), tuple(blocks), prior, spread)

    def _blocks(
        self, data: TrainingData, content: MarginModel, seed: int, progress: Progress | None
    ) -> list[Block]:
        times, past_links = cut_times(data), data.without_comparisons()
        blocks = []
        for k, (low, high) in enumerate(pairwise([*times, np.inf])):
            _tell(progress, f"滚动时间切分 {k + 1}/{len(times)}", 0.75 * k / len(times))
            past = self._learnt(past_links.until(low), content, seed)
            blocks.append(block_of(data, past, low, high))
        return blocks

    def _learnt(self, data: TrainingData, content: MarginModel, seed: int) -> MarginModel:
        return replace(
            content,
            popularity=self.popularity.fit(data, seed=seed),
            latent=self.latent.fit(data, seed=seed),
        )


def weighted(model: MarginModel, weights: FloatArray) -> MarginModel:
    """Return the model with all its weights replaced (comparisons, popularity, latent)."""
    return replace(
        model,
        weights=weights[:-2],
        popularity_weight=float(weights[-2]),
        latent_weight=float(weights[-1]),
    )


def cut_times(data: TrainingData) -> list[float]:
    """Return distinct times that cut the linked needs at 40, 60 and 80 %."""
    linked = np.unique(links_of(data).need)
    opened = np.sort(data.opened_at[linked])
    return sorted({float(opened[int(len(opened) * share)]) for share in CUTS})


def block_of(data: TrainingData, past: MarginModel, low: float, high: float) -> Block:
    """Return the needs opened in [low, high) as the model of the past sees them."""
    opened = data.opened_at[data.pairs.need]
    pairs = pairs_where(data.pairs, (opened >= low) & (opened < high))
    links = links_of(data)
    return Block(
        starts_at=low,
        pairs=pairs,
        columns=columns_of(past, data, pairs),
        linked=marked(pairs, links.need, links.provider),
    )


def columns_of(model: MarginModel, data: TrainingData, pairs: PairTable) -> FloatArray:
    """Return float64 (n_comparisons + 2, n_pairs), what the weights multiply."""
    rows = [centred(pairs.values[:, k], float(n)) for k, n in enumerate(model.neutral)]
    empty = np.zeros(len(pairs.need))
    rows.append(empty if model.popularity is None else model.popularity.of(pairs))
    latent = model.latent
    needs, providers = data.need_indicators, data.provider_indicators
    rows.append(empty if latent is None else latent.score(needs, providers, pairs))
    return np.array(rows)


def margins(blocks: Sequence[Block], weights: FloatArray, base: float) -> list[FloatArray]:
    """Return the margin of each block's pairs under the given weights."""
    return [base + (weights[:, None] * block.columns).sum(axis=0) for block in blocks]


def _tell(progress: Progress | None, step: str, share: float) -> None:
    if progress is not None:
        progress(step, share)
