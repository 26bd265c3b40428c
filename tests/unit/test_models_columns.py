from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from training_sets import DAY, a_training_set, without_feedback

from models.base import TrainingData, pairs_where
from models.blend import HybridRanker, LearntPrior
from models.choice import CHOICE, HISTORY
from models.hybrid import LatentRanker
from models.latent import LATENT
from models.lifts import LiftSettings, fit_lifts, log_lift
from models.link_chance import fit_link_chance, latest_ranks
from models.links import new_links_of
from models.shortlist import softmax
from models.standing import StandingSettings, fit_standing
from models.text_lift import fit_text
from models.unstated import with_unstated

DATA = a_training_set(n_needs=120, n_providers=15).canonical()
NO_DECAY = LiftSettings(half_life_days=1e9, pseudo_counts=2.0)


def test_popularity_is_the_log_of_the_decayed_count() -> None:
    settings = StandingSettings(half_life_days=100.0, shrinkage=0.3)
    links = new_links_of(DATA)
    ages = (links.at.max() - links.at) / DAY
    slow = [
        np.log(sum(0.5 ** (a / 100.0) for a in ages[links.provider == p]) + 0.3) for p in range(15)
    ]
    found = fit_standing(DATA, settings).values[0]
    assert found == pytest.approx(np.array(slow) - np.mean(slow))


def test_a_lift_is_observed_over_expected_links() -> None:
    cells = np.array([[8.0, 0.0], [2.0, 10.0]])
    raw = np.log((cells + 2) / (np.array([[4.0, 4.0], [6.0, 6.0]]) + 2))
    assert log_lift(cells, 2.0) == pytest.approx(raw - raw.mean(axis=1, keepdims=True))
    assert not log_lift(np.zeros((3, 4)), 2.0).any()


def test_a_lift_counts_the_links_of_the_need_s_value() -> None:
    lifts = fit_lifts(DATA, NO_DECAY)
    links, needs = new_links_of(DATA), DATA.need_indicators
    topic = needs.values[:, :6].argmax(axis=1)
    cells = np.zeros((6, 15))
    np.add.at(cells, (topic[links.need], links.provider), 1.0)
    assert lifts.values[:6] == pytest.approx(log_lift(cells, 2.0), abs=2e-5)
    of_pairs = dict(
        zip(lifts.names, lifts.of(needs, DATA.provider_indicators, DATA.pairs), strict=True)
    )
    wanted = lifts.values[topic[DATA.pairs.need], DATA.pairs.provider]
    assert of_pairs["lift:need.topic"] == pytest.approx(wanted)


def test_what_is_not_stated_is_a_value_of_its_own() -> None:
    names = ("a=1", "a=2", "b=1", "t~word")
    found = with_unstated(np.array([[0.5, 0, 0.5, 0], [0, 0, 0, 0], [0, 0.5, 0, 0.5]]), names)
    assert found[:, :6].tolist() == [
        [0.5, 0, 0.5, 0, 0, 0],
        [0, 0, 0, 0, 0.5, 0.5],
        pytest.approx([0, 1 / 3, 0, 1 / 3, 0, 1 / 3]),
    ]


def test_text_compares_what_is_found_with_what_is_expected() -> None:
    lift = fit_text(DATA, NO_DECAY)
    assert lift is not None
    text, links = DATA.need_indicators.text, new_links_of(DATA)
    dense = np.zeros((120, text.width))
    for row in range(120):
        terms, weights = text.of_row(row)
        dense[row, terms] = weights
    similar = np.zeros((120, 15))
    for need, provider in zip(links.need, links.provider, strict=True):
        similar[:, provider] += dense @ dense[need]
    share = np.bincount(links.provider, minlength=15) / len(links.need)
    raw = np.log((similar + 2) / (similar.sum(axis=1, keepdims=True) * share + 2))
    wanted = raw - raw.mean(axis=1, keepdims=True)
    found = lift.of(DATA.need_indicators, DATA.provider_indicators, DATA.pairs)[0]
    assert found == pytest.approx(wanted[DATA.pairs.need, DATA.pairs.provider], abs=1e-3)
    silent = np.diff(text.starts)[DATA.pairs.need] == 0
    assert silent.any()
    assert not found[silent].any()


def test_columns_are_zero_without_feedback_and_for_providers_never_seen() -> None:
    untouched = without_feedback(DATA)
    pairs = replace(DATA.pairs, provider_ids=np.char.add("new-", DATA.pairs.provider_ids))
    text = fit_text(DATA, NO_DECAY)
    assert text is not None
    args = DATA.need_indicators, DATA.provider_indicators
    for fitted in (fit_standing(DATA, StandingSettings()), fit_lifts(DATA, NO_DECAY), text):
        assert not fitted.of(*args, pairs).any()
    for empty in (fit_standing(untouched, StandingSettings()), fit_lifts(untouched, NO_DECAY)):
        assert not empty.of(*args, DATA.pairs).any()


def test_the_prior_of_learnt_weights_grows_from_nothing() -> None:
    names = ("popularity", "trend", "lift:a", "lift:b", CHOICE, HISTORY, LATENT)
    prior = LearntPrior()
    assert not prior.weights(names, 0.0).any()
    few, many = prior.weights(names, 1.0), prior.weights(names, 1000.0)
    assert (few <= many).all()
    assert many == pytest.approx([0.5, 0.0, 0.2, 0.2, 0.5, 0.5, 0.3], rel=0.01)


def test_a_wide_prior_leaves_the_weights_to_the_data_and_a_narrow_one_does_not() -> None:
    quick = LatentRanker(n_models=1, n_factors=4, n_epochs=3)
    narrow = HybridRanker(latent=quick, spreads=(1e-4,)).fit_fully(DATA, seed=1)
    wide = HybridRanker(latent=quick, spreads=(5.0,)).fit_fully(DATA, seed=1)
    assert np.abs(narrow.model.all_weights() - narrow.prior).max() < 1e-3
    assert np.abs(wide.model.all_weights() - wide.prior).max() > 0.3


def test_a_provider_is_no_candidate_before_it_was_there() -> None:
    since = np.where(np.arange(15) < 10, 0.0, float(np.median(DATA.opened_at)))
    data = replace(DATA, provider_since=since)
    past = data.until(float(since.max()))
    assert past.pairs.provider_ids.tolist() == DATA.pairs.provider_ids[:10].tolist()
    fit = HybridRanker(without=frozenset({LATENT})).fit_fully(data, seed=1)
    for block in fit.blocks:
        assert (since[block.pairs.provider] < block.starts_at).all()


def test_the_chance_of_a_link_sums_to_the_links_of_a_need_before_it_is_bent() -> None:
    need = np.array([0, 0, 0, 2, 2], dtype=np.int32)
    found = softmax(np.array([1.0, 2.0, 3.0, -5.0, -5.0]), need)
    assert np.bincount(need, weights=found)[[0, 2]] == pytest.approx(1.0)
    assert found[3] == 0.5


def test_a_higher_margin_has_the_higher_chance() -> None:
    fit = HybridRanker(without=frozenset({LATENT})).fit_fully(DATA, seed=1)
    chance = fit_link_chance(latest_ranks(fit.blocks, fit.prior, (0.2,)))
    first: TrainingData = replace(DATA, pairs=pairs_where(DATA.pairs, DATA.pairs.need == 0))
    margin = np.linspace(-2, 2, len(first.pairs.need))
    assert (np.diff(chance.of(margin, first.pairs.need)) > 0).all()
    assert chance.links_a_need >= 1.0
