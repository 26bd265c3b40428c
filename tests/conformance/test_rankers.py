"""What every registered ranker keeps, whatever it learns."""

from __future__ import annotations

from dataclasses import replace
from importlib.metadata import entry_points

import numpy as np
import pytest
from training_sets import a_training_set, without_feedback

from models.base import Ranker, Scorer, TrainingData, events_where, pairs_where
from peipao.tables.indicators import IndicatorTable

DATA = a_training_set(n_needs=60, n_providers=20)
RANKERS = [
    pytest.param(point.load()(), id=point.name) for point in entry_points(group="peipao.rankers")
]


def scored(fitted: Scorer, data: TrainingData = DATA) -> np.ndarray:
    return fitted.score(data.need_indicators, data.provider_indicators, data.pairs)


def test_the_four_rankers_are_registered() -> None:
    names = {point.name for point in entry_points(group="peipao.rankers")}
    assert {"popularity", "content", "latent", "hybrid"} <= names


@pytest.mark.parametrize("ranker", RANKERS)
def test_the_same_data_and_seed_give_the_same_scores(ranker: Ranker) -> None:
    assert (scored(ranker.fit(DATA, seed=5)) == scored(ranker.fit(DATA, seed=5))).all()


@pytest.mark.parametrize("ranker", RANKERS)
def test_every_score_is_finite(ranker: Ranker) -> None:
    assert np.isfinite(scored(ranker.fit(DATA, seed=5))).all()


@pytest.mark.parametrize("ranker", RANKERS)
def test_no_feedback_is_no_obstacle(ranker: Ranker) -> None:
    fitted = ranker.fit(without_feedback(DATA), seed=5)
    assert np.isfinite(scored(fitted)).all()


@pytest.mark.parametrize("ranker", RANKERS)
def test_the_order_of_the_training_rows_changes_nothing(ranker: Ranker) -> None:
    rng = np.random.default_rng(1)
    shuffled = replace(
        DATA,
        pairs=pairs_where(DATA.pairs, rng.permutation(len(DATA.pairs.need))),
        interactions=events_where(DATA.interactions, rng.permutation(len(DATA.interactions))),
    )
    assert (scored(ranker.fit(DATA, seed=5)) == scored(ranker.fit(shuffled, seed=5))).all()


@pytest.mark.parametrize("ranker", RANKERS)
def test_the_order_of_the_scored_pairs_changes_nothing(ranker: Ranker) -> None:
    fitted, order = ranker.fit(DATA, seed=5), np.random.default_rng(2).permutation(300)
    some = replace(DATA, pairs=pairs_where(DATA.pairs, order))
    assert (scored(fitted, some) == scored(fitted)[order]).all()


@pytest.mark.parametrize("ranker", RANKERS)
def test_ids_never_seen_in_training_are_scored(ranker: Ranker) -> None:
    fitted = ranker.fit(DATA, seed=5)
    pairs = replace(
        DATA.pairs,
        need_ids=np.char.add("new-", DATA.pairs.need_ids),
        provider_ids=np.char.add("new-", DATA.pairs.provider_ids),
    )
    found = fitted.score(renamed(DATA.need_indicators), renamed(DATA.provider_indicators), pairs)
    assert np.isfinite(found).all()


def renamed(table: IndicatorTable) -> IndicatorTable:
    return replace(table, ids=np.char.add("new-", table.ids))


@pytest.mark.parametrize("ranker", RANKERS)
def test_fitting_leaves_its_input_as_it_was(ranker: Ranker) -> None:
    data = a_training_set(n_needs=40, n_providers=15)
    before = [a.copy() for a in (data.pairs.values, data.interactions.at, data.opened_at)]
    ranker.fit(data, seed=5)
    after = (data.pairs.values, data.interactions.at, data.opened_at)
    assert all(np.array_equal(a, b, equal_nan=True) for a, b in zip(before, after, strict=True))
