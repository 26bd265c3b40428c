"""The promotion gate: what an analyst should look at before a new model ranks for the city."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.alignment import rows_of
from models.base import TrainingData
from models.evaluation import Evaluation
from models.links import VOUCHED
from peipao.tables.profiles import IntArray

RING, WORSE = "unconfirmed-support", "worse-than-hand-weights"

LEAST = 5
"""Acceptances nobody vouched for, below which a provider is not looked at."""

ERROR = 0.01
"""How often a training on honest feedback may be flagged for any provider at all."""

JUDGED = 100
"""Needs that make a comparison with the hand weights worth acting on."""


@dataclass(frozen=True, slots=True)
class Flag:
    """A reason not to promote a model unseen.

    Attributes:
        code: `RING` or `WORSE`.
        words: Chinese sentence with the figures.
    """

    code: str
    words: str


def flags_of(data: TrainingData, evaluation: Evaluation) -> tuple[Flag, ...]:
    """Return what stands out, by code and provider; nothing where all is as usual."""
    return (*_worse(evaluation), *_rings(data))


def _worse(evaluation: Evaluation) -> list[Flag]:
    ratio = evaluation.ratios.get("hybrid_over_content")
    if ratio is None or evaluation.n_needs < JUDGED or not ratio.high < 1:
        return []
    return [
        Flag(
            WORSE,
            f"留出时段上不如规则权重:NDCG@10 之比 {ratio.value:.3f}"
            f"[{ratio.low:.3f}, {ratio.high:.3f}],{evaluation.n_needs} 条需求",
        )
    ]


def _rings(data: TrainingData) -> list[Flag]:
    """Flag providers that were accepted far more often than others by projects nobody has met."""
    from scipy import stats

    provider, doubtful = _acceptances(data)
    if not len(provider) or not doubtful.any():
        return []
    n = len(data.pairs.provider_ids)
    asked = np.bincount(provider, minlength=n)
    fake = np.bincount(provider[doubtful], minlength=n)
    # What is usual is told by the others: a ring must not hide by raising the average.
    rest = (doubtful.sum() - fake) / np.maximum(len(provider) - asked, 1)
    chance = stats.binom.sf(fake - 1, asked, np.clip(rest, 1 / (len(provider) + 1), 1.0))
    odd = np.flatnonzero((fake >= LEAST) & (chance < ERROR / n))
    return [
        Flag(
            RING,
            f"资源方 {data.pairs.provider_ids[row]} 的 {asked[row]} 次接受中有 {fake[row]} 次"
            f"来自工作人员从未见证会面的项目(其余资源方平均 {rest[row]:.0%});请核实后再启用",
        )
        for row in odd
    ]


def _acceptances(data: TrainingData) -> tuple[IntArray, np.ndarray]:
    """Return the provider of each accepted pair, and whether nobody vouched for its project."""
    seen = data.interactions
    need = rows_of(seen.need_ids, data.pairs.need_ids)[seen.need]
    provider = rows_of(seen.provider_ids, data.pairs.provider_ids)[seen.provider]
    known = (need >= 0) & (provider >= 0)
    vouched = np.unique(data.project[need[known & (seen.event == VOUCHED)]])
    if not len(vouched):  # where staff vouch for nobody, nothing can be told
        return np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.bool_)
    rows = known & (seen.event == "accepted")
    keys = need[rows].astype(np.int64) * len(data.pairs.provider_ids) + provider[rows]
    pair = np.unique(keys)
    project = data.project[pair // len(data.pairs.provider_ids)]
    accepted = (pair % len(data.pairs.provider_ids)).astype(np.int32)
    return accepted, ~np.isin(project, vouched)
