from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from training_sets import HAND, TASTE, a_training_set, with_events, without_feedback

from models.base import TrainingData
from models.blend import HybridRanker, cut_times, project_cuts
from models.choice_fit import ChoiceSettings, fit_choice
from models.content import ContentRanker
from models.evaluation import evaluate
from models.hybrid import LatentRanker, provider_rows
from models.lifts import NaiveBayesRanker
from models.links import links_of
from models.metrics import within_top
from models.package import read_package, write_package
from models.popularity import PopularityRanker
from models.training import TrainedModel, train
from peipao.errors import ModelPackageError

QUICK = HybridRanker(latent=LatentRanker(n_models=2, n_factors=8, n_epochs=15))


@pytest.fixture(scope="module")
def data() -> TrainingData:
    return a_training_set(n_needs=200, n_providers=40)


@pytest.fixture(scope="module")
def trained(data: TrainingData) -> TrainedModel:
    return train(data, 3, "2026-01-01T00:00:00+00:00", "mentor-0001", ranker=QUICK)


def scores(model: TrainedModel, data: TrainingData) -> np.ndarray:
    found = model.package.score(data.pairs, data.need_indicators, data.provider_indicators)
    return found.margin


def test_without_feedback_the_weights_are_exactly_those_of_the_kind_file(
    data: TrainingData,
) -> None:
    untouched = without_feedback(data)
    model = train(untouched, 3, "2026-01-01T00:00:00+00:00", "mentor-0001")
    assert model.package.margin_model.weights.tolist() == list(HAND.values())
    content = ContentRanker().fit(untouched, seed=0)
    args = untouched.need_indicators, untouched.provider_indicators, untouched.pairs
    assert (scores(model, untouched) == content.score(*args)).all()
    assert not model.package.calibration.calibrated
    assert model.metrics == {"n_needs": 0.0, "n_cold_needs": 0.0}


def test_without_feedback_an_average_pair_has_the_prior_acceptance(data: TrainingData) -> None:
    model = train(without_feedback(data), 3, "2026-01-01T00:00:00+00:00", "mentor-0001")
    unknown = replace(data.pairs, values=np.full_like(data.pairs.values, np.nan))
    found = model.package.score(unknown, data.need_indicators, data.provider_indicators)
    assert found.affinity == pytest.approx(0.3)


def test_weights_move_from_the_hand_towards_the_taste(trained: TrainedModel) -> None:
    found = dict(zip(HAND, trained.package.margin_model.weights, strict=True))
    assert HAND["industry"] < found["industry"] < TASTE["industry"] + 0.3
    assert TASTE["place"] - 0.2 < found["place"] < HAND["place"]
    model = trained.package.margin_model
    learnt = dict(zip(model.learnt_names, model.learnt_weights, strict=True))
    assert learnt["latent"] + learnt["lift:need.topic"] + learnt["text"] > 0.5


def test_feedback_is_worth_more_than_the_hand_weights(trained: TrainedModel) -> None:
    ratio = trained.evaluation.ratios["hybrid_over_content"]
    assert ratio.low > 1.0
    assert trained.evaluation.ratios["hybrid_over_latent"].low > 1.0


def test_training_twice_gives_the_same_bytes(
    trained: TrainedModel, data: TrainingData, tmp_path: Path
) -> None:
    again = train(data, 3, "2026-01-01T00:00:00+00:00", "mentor-0001", ranker=QUICK)
    write_package(trained.package, tmp_path / "a", None)
    write_package(again.package, tmp_path / "b", None)
    files = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert [(tmp_path / "a" / f).read_bytes() for f in files] == [
        (tmp_path / "b" / f).read_bytes() for f in files
    ]


def test_another_seed_gives_another_latent_column(
    trained: TrainedModel, data: TrainingData
) -> None:
    other = train(data, 4, "2026-01-01T00:00:00+00:00", "mentor-0001", ranker=QUICK)
    assert (scores(other, data) != scores(trained, data)).any()


