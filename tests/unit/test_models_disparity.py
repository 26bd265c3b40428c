from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from training_sets import a_training_set

from models.blend import HybridRanker, block_of
from models.content import hand_weighted
from models.disparity import (
    MIN_CELL,
    PROJECT,
    PROVIDER,
    SMALL,
    Treatment,
    cells,
    spread,
    treatments,
)
from models.hybrid import LatentRanker
from models.metrics import within_top

DATA = a_training_set(n_needs=80, n_providers=20).canonical()
BLOCK = block_of(DATA, hand_weighted(DATA), float(np.median(DATA.opened_at)), np.inf)


def some_members(n: int) -> Treatment:
    values = np.linspace(0.1, 1.0, n)
    return Treatment(PROVIDER, np.array([f"p{k:02d}" for k in range(n)]), values, values, values)


def test_no_group_is_smaller_than_the_smallest_cell() -> None:
    found = some_members(20)
    groups = {f"p{k:02d}": "甲" if k < 9 else "乙" if k < 13 else f"丙{k}" for k in range(20)}
    told = cells(found, "区市", groups, "未说明")
    assert {cell.group: cell.n for cell in told} == {"甲": 9, SMALL: 11}


def test_small_groups_that_are_too_few_together_are_left_out() -> None:
    groups = {f"p{k:02d}": "甲" if k < 9 else f"丙{k}" for k in range(12)}
    assert [cell.group for cell in cells(some_members(12), "区市", groups, "未说明")] == ["甲"]


def test_a_mean_of_fewer_members_than_a_cell_is_not_told() -> None:
    found = some_members(10)
    rate = np.where(np.arange(10) < MIN_CELL - 1, 0.5, np.nan)
    (cell,) = cells(replace(found, match_rate=rate), "区市", {}, "未说明")
    assert np.isnan(cell.values["match_rate"])
    assert cell.values["exposure"] == pytest.approx(0.55)


def test_equal_treatment_has_the_ratio_one() -> None:
    equal = np.full(12, 0.4)
    found = Treatment(PROJECT, some_members(12).ids, equal, equal, equal)
    groups = {f"p{k:02d}": "甲" if k % 2 else "乙" for k in range(12)}
    told = cells(found, "创业者群体", groups, "未说明")
    assert [cell.ratios["affinity"] for cell in told] == pytest.approx([1.0, 1.0])
    assert spread(told, "affinity") == pytest.approx(1.0)


def test_the_spread_is_the_worst_group_over_the_best() -> None:
    half = np.where(np.arange(12) % 2 == 1, 0.2, 0.4)
    found = Treatment(PROJECT, some_members(12).ids, half, half, half)
    groups = {f"p{k:02d}": "甲" if k % 2 else "乙" for k in range(12)}
    assert spread(cells(found, "区市", groups, "未说明"), "affinity") == pytest.approx(0.5)
    assert np.isnan(spread((), "affinity"))


def test_exposure_of_providers_is_their_share_of_the_shown_places() -> None:
    affinity = np.random.default_rng(1).random(len(BLOCK.pairs.need))
    _, found = treatments(DATA, BLOCK, affinity)
    shown = within_top(BLOCK.pairs.need, affinity, 10)
    first = BLOCK.pairs.provider_ids.tolist().index(found.ids[0])
    places = int((shown & (BLOCK.pairs.provider == first)).sum())
    assert found.exposure.mean() == pytest.approx(1.0)
    assert found.exposure[0] == pytest.approx(places * len(found.ids) / shown.sum())


def test_a_project_is_one_member_however_many_needs_it_has() -> None:
    affinity = np.full(len(BLOCK.pairs.need), 0.3)
    found, _ = treatments(DATA, BLOCK, affinity)
    needs = np.unique(BLOCK.pairs.need)
    assert len(found.ids) == len(np.unique(DATA.project[needs]))
    assert found.affinity == pytest.approx(0.3)
    assert ((found.match_rate >= 0) & (found.match_rate <= 1)).all()


def test_every_evaluation_tells_how_its_members_were_treated() -> None:
    from models.evaluation import evaluate

    quick = HybridRanker(latent=LatentRanker(n_models=1, n_factors=4, n_epochs=3))
    found = evaluate(DATA, 1, ranker=quick)
    assert [one.side for one in found.treated] == [PROJECT, PROVIDER]
    assert 0 <= found.affinity["interval_coverage"] <= 1
    assert 0 < found.affinity["interval_width_top_20"] < 1
    assert 0 <= found.affinity["shortlist_90_coverage"] <= 1
