"""All that is said beside a margin: its affinity, how sure that is, and how long a list must be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from models.base import TrainingData
from models.blend import Block, HybridFit, learn, margins
from models.calibrate import Calibration, fit_calibration
from models.links import marked, offers_of
from models.metrics import within_top
from models.shortlist import (
    Ranks,
    Threshold,
    figures_of,
    fit_thresholds,
    measured,
    ranks_of_linked,
)
from models.uncertainty import (
    LEVEL,
    Answers,
    Uncertainty,
    answer_coverage,
    fit_uncertainty,
    unknown,
)
from peipao.tables.profiles import BoolArray, FloatArray

UNTAUGHT = 0.5
"""Standard deviation of the weights' prior, log-odds, while nothing has taught them."""


@dataclass(frozen=True, slots=True)
class Assurance:
    """What goes with a margin.

    Attributes:
        calibration: margin to affinity.
        uncertainty: of the affinity.
        shortlist: thresholds, by level; empty without feedback.
    """

    calibration: Calibration
    uncertainty: Uncertainty
    shortlist: tuple[Threshold, ...] = ()

    def figures(self, data: TrainingData, block: Block, margin: FloatArray) -> dict[str, float]:
        """Return how wide the intervals are and how often they held, and of the shortlists.

        Args:
            data: tells what became of the offers.
            block: that none of this has seen.
            margin: float64 (n_pairs,), of the block's pairs.
        """
        answers = answers_in(data, block, margin)
        offered = offered_in(data, block)[0]
        deviation = self.uncertainty.deviation(
            block.columns[:, offered], answers.margin, self.calibration
        )
        expected = self.calibration.apply(answers.margin)
        shown = within_top(block.pairs.need, margin, 20)
        low, high = self.uncertainty.interval(
            block.columns[:, shown], margin[shown], self.calibration
        )
        return {
            "interval_level": LEVEL,
            "interval_coverage": answer_coverage(answers, expected, deviation),
            "interval_width_top_20": float((high - low).mean()) if shown.any() else float("nan"),
            **figures_of(measured(self.shortlist, ranks_in(block, margin))),
        }


def weights_before(fit: HybridFit, spreads: Sequence[float]) -> list[FloatArray]:
    """Return the weights that the blocks before each block but the first have taught."""
    return [learn(fit.blocks[:k], fit.prior, spreads)[0] for k in range(1, len(fit.blocks))]


def assured(
    data: TrainingData,
    fit: HybridFit,
    blocks: Sequence[Block],
    weights: FloatArray,
    before: Sequence[FloatArray],
) -> Assurance:
    """Return what some blocks teach of a margin.

    Args:
        data: tells what became of the offers.
        fit: whose prior and base count.
        blocks: of the fit, those that may be learnt from.
        weights: float64 (n_columns,), of the margin; learnt on these blocks.
        before: weights from what came before each block but the first.
    """
    base = fit.model.base
    answers = answers_of(data, blocks, weights, base)
    calibration = fit_calibration(answers.margin, answers.met)
    if not blocks:
        return Assurance(calibration, unknown(np.full(len(weights), UNTAUGHT)))
    spread = np.full(len(weights), fit.spread)
    groups = [block.choices() for block in blocks]
    ranks = [
        ranks_in(block, margins([block], early, base)[0])
        for block, early in zip(blocks[1:], before, strict=False)
    ]
    return Assurance(
        calibration=calibration,
        uncertainty=fit_uncertainty(groups, weights, spread, calibration, answers),
        shortlist=fit_thresholds(ranks),
    )


def as_measured(made: Assurance, figures: Mapping[str, float]) -> Assurance:
    """Return the assurance with its shortlists' figures of an earlier, independent test."""
    lists = [
        replace(
            one,
            coverage=figures.get(f"shortlist_{one.level * 100:.0f}_coverage"),
            size=figures.get(f"shortlist_{one.level * 100:.0f}_size"),
        )
        for one in made.shortlist
    ]
    return replace(made, shortlist=tuple(lists))


def answers_of(
    data: TrainingData, blocks: Sequence[Block], weights: FloatArray, base: float
) -> Answers:
    """Return what was answered to the blocks' offers, with margins that are out of time."""
    found = zip(blocks, margins(blocks, weights, base), strict=True)
    parts = [answers_in(data, block, margin) for block, margin in found]
    return Answers.joined([Answers.none(), *parts])


def answers_in(data: TrainingData, block: Block, margin: FloatArray) -> Answers:
    """Return what was answered to the offers of one block."""
    offered, met = offered_in(data, block)
    project = data.project[block.pairs.need[offered]]
    return Answers(margin[offered], met[offered], project, block.pairs.provider[offered])


def ranks_in(block: Block, margin: FloatArray) -> Ranks:
    """Return the lists of a block's needs that found a match."""
    return ranks_of_linked(block.pairs.need, margin, block.linked)


def offered_in(data: TrainingData, block: Block) -> tuple[BoolArray, BoolArray]:
    """Return bool (n_pairs,) twice: offered with a known answer; accepted and met."""
    offers = offers_of(data)
    offered = marked(block.pairs, offers.need, offers.provider)
    met = marked(block.pairs, offers.need[offers.met], offers.provider[offers.met])
    return offered, met
