"""Margins of whole blocks are those of the pairs one by one."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from training_sets import a_training_set

from models import grids
from models.base import TrainingData
from models.blend import HybridRanker
from models.grids import margin_grid
from models.hybrid import LatentRanker
from models.margin import MarginModel
from peipao.errors import InvalidInputError
from peipao.tables.profiles import FloatArray


@pytest.fixture(scope="module")
def data() -> TrainingData:
    return a_training_set()


@pytest.fixture(scope="module")
def model(data: TrainingData) -> MarginModel:
    latent = LatentRanker(n_models=1, n_factors=4, n_epochs=2)
    fitted = HybridRanker(latent=latent).fit(data, seed=1)
    # Every column counts, whatever the weights came to.
    return replace(fitted, learnt_weights=np.linspace(0.3, 1.0, len(fitted.learnt_names)))


def comparisons_of(data: TrainingData) -> FloatArray:
    pairs = data.pairs
    grid = np.full((len(pairs.names), len(pairs.need_ids), len(pairs.provider_ids)), np.nan)
    grid[:, pairs.need, pairs.provider] = pairs.values.T
    return grid


def test_a_block_holds_the_margin_of_every_pair(data: TrainingData, model: MarginModel) -> None:
    prepared = model.prepared(data.provider_indicators)
    found = margin_grid(model, data.need_indicators, prepared, comparisons_of(data))
    exact = model.score(data.need_indicators, prepared, data.pairs)
    at_pairs = found[data.pairs.need, data.pairs.provider]
    assert float(np.abs(at_pairs - exact).max()) < 1e-9


def test_a_provider_that_training_did_not_know_is_scored_by_its_features(
    data: TrainingData, model: MarginModel
) -> None:
    names = data.pairs.provider_ids.tolist()
    ids = np.array([name if at % 3 else f"z{name}" for at, name in enumerate(names)])
    order = np.argsort(ids)
    table = data.provider_indicators
    renamed = replace(table, ids=ids[order], values=table.values[order])
    back = np.argsort(order).astype(np.int32)
    pairs = replace(data.pairs, provider_ids=ids[order], provider=back[data.pairs.provider])
    prepared = model.prepared(renamed)
    grid = comparisons_of(data)[:, :, order]
    found = margin_grid(model, data.need_indicators, prepared, grid)
    exact = model.score(data.need_indicators, prepared, pairs)
    assert float(np.abs(found[pairs.need, pairs.provider] - exact).max()) < 1e-9


def test_columns_without_a_block_form_of_their_own_are_taken_pair_by_pair(
    data: TrainingData, model: MarginModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared, needs = model.prepared(data.provider_indicators), data.need_indicators
    quick = margin_grid(model, needs, prepared, comparisons_of(data))
    monkeypatch.setattr(grids, "_OVER", {})
    slow = margin_grid(model, needs, prepared, comparisons_of(data))
    assert float(np.abs(quick - slow).max()) < 1e-9


def test_every_column_of_the_hybrid_has_a_block_form(model: MarginModel) -> None:
    assert {type(columns) for columns in model.learnt} <= set(grids._OVER)


def test_other_comparisons_than_those_of_training_are_refused(
    data: TrainingData, model: MarginModel
) -> None:
    prepared = model.prepared(data.provider_indicators)
    with pytest.raises(InvalidInputError, match="与模型训练时不一致"):
        margin_grid(model, data.need_indicators, prepared, comparisons_of(data)[1:])


@pytest.mark.parametrize(("n_links", "epochs"), [(10, 30), (200_000, 30), (1_000_000, 6)])
def test_epochs_fall_with_the_number_of_links(n_links: int, epochs: int) -> None:
    assert LatentRanker().epochs_for(n_links) == epochs


def test_epochs_never_rise_with_the_number_of_links() -> None:
    found = [LatentRanker().epochs_for(10**k) for k in range(9)]
    assert all(a >= b for a, b in itertools.pairwise(found))
    assert found[-1] == LatentRanker().least_epochs