def test_the_package_survives_its_folder_bit_by_bit(
    trained: TrainedModel, data: TrainingData, tmp_path: Path
) -> None:
    write_package(trained.package, tmp_path / "m", b"key")
    back = replace(trained, package=read_package(tmp_path / "m", b"key"))
    assert (scores(back, data) == scores(trained, data)).all()
    assert back.package.facts["counts"]["links"] == len(links_of(data).need)


def test_the_affinity_is_calibrated_on_offers(trained: TrainedModel) -> None:
    assert trained.package.calibration.calibrated
    assert trained.package.calibration.n_offers > 100
    assert 0.7 < trained.metrics["predicted_over_observed_top_5"] < 1.4


def test_metric_names_are_such_as_the_tracking_store_accepts(trained: TrainedModel) -> None:
    assert all(name.replace("_", "a").isalnum() for name in trained.metrics)
    assert {"ndcg_at_10", "ndcg_at_10_low", "content_mrr", "ece_top_20"} <= set(trained.metrics)


def test_progress_goes_from_nothing_to_everything(data: TrainingData) -> None:
    told: list[tuple[str, float]] = []
    train(data, 3, "t", "v", ranker=QUICK, progress=lambda step, share: told.append((step, share)))
    shares = [share for _, share in told]
    assert shares == sorted(shares)
    assert told[-1] == ("完成", 1.0)


def test_later_feedback_cannot_change_what_was_learnt_before(data: TrainingData) -> None:
    cut = cut_times(data)[1]
    later = data.interactions.at >= cut
    shuffled = np.where(later, data.interactions.provider[::-1], data.interactions.provider)
    other = replace(
        data, interactions=replace(data.interactions, provider=shuffled.astype(np.int32))
    )
    ours, theirs = (QUICK.latent.fit(d.until(cut), seed=1) for d in (data, other))
    args = data.need_indicators, data.provider_indicators, data.pairs
    assert (ours.score(*args) == theirs.score(*args)).all()

    for column in (0, 1):
        ours_too, theirs_too = (
            fit_choice(d.until(cut), ChoiceSettings())[column].of(*args) for d in (data, other)
        )
        assert (ours_too == theirs_too).all()


def test_each_project_is_cut_by_itself(data: TrainingData) -> None:
    linked = np.unique(links_of(data).need)
    cut = project_cuts(data)[1]
    past = data.until(cut)
    for project in np.unique(data.project[linked]).tolist():
        times = np.sort(data.opened_at[linked[data.project[linked] == project]])
        wanted = times[max(int(len(times) * 0.6), 1)] if len(times) > 1 else np.inf
        assert (cut[data.project == project] == wanted).all()
    seen = links_of(past)
    assert 0 < len(seen.need) < len(links_of(data).need)
    assert (seen.at < cut[seen.need]).all()


def test_projects_without_a_second_need_teach_no_weight(data: TrainingData) -> None:
    alone = replace(data, project=np.arange(len(data.project), dtype=np.int32))
    fit = replace(QUICK, each_project=True).fit_fully(alone, seed=1)
    assert all(len(block.pairs.need) == 0 for block in fit.blocks)
    assert fit.model.all_weights() == pytest.approx(fit.prior)


def test_blocks_of_projects_hold_needs_after_their_project_s_cut(data: TrainingData) -> None:
    blocks = replace(QUICK, each_project=True).fit_fully(data, seed=1).blocks
    for cut, block in zip(project_cuts(data), blocks, strict=True):
        assert len(block.pairs.need) > 0
        assert (data.opened_at >= cut)[block.pairs.need].all()


def test_learnt_columns_never_read_the_comparisons(data: TrainingData) -> None:
    bare = data.without_comparisons()
    args = data.need_indicators, data.provider_indicators, data.pairs
    for ranker in (QUICK.latent, PopularityRanker(), NaiveBayesRanker()):
        ours, theirs = ranker.fit(data, seed=1), ranker.fit(bare, seed=1)
        assert (ours.score(*args) == theirs.score(*args)).all()


def test_no_block_contains_a_need_that_its_columns_could_have_seen(data: TrainingData) -> None:
    blocks = QUICK.fit_fully(data, seed=1).blocks
    assert len(blocks) == 3
    assert all((data.opened_at[b.pairs.need] >= b.starts_at).all() for b in blocks)


