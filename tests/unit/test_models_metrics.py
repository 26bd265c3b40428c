from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.metrics import (
    calibration_error,
    coverage,
    gini,
    log_loss_skill,
    paired_ratio,
    predicted_over_observed,
    rank_needs,
    ranking_intervals,
    within_top,
)

SCORER = Path(__file__).resolve().parents[3] / "shared" / "bench" / "score.py"


@pytest.fixture(scope="module")
def scorer() -> ModuleType:
    if not SCORER.exists():
        pytest.skip("the reference scorer lies beside the repository, in shared/bench; not there")
    spec = importlib.util.spec_from_file_location("reference_scorer", SCORER)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def a_run(seed: int, levels: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    need, provider = np.divmod(np.arange(40 * 25), 25)
    scores = rng.integers(0, levels, len(need)).astype(float)
    scores[rng.random(len(need)) < 0.1] = -np.inf
    del provider
    return need.astype(np.int32), scores, rng.random(len(need)) < 0.1


@pytest.mark.parametrize("levels", [1, 3, 10, 1_000_000])
def test_every_figure_equals_that_of_the_reference_scorer(scorer: ModuleType, levels: int) -> None:
    need, scores, relevant = a_run(levels, levels)
    catalogue = [f"p{k:02d}" for k in range(25)]
    per_need = {
        f"n{q:02d}": dict(zip(catalogue, scores[need == q], strict=True)) for q in range(40)
    }
    good = {
        q: {p for p, r in zip(catalogue, relevant[need == int(q[1:])], strict=True) if r}
        for q in per_need
    }
    theirs = scorer.per_query(catalogue, good, {q: set() for q in good}, per_need)
    ours = rank_needs(need, scores, relevant)
    assert (theirs[["ndcg@10", "recall@20", "mrr", "hit@10"]].to_numpy() == ours.figures).all()
    summary = scorer.summary(theirs, dict.fromkeys(good, True))["all"]
    mine = ranking_intervals(ours)
    assert [round(v, 4) for v in mine["ndcg_at_10"].to_json()] == pytest.approx(
        summary["ndcg@10"], abs=1e-4
    )
    assert round(mine["mrr"].value, 4) == summary["mrr"][0]


def test_a_constant_score_earns_nothing() -> None:
    need = np.zeros(100, dtype=np.int32)
    relevant = np.arange(100) == 3
    assert rank_needs(need, np.ones(100), relevant).figures.tolist() == [[0.0, 0.0, 0.01, 0.0]]


def test_a_perfect_ranking_has_the_full_figures() -> None:
    need = np.repeat(np.arange(3), 30).astype(np.int32)
    relevant = np.tile(np.arange(30) < 2, 3)
    ranked = rank_needs(need, relevant * 1.0 - np.tile(np.arange(30), 3) / 100, relevant)
    assert ranked.figures.tolist() == [[1.0, 1.0, 1.0, 1.0]] * 3


def test_a_need_without_any_link_is_not_judged() -> None:
    ranked = rank_needs(np.array([4, 5], dtype=np.int32), np.ones(2), np.array([True, False]))
    assert ranked.need.tolist() == [4]


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32))
def test_the_order_of_the_pairs_does_not_matter(seed: int) -> None:
    need, scores, relevant = a_run(5, 6)
    order = np.random.default_rng(seed).permutation(len(need))
    whole, shuffled = (
        rank_needs(need, scores, relevant),
        rank_needs(need[order], scores[order], relevant[order]),
    )
    assert (whole.figures == shuffled.figures).all()


def test_the_ratio_of_a_model_to_itself_is_one() -> None:
    values = np.random.default_rng(0).random(50)
    assert paired_ratio(values, values).to_json() == [1.0, 1.0, 1.0]


def test_the_ratio_to_nothing_is_not_a_number() -> None:
    assert np.isnan(paired_ratio(np.ones(5), np.zeros(5)).value)


def test_calibration_error_of_a_known_case() -> None:
    probability = np.array([0.2] * 10 + [0.8] * 10)
    happened = np.array([True] * 2 + [False] * 8 + [True] * 5 + [False] * 5)
    assert calibration_error(probability, happened, n_bins=2) == pytest.approx(0.15)


def test_few_pairs_are_judged_in_few_bins() -> None:
    happened = np.random.default_rng(0).random(120) < 0.5
    few = calibration_error(np.full(120, 0.5), happened)
    assert few < 0.1 < calibration_error(np.full(120, 0.5), happened, n_bins=60)
    assert calibration_error(np.zeros(0), np.zeros(0, dtype=np.bool_)) == 0.0


def test_a_calibrated_forecast_predicts_what_is_observed() -> None:
    happened = np.array([True] * 3 + [False] * 7)
    assert predicted_over_observed(np.full(10, 0.3), happened) == pytest.approx(1.0)
    assert np.isnan(predicted_over_observed(np.full(10, 0.3), np.zeros(10, dtype=bool)))


def test_the_base_rate_has_no_skill_and_knowing_has_some() -> None:
    happened = np.array([True] * 3 + [False] * 7)
    assert log_loss_skill(np.full(10, 0.3), happened) == pytest.approx(0.0)
    assert log_loss_skill(np.where(happened, 0.9, 0.1), happened) > 0.8
    assert np.isnan(log_loss_skill(np.full(10, 0.3), np.zeros(10, dtype=bool)))


def test_the_top_of_each_need_is_marked() -> None:
    need = np.array([1, 0, 1, 0, 1], dtype=np.int32)
    top = within_top(need, np.array([0.1, 0.5, 0.3, 0.5, 0.2]), 1)
    assert top.tolist() == [False, True, True, False, False]


def test_coverage_and_gini_of_known_cases() -> None:
    assert coverage(np.array([0, 3, 0, 1])) == 0.5
    assert gini(np.array([2, 2, 2, 2])) == 0.0
    assert gini(np.array([0, 0, 0, 8])) == pytest.approx(0.75)
    assert gini(np.zeros(3)) == 0.0
