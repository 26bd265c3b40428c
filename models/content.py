"""The content ranker: the weights that staff set, and nothing learnt."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.base import Progress, TrainingData
from models.lifts import TOPIC
from models.margin import MarginModel, logit, neutral_of


@dataclass(frozen=True, slots=True)
class ContentRanker:
    """Works without any feedback: pairs alone tell what is average."""

    def fit(
        self, data: TrainingData, /, *, seed: int, progress: Progress | None = None
    ) -> MarginModel:
        """Return the margin with the hand weights of the kind file; draws nothing."""
        del seed, progress
        return hand_weighted(data.canonical())


def hand_weighted(data: TrainingData) -> MarginModel:
    """Return the margin that the kind file alone gives; data must be canonical.

    An average eligible pair has the log-odds of the kind's prior acceptance.
    """
    comparisons = data.spec.comparisons
    return MarginModel(
        names=tuple(c.name for c in comparisons),
        labels=tuple(c.label for c in comparisons),
        weights=np.array([c.weight for c in comparisons], dtype=np.float64),
        neutral=neutral_of(data.pairs),
        base=logit(data.spec.prior_acceptance),
        topics=tuple(data.topics.get(c.need, TOPIC) for c in comparisons),
    )
