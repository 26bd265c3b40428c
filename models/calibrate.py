"""Calibration: from margin to affinity, a strictly increasing curve of two numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.base import Scores
from peipao.tables.profiles import BoolArray, FloatArray

LOWEST = 1e-6
"""Affinity stays in [1e-6, 1 - 1e-6]."""

SLOPE_SPREAD, SHIFT_SPREAD = 0.5, 1.0
"""Prior standard deviations of log(slope) around 0 and of the shift around 0."""

_MAX_STEPS = 200


@dataclass(frozen=True, slots=True)
class Calibration:
    """affinity = 1 / (1 + exp(-(slope x margin + shift))), clipped.

    Attributes:
        slope: > 0, so that a higher margin always has the higher affinity.
        shift: log-odds.
        calibrated: False while no offered pair has fitted the curve; the scale is then that of
            the kind's prior acceptance.
        n_offers: offered pairs it was fitted on.
    """

    slope: float = 1.0
    shift: float = 0.0
    calibrated: bool = False
    n_offers: int = 0

    def apply(self, margin: FloatArray) -> Scores:
        """Return the affinity of each margin."""
        odds = np.clip(self.slope * margin + self.shift, -50.0, 50.0)
        return np.asarray(np.clip(1.0 / (1.0 + np.exp(-odds)), LOWEST, 1 - LOWEST))


def fit_calibration(margin: FloatArray, met: BoolArray) -> Calibration:
    """Return the curve most likely after the offered pairs, given the prior.

    The prior (slope near 1, shift near 0) keeps the kind's own scale until offers speak: a
    handful of them moves the curve a little, hundreds settle it.

    Args:
        margin: float64 (n_offers,), of offered pairs; scored by a model that has not seen them.
        met: bool (n_offers,), accepted by both and met.
    """
    if not len(margin):
        return Calibration()
    at = np.zeros(2)
    for _ in range(_MAX_STEPS):
        value, gradient, curvature = _posterior(at, margin, met)
        step: FloatArray = np.linalg.solve(curvature, gradient).astype(np.float64)
        to = _shorter(at, step, value, margin, met)
        if np.abs(to - at).max() < 1e-10:
            break
        at = to
    return Calibration(float(np.exp(at[0])), float(at[1]), calibrated=True, n_offers=len(margin))


def curvature_of(calibration: Calibration, margin: FloatArray, met: BoolArray) -> FloatArray:
    """Return float64 (2, 2), the curvature of minus the log posterior of (log slope, shift).

    Its inverse is the covariance of the two; before any offer that of their prior.
    """
    at = np.array([np.log(calibration.slope), calibration.shift])
    return _posterior(at, margin, met)[2]


def _shorter(
    at: FloatArray, step: FloatArray, value: float, margin: FloatArray, met: BoolArray
) -> FloatArray:
    """Return the point after the step, halved until it is no worse."""
    for halving in range(30):
        to = at - step * 0.5**halving
        if _posterior(to, margin, met)[0] <= value:
            return np.asarray(to)
    return at


def _posterior(
    at: FloatArray, margin: FloatArray, met: BoolArray
) -> tuple[float, FloatArray, FloatArray]:
    """Return minus the log posterior of (log slope, shift), its gradient and a safe curvature."""
    stretched = np.exp(np.clip(at[0], -8.0, 8.0)) * margin
    odds = stretched + at[1]
    value = float((np.logaddexp(0.0, odds) - met * odds).sum())
    p = 1.0 / (1.0 + np.exp(-np.clip(odds, -50.0, 50.0)))
    design = np.stack([stretched, np.ones_like(margin)], axis=1)
    precision = np.array([SLOPE_SPREAD, SHIFT_SPREAD]) ** -2.0
    gradient = design.T @ (p - met) + precision * at
    curvature = (design * (p * (1 - p))[:, None]).T @ design + np.diag(precision)
    return value + float(0.5 * (precision * at**2).sum()), gradient, curvature
