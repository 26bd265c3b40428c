"""Margins of whole blocks are those of the pairs one by one."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from training_sets import a_training_set

from models import grids
from models.base import TrainingData, pairs_where
from models.blend import HybridRanker
from models.choice import HISTORY
from models.columns import are_few
from models.grid_tables import margin_tables
from models.grids import SLACK, margin_grid
from models.hybrid import LatentRanker
from models.margin import MarginModel
from models.text_lift import TEXT
from peipao.errors import InvalidInputError
from peipao.tables import compiled_products, postings
from peipao.tables.factors import NeedFactor, ProviderFactor
from peipao.tables.indicators import IndicatorTable
from peipao.tables.postings import MANY, MANY_PAIRS
from peipao.tables.warm import warm


@pytest.fixture(scope="module")
def data() -> TrainingData:
    return a_training_set()


@pytest.fixture(scope="module")
def model(data: TrainingData) -> MarginModel:
    latent = LatentRanker(n_models=1, n_factors=4, n_epochs=2)
    fitted = HybridRanker(latent=latent).fit(data, seed=1)
    # Every column counts, whatever the weights came to.
    return replace(fitted, learnt_weights=np.linspace(0.3, 1.0, len(fitted.learnt_names)))


def compared(data: TrainingData) -> tuple[tuple[NeedFactor, ...], tuple[ProviderFactor, ...]]:
    """Return the comparisons in full, as one does with what is no product; NaN is not known."""
    pairs, width = data.pairs, len(data.pairs.provider_ids)
    grid = np.full((len(pairs.names), len(pairs.need_ids), width), np.nan)
    grid[:, pairs.need, pairs.provider] = pairs.values.T
    everybody = np.ones(width, dtype=np.bool_)
    all_needs = np.ones(len(pairs.need_ids), dtype=np.bool_)
    ours = tuple(NeedFactor(all_needs, values=values) for values in grid)
    return ours, tuple(ProviderFactor(everybody, None) for _ in grid)


def off_by(data: TrainingData, model: MarginModel, providers: IndicatorTable) -> float:
    """Return the largest distance of a block's margins from the exact ones."""
    prepared, (ours, theirs) = model.prepared(providers), compared(data)
    grid = margin_grid(margin_tables(model, prepared, theirs), data.need_indicators, ours)
    exact = model.score(data.need_indicators, prepared, data.pairs)
    return float(np.abs(grid.margin[data.pairs.need, data.pairs.provider] - exact).max())


@pytest.fixture(params=[1, 10**6], ids=["compiled", "numpy"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postings, "MANY", request.param)


@pytest.mark.usefixtures("way")
def test_a_block_holds_the_margin_of_every_pair(data: TrainingData, model: MarginModel) -> None:
    assert off_by(data, model, data.provider_indicators) < SLACK / 10


@pytest.mark.usefixtures("way")
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
    assert off_by(replace(data, pairs=pairs), model, renamed) < SLACK / 10


def test_columns_without_a_block_form_of_their_own_are_taken_pair_by_pair(
    data: TrainingData, model: MarginModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grids, "_OVER", {})
    assert off_by(data, model, data.provider_indicators) < SLACK / 10


def test_every_column_of_the_hybrid_has_a_block_form(
    data: TrainingData, model: MarginModel
) -> None:
    prepared = model.prepared(data.provider_indicators)
    apart = margin_tables(model, prepared, compared(data)[1]).apart
    assert {type(one.columns) for one in apart} == set(grids._OVER)


def test_after_warming_up_neither_scores_nor_whole_lists_compile_anything(
    data: TrainingData, model: MarginModel
) -> None:
    warm()
    functions: tuple[Any, ...] = tuple(
        getattr(compiled_products, name) for name in ("scatter", "add_rows", "dots")
    )
    known = [list(one.signatures) for one in functions]
    off_by(data, model, data.provider_indicators)
    assert min(len(data.pairs.need) / MANY_PAIRS, len(data.pairs.need_ids) / MANY) >= 1
    assert [list(one.signatures) for one in functions] == known


@pytest.mark.parametrize("n_pairs", [3, 2000])
def test_few_pairs_have_the_bits_of_many(
    data: TrainingData, model: MarginModel, n_pairs: int
) -> None:
    args = data.need_indicators, data.provider_indicators
    everything = model.columns(*args, data.pairs)
    rows = np.sort(np.random.default_rng(5).permutation(len(data.pairs.need))[:n_pairs])
    some = model.columns(*args, pairs_where(data.pairs, rows))
    assert np.array_equal(some, everything[:, rows])


def test_one_list_has_the_bits_of_all_lists(data: TrainingData, model: MarginModel) -> None:
    args = data.need_indicators, data.provider_indicators
    everything = model.columns(*args, data.pairs)
    rows = np.flatnonzero(data.pairs.need == 7)
    one = model.columns(*args, pairs_where(data.pairs, rows))
    assert not are_few(data.pairs.need[rows], len(data.pairs.provider_ids))
    assert np.array_equal(one, everything[:, rows])


def test_a_block_hands_on_the_columns_that_it_has_in_full(
    data: TrainingData, model: MarginModel
) -> None:
    prepared, (ours, theirs) = model.prepared(data.provider_indicators), compared(data)
    grid = margin_grid(margin_tables(model, prepared, theirs), data.need_indicators, ours)
    assert set(grid.exact) == {TEXT, HISTORY}
    few = pairs_where(data.pairs, np.arange(0, len(data.pairs.need), 7))
    told = grid.told(model, few.need, few.provider)
    exact = model.score(data.need_indicators, prepared, few)
    assert np.array_equal(told.score(data.need_indicators, prepared, few), exact)
    with pytest.raises(InvalidInputError, match="不是事先算好的那些"):
        told.score(data.need_indicators, prepared, data.pairs)


def test_other_comparisons_than_those_of_training_are_refused(
    data: TrainingData, model: MarginModel
) -> None:
    prepared, (ours, theirs) = model.prepared(data.provider_indicators), compared(data)
    with pytest.raises(InvalidInputError, match="与模型训练时不一致"):
        margin_tables(model, prepared, theirs[1:])
    tables = margin_tables(model, prepared, theirs)
    with pytest.raises(InvalidInputError, match="与模型训练时不一致"):
        margin_grid(tables, data.need_indicators, ours[1:])


@pytest.mark.parametrize(("n_links", "epochs"), [(10, 30), (200_000, 30), (1_000_000, 6)])
def test_epochs_fall_with_the_number_of_links(n_links: int, epochs: int) -> None:
    assert LatentRanker().epochs_for(n_links) == epochs


def test_epochs_never_rise_with_the_number_of_links() -> None:
    found = [LatentRanker().epochs_for(10**k) for k in range(9)]
    assert all(a >= b for a, b in itertools.pairwise(found))
    assert found[-1] == LatentRanker().least_epochs
