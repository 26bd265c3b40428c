"""P(link): the chance that a need of a dataset is linked to a provider of its catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.blend import Block, learn
from models.calibrate import Calibration, fit_calibration
from models.metrics import within_top
from peipao.tables.profiles import BoolArray, FloatArray, IntArray

SHOWN = 20
"""Places of a list that the curve is fitted on: those that people see."""

_LEAST, _MOST = 1e-9, 1 - 1e-6


@dataclass(frozen=True, slots=True)
class LinkChance:
    """Softmax of the margin over the need's own catalogue x links a need, bent by a curve.

    The softmax absorbs a growing catalogue by itself.

    Attributes:
        links_a_need: mean number of new links of a need that has any.
        curve: strictly increasing, on the log-odds of that product.
    """

    links_a_need: float
    curve: Calibration

    def of(self, margin: FloatArray, need: IntArray) -> FloatArray:
        """Return float64 (n_pairs,), in (0, 1).

        Args:
            margin: float64 (n_pairs,), all pairs of each need.
            need: int32 (n_pairs,), ascending.
        """
        return self.curve.apply(_odds(self.links_a_need * softmax(margin, need)))


def softmax(margin: FloatArray, need: IntArray) -> FloatArray:
    """Return float64 (n_pairs,), which sums to 1 over the pairs of each need."""
    if not len(need):
        return np.zeros(0)
    starts = np.flatnonzero(np.r_[True, need[1:] != need[:-1]])
    sizes = np.diff(np.r_[starts, len(need)])
    odds = np.exp(margin - np.repeat(np.maximum.reduceat(margin, starts), sizes))
    return np.asarray(odds / np.repeat(np.add.reduceat(odds, starts), sizes))


def fit_link_chance(
    blocks: Sequence[Block], prior: FloatArray, spreads: Sequence[float]
) -> LinkChance:
    """Return the chance as the last rolling block shows it to weights learnt before it."""
    *earlier, last = blocks
    weights, _ = learn(earlier, prior, spreads)
    margin = (weights[:, None] * last.columns).sum(axis=0)
    links = np.bincount(last.pairs.need, weights=last.linked)
    asked = (links > 0)[last.pairs.need]
    links_a_need = float(links[links > 0].mean()) if asked.any() else 1.0
    need, linked = last.pairs.need[asked], last.linked[asked]
    found = links_a_need * softmax(margin[asked], need)
    shown: BoolArray = within_top(need, found, SHOWN)
    return LinkChance(links_a_need, fit_calibration(_odds(found)[shown], linked[shown]))


def _odds(probability: FloatArray) -> FloatArray:
    held = np.clip(probability, _LEAST, _MOST)
    return np.asarray(np.log(held) - np.log1p(-held))
