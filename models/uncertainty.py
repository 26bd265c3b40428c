"""How sure an affinity is: an interval from what few choices, few offers and strangers leave open.

Three things are not known of the log-odds of a pair, and each has a variance of its own:

- the weights: the curvature of their posterior (Laplace), which starts at the prior;
- the curve: likewise, slope and shift of the calibration;
- the two sides: projects and providers differ in ways that no column tells. How much is read off
  the offers: two answers about the same provider agree more often than their affinities explain.

The interval is the normal one on the log-odds scale, and so never leaves (0, 1).

It is where the mean chance of pairs like this one lies, not where the chance of this very pair
does. What two people make of each other beyond all columns is a spread between pairs, and answers
cannot tell it: a pair is answered once, and a spread that is not seen twice only flattens the
curve, which the calibration has taken in already. Any width added for it would be invented. In the
sample city, whose truth is known, far fewer than nine of ten pairs lie in their interval (`pairs
inside` in `benchmarks/RESULTS.md`), while what a project or provider answered on the whole does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.calibrate import Calibration, curvature_of
from models.logit import Choices
from peipao.tables.profiles import BoolArray, FloatArray, IntArray

LEVEL = 0.9
"""How often the mean chance of such pairs should lie in the interval."""

_DEVIATIONS = 1.6448536269514722
"""Standard deviations to either side that hold 0.9 of a normal distribution."""

_TELLING = 3
"""Answers about one project or provider that make a count worth looking at."""

STRANGER = 0.5
"""Standard deviation, log-odds, of what sets a project or a provider apart before any offer."""

_PRIOR_INFORMATION = 25.0
"""Of that prior, in the unit of squared variances of pairs of offers: about 500 such pairs."""


@dataclass(frozen=True, slots=True)
class Uncertainty:
    """Variances on the log-odds scale.

    Attributes:
        weights: float64 (n_columns, n_columns), covariance of the weights of the margin:
            comparisons, then learnt columns.
        curve: float64 (2, 2), covariance of (log slope, shift) of the calibration.
        project, provider: standard deviation of what sets one of them apart.
    """

    weights: FloatArray
    curve: FloatArray
    project: float = STRANGER
    provider: float = STRANGER

    def deviation(
        self, columns: FloatArray, margin: FloatArray, calibration: Calibration
    ) -> FloatArray:
        """Return float64 (n_pairs,), the standard deviation of the log-odds of the affinity.

        Args:
            columns: float64 (n_columns, n_pairs), what the weights multiply.
            margin: float64 (n_pairs,).
            calibration: the curve.
        """
        of_weights = np.einsum("kp,kl,lp->p", columns, self.weights, columns, optimize=False)
        design = np.stack([calibration.slope * margin, np.ones_like(margin)])
        of_curve = np.einsum("kp,kl,lp->p", design, self.curve, design, optimize=False)
        apart = self.project**2 + self.provider**2
        return np.asarray(np.sqrt(calibration.slope**2 * of_weights + of_curve + apart))

    def interval(
        self, columns: FloatArray, margin: FloatArray, calibration: Calibration
    ) -> tuple[FloatArray, FloatArray]:
        """Return float64 (n_pairs,) twice, the ends of the interval of each affinity.

        To 1e-6, as affinities are told: the last bit depends on how many pairs stand side by side.
        """
        off = _DEVIATIONS * self.deviation(columns, margin, calibration) / calibration.slope
        low, high = calibration.apply(margin - off), calibration.apply(margin + off)
        return np.round(low, 6), np.round(high, 6)


def unknown(prior_spread: FloatArray) -> Uncertainty:
    """Return what is open before any feedback: the priors of weights, curve and both sides."""
    nothing = np.zeros(0)
    curve = curvature_of(Calibration(), nothing, np.zeros(0, dtype=np.bool_))
    return Uncertainty(np.diag(prior_spread**2), _inverse(curve))


def fit_uncertainty(
    groups: Sequence[Choices],
    weights: FloatArray,
    prior_spread: FloatArray,
    calibration: Calibration,
    offers: Answers,
) -> Uncertainty:
    """Return the variances after the choices and the offers.

    Args:
        groups: the choices that taught the weights.
        weights: float64 (n_columns,), as they were learnt.
        prior_spread: float64 (n_columns,), > 0, standard deviation of their prior.
        calibration: the curve, fitted on these offers.
        offers: whose margins come from models that had not seen them.
    """
    information = np.diag(prior_spread**-2.0)
    for group in groups:
        information = information + _information(weights, group)
    curve = curvature_of(calibration, offers.margin, offers.met)
    expected = calibration.apply(offers.margin)
    return Uncertainty(
        weights=_inverse(information),
        curve=_inverse(curve),
        project=spread_between(offers.project, expected, offers.met),
        provider=spread_between(offers.provider, expected, offers.met),
    )


@dataclass(frozen=True, slots=True)
class Answers:
    """Offered pairs with a known answer, one row a pair.

    Attributes:
        margin: float64 (n,), by a model that had not seen the answer.
        met: bool (n,), accepted by both and met.
        project, provider: int32 (n,), equal numbers are the same one.
    """

    margin: FloatArray
    met: BoolArray
    project: IntArray
    provider: IntArray

    @staticmethod
    def none() -> Answers:
        """Return no answer at all."""
        nobody = np.zeros(0, dtype=np.int32)
        return Answers(np.zeros(0), np.zeros(0, dtype=np.bool_), nobody, nobody)

    @staticmethod
    def joined(parts: Sequence[Answers]) -> Answers:
        """Return all answers one after the other."""
        return Answers(
            np.concatenate([part.margin for part in parts]),
            np.concatenate([part.met for part in parts]),
            np.concatenate([part.project for part in parts]),
            np.concatenate([part.provider for part in parts]),
        )


def answer_coverage(answers: Answers, expected: FloatArray, deviation: FloatArray) -> float:
    """Return how often what a project or a provider answered lay where its affinities said.

    The answers about one of them are counted; the count should lie within the interval that the
    chance of the draw and the uncertainty of the affinities give together. NaN with no such group.

    Args:
        answers: that nothing has learnt from.
        expected: float64 (n,), their affinities.
        deviation: float64 (n,), of their log-odds.
    """
    held, n_groups = 0, 0
    variance = expected * (1 - expected)
    for group in (answers.project, answers.provider):
        sizes = np.bincount(group) if len(group) else np.zeros(0)
        rows = sizes >= _TELLING
        off, drawn, shared = (
            np.bincount(group, weights=values, minlength=len(sizes))[rows]
            for values in (answers.met - expected, variance, variance * deviation)
        )
        held += int((np.abs(off) <= _DEVIATIONS * np.sqrt(drawn + shared**2)).sum())
        n_groups += int(rows.sum())
    return held / n_groups if n_groups else float("nan")


def spread_between(group: IntArray, expected: FloatArray, met: BoolArray) -> float:
    """Return the standard deviation, log-odds, of what the members of a group share.

    If answers of one group go together, the product of two residuals is on average the product of
    their two variances times the variance that is sought; all pairs of answers are added up, and
    a prior beside them.

    Args:
        group: int32 (n,), equal numbers belong together.
        expected: float64 (n,), the affinity of each answer.
        met: bool (n,).
    """
    residual, variance = met - expected, expected * (1 - expected)
    together = _off_diagonal(group, residual) + STRANGER**2 * _PRIOR_INFORMATION
    information = _off_diagonal(group, variance) + _PRIOR_INFORMATION
    return float(np.round(np.sqrt(max(together / information, 0.0)), 6))


def _off_diagonal(group: IntArray, values: FloatArray) -> float:
    """Return the sum of products of all ordered pairs of different rows of a group."""
    sums = np.bincount(group, weights=values) if len(group) else np.zeros(1)
    return float((sums**2).sum() - (values**2).sum())


def _information(weights: FloatArray, group: Choices) -> FloatArray:
    """Return the curvature of the choices' log likelihood, float64 (n_columns, n_columns)."""
    if not len(group):
        return np.zeros((len(weights), len(weights)))
    scores = np.einsum("k,kp->p", weights, group.columns, optimize=False)
    sizes = np.diff(np.r_[group.starts, len(scores)])
    odds = np.exp(scores - np.repeat(np.maximum.reduceat(scores, group.starts), sizes))
    chance = odds / np.repeat(np.add.reduceat(odds, group.starts), sizes)
    weighted = group.columns * chance
    means = np.add.reduceat(weighted, group.starts, axis=1)
    return np.asarray(_products(weighted, group.columns) - _products(means, means))


def _products(left: FloatArray, right: FloatArray) -> FloatArray:
    # Not optimised, einsum adds in a fixed order and asks no library.
    return np.asarray(np.einsum("kp,lp->kl", left, right, optimize=False))


def _inverse(information: FloatArray) -> FloatArray:
    """Return the covariance, symmetric and rounded, so that it rests on no library's rounding."""
    found: FloatArray = np.linalg.inv(information).astype(np.float64)
    return np.asarray(np.round((found + found.T) / 2, 9))
