"""P(link): the chance that a need of a dataset is linked to a provider of its catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.blend import Block, learn, margins
from models.calibrate import Calibration, fit_calibration
from models.metrics import within_top
from models.shortlist import Ranks, ranks_of_linked, softmax
from peipao.tables.profiles import FloatArray, IntArray

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


def fit_link_chance(ranks: Ranks) -> LinkChance:
    """Return the chance as out-of-time lists show it, those of `latest_ranks`."""
    n_needs = len(np.unique(ranks.need))
    links_a_need = float(ranks.linked.sum()) / n_needs if n_needs else 1.0
    shown = within_top(ranks.need, ranks.share, SHOWN)
    curve = fit_calibration(_odds(links_a_need * ranks.share)[shown], ranks.linked[shown])
    return LinkChance(links_a_need, curve)


def latest_ranks(blocks: Sequence[Block], prior: FloatArray, spreads: Sequence[float]) -> Ranks:
    """Return the last rolling block's lists by weights learnt before it."""
    *earlier, last = blocks
    margin = margins([last], learn(earlier, prior, spreads)[0], 0.0)[0]
    return ranks_of_linked(last.pairs.need, margin, last.linked)


def _odds(probability: FloatArray) -> FloatArray:
    held = np.clip(probability, _LEAST, _MOST)
    return np.asarray(np.log(held) - np.log1p(-held))