def test_evaluation_at_a_cut_judges_only_later_needs(data: TrainingData) -> None:
    cut = float(np.quantile(data.opened_at, 0.7))
    found = evaluate(data, 3, cut_at=cut, ranker=QUICK)
    later = np.unique(links_of(data).need)
    assert found.n_needs == int((data.opened_at[later] >= cut).sum())
    assert 0 < found.n_cold < found.n_needs
    assert found.figures["hybrid"]["ndcg_at_10"].value > found.figures["content"]["mrr"].low
    assert set(found.ratios) == {
        "hybrid_over_content",
        "hybrid_over_latent",
        "hybrid_over_popularity",
    }


def test_evaluation_without_any_feedback_judges_nothing(data: TrainingData) -> None:
    assert evaluate(without_feedback(data), 3).n_needs == 0


def test_one_single_link_is_enough_to_train(data: TrainingData) -> None:
    seen = data.interactions
    first = np.flatnonzero(seen.event == "accepted")[:1]
    one = replace(
        data,
        interactions=replace(
            seen,
            need=seen.need[first],
            provider=seen.provider[first],
            event=seen.event[first],
            value=seen.value[first],
            at=seen.at[first],
        ),
    )
    model = train(one, 3, "t", "v", ranker=QUICK)
    assert np.isfinite(scores(model, one)).all()
    assert np.abs(model.package.margin_model.weights - list(HAND.values())).max() < 0.3


def test_indicator_rows_that_are_not_normalised_are_noticed(data: TrainingData) -> None:
    table = data.provider_indicators
    wild = replace(data, provider_indicators=replace(table, values=table.values * 3000))
    with pytest.raises(ModelPackageError, match="发散"):
        LatentRanker(n_models=1).fit(wild, seed=1)


def test_provider_rows_sum_to_one() -> None:
    rows = provider_rows(np.array([[0.25, 0.75], [1.0, 0.0]])).toarray()
    assert rows.tolist() == [[0.5, 0, 0.125, 0.375], [0, 0.5, 0.5, 0]]


def test_ranking_a_request_imports_no_heavy_library() -> None:
    code = (
        "import sys, models.package\n"
        "heavy = {'scipy', 'sklearn', 'pandas', 'mlflow', 'lightfm', 'pydantic', 'networkx'}\n"
        "print(sorted(heavy & {name.split('.')[0] for name in sys.modules}))"
    )
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert found.stdout.strip() == "[]"


def test_a_provider_without_any_history_that_fits_is_at_the_top_of_the_list(
    data: TrainingData,
) -> None:
    unknown = int(np.bincount(data.pairs.provider).argmax())
    others = data.interactions.provider != unknown
    lonely = with_events(data, others)
    perfect = replace(
        lonely,
        pairs=replace(
            lonely.pairs,
            values=np.where((lonely.pairs.provider == unknown)[:, None], 1.0, lonely.pairs.values),
        ),
    )
    model = QUICK.fit(lonely, seed=1)
    margin = model.score(perfect.need_indicators, perfect.provider_indicators, perfect.pairs)
    top = within_top(perfect.pairs.need, margin, 10) & (perfect.pairs.provider == unknown)
    assert top.sum() / (perfect.pairs.provider == unknown).sum() > 0.5


def test_every_second_factor_model_forgets_nothing(data: TrainingData) -> None:
    some = LatentRanker(n_models=2, n_factors=4, n_epochs=5, half_life_days=20.0)
    both = replace(some, lasting=True).fit(data, seed=1)
    fading = replace(some, n_models=1).fit(data, seed=1)
    unforgetting = replace(some, n_models=1, half_life_days=1e12).fit(data, seed=1 + 7919)
    assert (both.need_factors[:, :4] == fading.need_factors).all()
    assert (both.need_factors[:, 4:] == unforgetting.need_factors).all()
    assert (both.need_factors[:, 4:] != some.fit(data, seed=1).need_factors[:, 4:]).any()
