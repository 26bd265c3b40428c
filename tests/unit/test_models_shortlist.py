from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.shortlist import (
    Ranks,
    Threshold,
    figures_of,
    fit_thresholds,
    measured,
    ranks_of_linked,
    sizes_of,
    softmax,
)


def lists(n_needs: int, n_providers: int, seed: int, strength: float = 2.0) -> Ranks:
    """Return lists with one link a need, drawn by the very softmax that ranks."""
    rng = np.random.default_rng(seed)
    need = np.repeat(np.arange(n_needs), n_providers).astype(np.int32)
    margin = strength * rng.normal(size=len(need))
    noisy = (margin + rng.gumbel(size=len(need))).reshape(n_needs, n_providers)
    linked = np.zeros_like(noisy, dtype=np.bool_)
    linked[np.arange(n_needs), noisy.argmax(axis=1)] = True
    return ranks_of_linked(need, margin, linked.ravel())


def test_the_shares_of_a_need_sum_to_one() -> None:
    found = lists(20, 7, seed=1)
    assert np.bincount(found.need, weights=found.share) == pytest.approx(1.0)
    assert np.bincount(found.need, weights=found.lift()) == pytest.approx(7.0)


@pytest.mark.parametrize("level", [0.8, 0.9])
def test_a_shortlist_holds_as_many_later_links_as_it_says(level: float) -> None:
    rules = fit_thresholds([lists(2000, 30, seed=2)], [level])
    (found,) = measured(rules, lists(2000, 30, seed=3))
    assert found.coverage == pytest.approx(level, abs=0.03)
    assert found.size is not None
    assert 1 < found.size < 30


def test_a_catalogue_that_has_doubled_keeps_its_coverage() -> None:
    rules = fit_thresholds([lists(1500, 30, seed=4)], [0.9])
    (found,) = measured(rules, lists(1500, 60, seed=5))
    assert found.coverage == pytest.approx(0.9, abs=0.04)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 60), st.integers(0, 1000))
def test_the_threshold_is_the_order_statistic_that_exchangeability_asks_for(
    n: int, seed: int
) -> None:
    past = lists(n, 5, seed)
    (rule,) = fit_thresholds([past], [0.8])
    lifts = np.sort(past.lift()[past.linked])
    below = [k for k in range(n + 1) if k <= (n + 1) * 0.2 + 1e-9][-1]
    assert rule.lift == (lifts[below - 1] if below else 0.0)


def test_too_few_links_put_everybody_on_the_list() -> None:
    (rule,) = fit_thresholds([lists(3, 5, seed=1)], [0.9])
    assert rule == Threshold(0.9, 0.0)
    assert sizes_of([rule], np.array([3.0, -9.0, 0.0])) == [3]
    assert fit_thresholds([], [0.9]) == (Threshold(0.9, 0.0),)


def test_only_the_latest_links_set_the_threshold_where_there_are_enough() -> None:
    old, new = lists(300, 10, seed=1, strength=5.0), lists(300, 10, seed=2)
    assert fit_thresholds([old, new]) == fit_thresholds([new])
    few = lists(50, 10, seed=2)
    assert fit_thresholds([old, few]) != fit_thresholds([few])


def test_a_shortlist_is_the_top_of_the_ranked_list() -> None:
    margin = np.array([0.0, 3.0, 1.0, -2.0])
    lift = np.sort(4 * softmax(margin, np.zeros(4, dtype=np.int32)))[::-1]
    assert sizes_of([Threshold(0.9, float(lift[1]))], margin) == [2]
    assert sizes_of([Threshold(0.9, float(lift[1]) + 1e-12)], margin) == [1]


def test_needs_without_a_link_are_not_counted() -> None:
    need = np.array([0, 0, 1, 1], dtype=np.int32)
    found = ranks_of_linked(need, np.zeros(4), np.array([False, False, True, False]))
    assert found.need.tolist() == [1, 1]
    nobody = ranks_of_linked(need, np.zeros(4), np.zeros(4, dtype=np.bool_))
    assert measured([Threshold(0.9, 0.5)], nobody) == (Threshold(0.9, 0.5),)


def test_figures_bear_names_of_the_tracking_store() -> None:
    assert figures_of([Threshold(0.8, 0.5, 0.79, 12.5), Threshold(0.9, 0.2)]) == {
        "shortlist_80_coverage": 0.79,
        "shortlist_80_size": 12.5,
    }
