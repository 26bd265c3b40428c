from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.logit import BEST, ONE_OF, Choices, choices, fit_weights, loss, thinned


def a_group(seed: int, n_needs: int = 30, n_columns: int = 3) -> Choices:
    rng = np.random.default_rng(seed)
    need = np.sort(rng.integers(0, n_needs, n_needs * 12)).astype(np.int32)
    columns = rng.normal(size=(n_columns, len(need)))
    return choices(columns, need, rng.random(len(need)) < 0.2)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_the_gradient_is_what_finite_differences_give(seed: int) -> None:
    rng = np.random.default_rng(seed)
    groups = [a_group(seed), a_group(seed + 1, n_needs=7)]
    at, prior, spread = rng.normal(size=3), rng.normal(size=3), rng.uniform(0.2, 2, 3)
    _, gradient = loss(at, groups, prior, spread)
    step = 1e-6 * np.eye(3)
    numeric = [
        (loss(at + h, groups, prior, spread)[0] - loss(at - h, groups, prior, spread)[0]) / 2e-6
        for h in step
    ]
    assert gradient == pytest.approx(numeric, rel=1e-5, abs=1e-5)


def test_the_likelihood_equals_a_softmax_written_out() -> None:
    group = a_group(5, n_needs=4)
    at = np.array([0.3, -0.2, 0.9])
    scores = at @ group.columns
    ends = np.r_[group.starts[1:], len(scores)]
    expected = 0.0
    for low, high in zip(group.starts, ends, strict=True):
        p = np.exp(scores[low:high]) / np.exp(scores[low:high]).sum()
        expected -= float((group.share[low:high] * np.log(p)).sum())
    assert loss(at, [group], at, np.ones(3))[0] == pytest.approx(expected, abs=1e-9)


def test_without_any_choice_the_prior_comes_back_exactly() -> None:
    prior = np.array([0.1 + 0.2, 1 / 3, 0.0])
    assert (fit_weights([], prior, np.ones(3)) == prior).all()
    nothing = choices(np.ones((3, 4)), np.zeros(4, dtype=np.int32), np.zeros(4, dtype=np.bool_))
    assert (fit_weights([nothing], prior, np.ones(3)) == prior).all()


def test_a_need_that_took_everything_it_could_teaches_nothing() -> None:
    need = np.array([0, 0, 1, 1], dtype=np.int32)
    group = choices(np.ones((1, 4)), need, np.array([True, True, True, False]))
    assert len(group) == 1
    assert group.share.tolist() == [1.0, 0.0]


def test_a_need_counts_once_whatever_the_number_of_its_links() -> None:
    need = np.zeros(5, dtype=np.int32)
    group = choices(np.ones((1, 5)), need, np.array([True, True, True, True, False]))
    assert group.share.sum() == 1.0


def _taste(n_needs: int, spread: float) -> float:
    rng = np.random.default_rng(1)
    need = np.repeat(np.arange(n_needs), 20).astype(np.int32)
    columns = rng.random((1, len(need)))
    noisy = (4 * columns[0] + rng.gumbel(size=len(need))).reshape(n_needs, 20)
    linked = (noisy == noisy.max(axis=1, keepdims=True)).ravel()
    group = choices(columns, need, linked)
    return float(fit_weights([group], np.array([1.0]), np.array([spread]))[0])


def test_weights_leave_the_prior_gradually_and_reach_the_taste() -> None:
    found = [_taste(n, spread=0.5) for n in (2, 10, 50, 250, 2000)]
    assert found == sorted(found)
    assert 1.0 <= found[0] < 1.6
    assert found[-1] == pytest.approx(4.0, abs=0.3)


def test_a_narrow_prior_holds_longer() -> None:
    assert _taste(50, spread=0.1) < _taste(50, spread=0.5)


def test_a_better_fit_never_lowers_the_margin() -> None:
    need = np.repeat(np.arange(50), 2).astype(np.int32)
    columns = np.tile([[0.0, 1.0]], 50)
    linked = np.tile([True, False], 50)
    weights = fit_weights([choices(columns, need, linked)], np.array([1.0]), np.array([1.0]))
    assert weights.tolist() == [0.0]


def a_wide_group(n_needs: int = 40, n_pairs: int = 1200) -> Choices:
    rng = np.random.default_rng(4)
    need = np.repeat(np.arange(n_needs), n_pairs).astype(np.int32)
    columns = rng.normal(size=(3, len(need)))
    return choices(columns, need, rng.random(len(need)) < 0.003)


def test_a_thinned_choice_keeps_the_links_the_best_and_an_eighth_of_the_rest() -> None:
    group, weights = a_wide_group(), np.array([1.0, 0.5, 0.0])
    thin = thinned(group, weights)
    assert len(thin) == len(group)
    assert thin.share.sum() == pytest.approx(group.share.sum())
    rest = 1200 - BEST
    assert len(thin.share) < len(group) * (BEST + rest / ONE_OF + 20)
    first = weights @ group.columns[:, : group.starts[1]]
    best = np.sort(first[group.share[: len(first)] == 0])[-BEST + 10 :]
    assert np.isin(best, weights @ thin.columns[:, : thin.starts[1]]).all()


def test_a_thinned_choice_teaches_nearly_the_same_weights() -> None:
    rng = np.random.default_rng(8)
    columns = rng.normal(size=(2, 100 * 1000))
    need = np.repeat(np.arange(100), 1000).astype(np.int32)
    utility = np.array([1.5, 0.7]) @ columns + rng.gumbel(size=len(need))
    best = utility.reshape(100, 1000).argmax(axis=1) + np.arange(100) * 1000
    group = choices(columns, need, np.isin(np.arange(len(need)), best))
    prior, wide = np.array([1.0, 1.0]), np.full(2, 10.0)
    whole = fit_weights([group], prior, wide)
    assert fit_weights([thinned(group, prior)], prior, wide) == pytest.approx(whole, abs=0.05)


def test_a_short_list_is_left_whole() -> None:
    group = a_group(2)
    assert thinned(group, np.ones(3)) is group
