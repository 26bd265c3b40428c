"""How good a ranking, an affinity and a round's exposure are.

Ranking is judged over the whole catalogue of each need, nothing is sampled, and ties count
against the model, so that a constant score earns nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from peipao.tables.profiles import BoolArray, FloatArray, IntArray

RANKING = ("ndcg_at_10", "recall_at_20", "mrr", "hit_at_10")
"""Columns of a ranking table, by the names they have in the tracking store."""

_DRAWS = 1000


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean with its 95 % bootstrap interval."""

    value: float
    low: float
    high: float

    def to_json(self) -> list[float]:
        """Return [value, low, high], rounded to six digits."""
        return [round(self.value, 6), round(self.low, 6), round(self.high, 6)]


@dataclass(frozen=True, slots=True)
class Ranked:
    """Ranking figures, one row a judged need.

    Attributes:
        need: int32 (n,), which need, ascending.
        figures: float64 (n, 4), the columns of `RANKING`, each in [0, 1].
    """

    need: IntArray
    figures: FloatArray

    def __len__(self) -> int:
        """Return the number of judged needs."""
        return len(self.need)


def ranks_of(scores: FloatArray, relevant: BoolArray) -> list[int]:
    """Return the 1-based ranks of the relevant candidates, ascending.

    A candidate stands behind everything that scores as much as it does; relevant ones that tie
    with each other stand on different places.
    """
    ranks = sorted(int((scores >= score).sum()) for score in scores[relevant])
    last = len(ranks) - 1
    return [
        max(rank - (last - k), 1) if ranks.count(rank) > 1 else rank for k, rank in enumerate(ranks)
    ]


def ranking_of(ranks: list[int]) -> tuple[float, float, float, float]:
    """Return NDCG@10, recall@20, MRR and hit@10 of one need; `ranks` ascending, not empty."""
    n = len(ranks)
    gained = sum(1 / np.log2(rank + 1) for rank in ranks if rank <= 10)
    best = sum(1 / np.log2(k + 2) for k in range(min(n, 10)))
    found = sum(rank <= 20 for rank in ranks) / n
    return float(gained / best), found, 1 / ranks[0], float(ranks[0] <= 10)


def rank_needs(need: IntArray, scores: FloatArray, relevant: BoolArray) -> Ranked:
    """Judge every need that has a relevant pair; its catalogue is all of its pairs given.

    Args:
        need: int32 (n_pairs,), in any order.
        scores: float64 (n_pairs,), higher is better; -inf is ranked last.
        relevant: bool (n_pairs,).
    """
    order = np.argsort(need, kind="stable")
    needs, starts = np.unique(need[order], return_index=True)
    rows = []
    for name, part in zip(needs, np.split(order, starts[1:]), strict=True):
        if relevant[part].any():
            rows.append((name, *ranking_of(ranks_of(scores[part], relevant[part]))))
    table = np.array(rows, dtype=np.float64).reshape(len(rows), 1 + len(RANKING))
    return Ranked(table[:, 0].astype(np.int32), table[:, 1:])


def intervals(values: FloatArray, seed: int = 7) -> list[Interval]:
    """Return the mean of each column with a 95 % bootstrap interval over rows.

    Args:
        values: float64 (n, n_columns), n >= 1.
        seed: of the draws, which all columns share.
    """
    rng, n = np.random.default_rng(seed), len(values)
    drawn = np.array([values[rng.integers(0, n, n)].mean(axis=0) for _ in range(_DRAWS)])
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    return [
        Interval(float(m), float(a), float(b))
        for m, a, b in zip(values.mean(axis=0), low, high, strict=True)
    ]


def ranking_intervals(ranked: Ranked, seed: int = 7) -> Mapping[str, Interval]:
    """Return each ranking figure with its interval; empty if no need was judged."""
    if not len(ranked):
        return {}
    return dict(zip(RANKING, intervals(ranked.figures, seed), strict=True))


def paired_ratio(ours: FloatArray, theirs: FloatArray, seed: int = 0) -> Interval:
    """Return mean(ours) / mean(theirs) over the same needs, with a paired bootstrap interval.

    NaN where the other mean is 0.
    """
    n = len(ours)
    rows = np.random.default_rng(seed).integers(0, n, (2 * _DRAWS, n))
    below, above = theirs[rows].mean(axis=1), ours[rows].mean(axis=1)
    ratios = above[below > 0] / below[below > 0]
    if not theirs.any():
        return Interval(float("nan"), float("nan"), float("nan"))
    low, high = np.quantile(ratios, [0.025, 0.975])
    return Interval(float(ours.mean() / theirs.mean()), float(low), float(high))


def calibration_error(
    probability: FloatArray, happened: BoolArray, n_bins: int | None = None
) -> float:
    """Return the expected calibration error over bins of equal mass; 0 for no pairs.

    State it on the pairs that are shown: over all pairs a constant passes when links are rare.
    Unless told otherwise there are at most 15 bins of at least 50 pairs; smaller bins would show
    the noise of the draw as an error of the model.
    """
    order = np.argsort(probability, kind="stable")
    bins = np.array_split(order, n_bins or max(1, min(15, len(order) // 50)))
    gaps = [
        len(rows) * abs(float(probability[rows].mean() - happened[rows].mean()))
        for rows in bins
        if len(rows)
    ]
    return sum(gaps) / max(len(order), 1)


def within_top(need: IntArray, scores: FloatArray, k: int) -> BoolArray:
    """Return bool (n_pairs,), True at the k best pairs of each need; ties by the given order."""
    order = np.lexsort((np.arange(len(need)), -scores, need))
    _, starts = np.unique(need[order], return_index=True)
    place = np.arange(len(order)) - np.repeat(starts, np.diff(np.r_[starts, len(order)]))
    out = np.zeros(len(need), dtype=np.bool_)
    out[order[place < k]] = True
    return out


def predicted_over_observed(probability: FloatArray, happened: BoolArray) -> float:
    """Return the sum of the probabilities over the count of what happened; NaN if nothing did."""
    return float(probability.sum() / happened.sum()) if happened.any() else float("nan")


def log_loss_skill(probability: FloatArray, happened: BoolArray) -> float:
    """Return 1 - log loss / log loss of the base rate; 0 is no better than a constant.

    NaN where all outcomes are equal.
    """
    rate = float(happened.mean()) if len(happened) else 0.0
    if rate in {0.0, 1.0}:
        return float("nan")
    ours = -np.where(happened, np.log(probability), np.log1p(-probability)).mean()
    theirs = -(rate * np.log(rate) + (1 - rate) * np.log(1 - rate))
    return float(1 - ours / theirs)


def coverage(exposure: FloatArray | IntArray) -> float:
    """Return the share of providers that are shown at all, in [0, 1]."""
    return float((exposure > 0).mean()) if len(exposure) else 0.0


def gini(exposure: FloatArray | IntArray) -> float:
    """Return the Gini coefficient of exposure, 0 (all alike) to almost 1 (one has it all)."""
    total, n = float(exposure.sum()), len(exposure)
    if not total:
        return 0.0
    ranked = np.sort(exposure.astype(np.float64))
    return float((2 * np.arange(1, n + 1) - n - 1) @ ranked / (n * total))
