from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.calibrate import Calibration, fit_calibration
from models.logit import choices, fit_weights, loss
from models.uncertainty import (
    STRANGER,
    Answers,
    Uncertainty,
    _information,
    answer_coverage,
    fit_uncertainty,
    spread_between,
    unknown,
)

NOBODY = np.zeros(0, dtype=np.int32)


def some_offers(seed: int, between: float, n_groups: int = 300, each: int = 6) -> Answers:
    """Return answers whose chance differs from provider to provider beyond the margin."""
    rng = np.random.default_rng(seed)
    provider = np.repeat(np.arange(n_groups), each).astype(np.int32)
    margin = rng.normal(0, 1, len(provider))
    odds = margin + between * rng.normal(size=n_groups)[provider]
    met = rng.random(len(provider)) < 1 / (1 + np.exp(-odds))
    project = rng.permutation(len(provider)).astype(np.int32)
    return Answers(margin, met, project, provider)


def a_group(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    need = np.sort(rng.integers(0, 25, 300)).astype(np.int32)
    return rng.normal(size=(3, 300)), need, rng.random(300) < 0.2


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_the_information_is_the_derivative_of_the_gradient(seed: int) -> None:
    group = choices(*a_group(seed))
    at, wide = np.random.default_rng(seed).normal(size=3), np.full(3, 1e9)
    numeric = [
        (loss(at + h, [group], at, wide)[1] - loss(at - h, [group], at, wide)[1]) / 2e-5
        for h in 1e-5 * np.eye(3)
    ]
    assert _information(at, group) == pytest.approx(np.array(numeric), rel=1e-4, abs=1e-4)


def test_weights_are_as_uncertain_as_repeated_samples_differ() -> None:
    true, spread = np.array([1.0, 0.5]), np.full(2, 10.0)
    found, said = [], []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        need = np.repeat(np.arange(120), 8).astype(np.int32)
        columns = rng.normal(size=(2, len(need)))
        noisy = (true @ columns + rng.gumbel(size=len(need))).reshape(120, 8)
        linked = np.zeros_like(noisy, dtype=np.bool_)
        linked[np.arange(120), noisy.argmax(axis=1)] = True
        group = choices(columns, need, linked.ravel())
        weights = fit_weights([group], np.zeros(2), spread)
        made = fit_uncertainty([group], weights, spread, Calibration(), Answers.none())
        found.append(weights)
        said.append(np.sqrt(np.diag(made.weights)))
    assert np.std(found, axis=0) == pytest.approx(np.mean(said, axis=0), rel=0.35)


@pytest.mark.parametrize("between", [0.0, 0.5, 0.8])
def test_what_sets_providers_apart_is_read_off_their_answers(between: float) -> None:
    offers = some_offers(1, between)
    expected = fit_calibration(offers.margin, offers.met).apply(offers.margin)
    assert spread_between(offers.provider, expected, offers.met) == pytest.approx(between, abs=0.3)
    assert spread_between(offers.project, expected, offers.met) == pytest.approx(STRANGER)


@pytest.mark.parametrize("between", [0.0, 1.0])
def test_intervals_hold_as_many_new_answers_as_they_say(between: float) -> None:
    offers, later = some_offers(2, between), some_offers(3, between)
    curve = fit_calibration(offers.margin, offers.met)
    spread = np.full(1, 1e-3)
    made = fit_uncertainty([], np.zeros(1), spread, curve, offers)
    only = Answers(later.margin, later.met, NOBODY, later.provider)
    held = answer_coverage(
        only, curve.apply(later.margin), made.deviation(np.zeros((1, 1800)), later.margin, curve)
    )
    assert 0.87 <= held <= 1.0


def test_without_answers_of_groups_nothing_is_claimed() -> None:
    assert np.isnan(answer_coverage(Answers.none(), np.zeros(0), np.zeros(0)))
    assert spread_between(NOBODY, np.zeros(0), np.zeros(0, dtype=np.bool_)) == STRANGER


@settings(max_examples=30, deadline=None)
@given(st.floats(0.2, 3), st.floats(-2, 2), st.integers(0, 500))
def test_an_interval_holds_its_affinity_and_never_leaves_zero_to_one(
    slope: float, shift: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    columns, margin = rng.normal(size=(4, 50)), 3 * rng.normal(size=50)
    curve = Calibration(slope, shift)
    low, high = unknown(np.full(4, 0.5)).interval(columns, margin, curve)
    affinity = curve.apply(margin)
    assert ((low > 0) & (low <= affinity) & (affinity <= high) & (high < 1)).all()


def test_more_answers_make_narrower_intervals() -> None:
    columns, margin = np.zeros((1, 1)), np.array([0.5])
    widths = []
    for n in (0, 60, 600):
        offers = some_offers(5, 0.0, n_groups=n)
        curve = fit_calibration(offers.margin, offers.met)
        made = fit_uncertainty([], np.zeros(1), np.full(1, 0.5), curve, offers)
        low, high = made.interval(columns, margin, curve)
        widths.append(float((high - low)[0]))
    assert widths[0] > widths[1] > widths[2]


def test_a_column_that_nothing_taught_makes_its_pairs_uncertain() -> None:
    made = Uncertainty(np.diag([1e-6, 0.25]), np.zeros((2, 2)), 0.0, 0.0)
    columns = np.array([[2.0, 0.0], [0.0, 2.0]])
    found = made.deviation(columns, np.zeros(2), Calibration())
    assert found == pytest.approx([0.002, 1.0])
