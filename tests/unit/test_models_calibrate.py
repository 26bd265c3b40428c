from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.calibrate import LOWEST, Calibration, _posterior, fit_calibration


def offers(n: int, slope: float, shift: float) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(n)
    margin = rng.normal(0, 1.5, n)
    return margin, rng.random(n) < 1 / (1 + np.exp(-(slope * margin + shift)))


def test_without_offers_the_scale_is_the_prior_and_says_so() -> None:
    found = fit_calibration(np.zeros(0), np.zeros(0, dtype=np.bool_))
    assert found == Calibration(1.0, 0.0, calibrated=False, n_offers=0)


def test_many_offers_recover_the_curve() -> None:
    found = fit_calibration(*offers(20_000, slope=0.6, shift=-0.8))
    assert found.slope == pytest.approx(0.6, abs=0.05)
    assert found.shift == pytest.approx(-0.8, abs=0.05)
    assert found.calibrated
    assert found.n_offers == 20_000


def test_few_offers_move_the_curve_a_little() -> None:
    found = fit_calibration(np.array([0.5, -0.5, 1.0]), np.array([False, False, False]))
    assert 0.5 < found.slope <= 1.5
    assert -1.5 < found.shift < 0


def test_the_mean_affinity_matches_what_happened() -> None:
    margin, met = offers(5_000, slope=1.4, shift=0.3)
    affinity = fit_calibration(margin, met).apply(margin)
    assert affinity.mean() == pytest.approx(met.mean(), abs=0.003)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000), st.floats(-5, 5), st.floats(-5, 5))
def test_a_higher_margin_always_has_the_higher_affinity(
    seed: int, slope: float, shift: float
) -> None:
    rng = np.random.default_rng(seed)
    margin = rng.normal(0, 2, 60)
    met = rng.random(60) < 1 / (1 + np.exp(-(slope * margin + shift)))
    found = fit_calibration(margin, met)
    assert found.slope > 0
    ladder = found.apply(np.linspace(-4, 4, 100))
    assert (np.diff(ladder) > 0).all()


def test_offers_that_are_perfectly_separated_stay_finite() -> None:
    margin = np.linspace(-3, 3, 200)
    found = fit_calibration(margin, margin > 0)
    assert np.isfinite([found.slope, found.shift]).all()
    assert 1 < found.slope < 50


def test_affinity_stays_inside_its_range() -> None:
    extremes = Calibration().apply(np.array([-1e9, 0.0, 1e9]))
    assert extremes.tolist() == [LOWEST, 0.5, 1 - LOWEST]


def test_the_gradient_is_what_finite_differences_give() -> None:
    margin, met = offers(50, slope=0.7, shift=0.1)
    at = np.array([0.3, -0.4])
    _, gradient, _ = _posterior(at, margin, met)
    numeric = [
        (_posterior(at + h, margin, met)[0] - _posterior(at - h, margin, met)[0]) / 2e-6
        for h in 1e-6 * np.eye(2)
    ]
    assert gradient == pytest.approx(numeric, rel=1e-6)


def test_the_order_of_the_offers_hardly_matters() -> None:
    margin, met = offers(300, slope=0.7, shift=0.1)
    there, back = fit_calibration(margin, met), fit_calibration(margin[::-1], met[::-1])
    assert there.slope == pytest.approx(back.slope, abs=1e-9)
