"""Judge a ranker on a dataset: choose on valid, fit again on all before the split, rank once."""

from __future__ import annotations

import resource
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from models.base import Progress, Ranker, Scores, pairs_where
from models.blend import HybridRanker
from models.contestants import CHAMPION, CONTESTANTS, Setting
from models.link_chance import fit_link_chance, latest_ranks
from models.metrics import (
    Interval,
    Ranked,
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
from models.shortlist import Threshold, figures_of, fit_thresholds, measured, ranks_of_linked
from peipao.datasets.reading import Dataset
from peipao.errors import InvalidInputError
from peipao.tables.pairs import PairTable
from peipao.tables.profiles import BoolArray, FloatArray
from serving.usecases.dataset_tables import Trial, trial

if TYPE_CHECKING:
    import pandas as pd

VALID = "valid"
NEW_PROVIDER = 2
"""A provider with at most so many earlier links counts as cold."""


@dataclass(frozen=True, slots=True)
class Run:
    """Scores of a whole catalogue.

    Attributes:
        pairs: of the queries.
        scores: float64 (n_pairs,).
        answers: bool (n_pairs,).
        ranked: figures of each query.
        chance: of the pair being linked; None where the ranker states none.
        shortlist: what conformal shortlists did on these queries.
    """

    pairs: PairTable
    scores: Scores
    answers: BoolArray
    ranked: Ranked
    chance: FloatArray | None
    shortlist: tuple[Threshold, ...] = ()


@dataclass(frozen=True, slots=True)
class DatasetEvaluation:
    """What came of it.

    Attributes:
        setting: chosen on valid; `tried` holds NDCG@10 on valid of all.
        figures: group of queries -> figure -> mean with interval; `counts` its size.
        lists: coverage and Gini of the ten best, ECE in the top 20, predicted / observed in the
            top 5, log-loss skill over the base rate, coverage and length of the shortlists.
        seconds: of this process, tuning included; `megabytes` its peak.
    """

    setting: str
    tried: Mapping[str, float]
    counts: Mapping[str, int]
    figures: Mapping[str, Mapping[str, Interval]]
    lists: Mapping[str, float]
    seconds: float
    megabytes: float
    run: Run


def evaluate_dataset(
    dataset: Dataset,
    *,
    split: str = "test",
    model: str = CHAMPION,
    seed: int = 1,
    progress: Progress | None = None,
) -> DatasetEvaluation:
    """Return the figures of a model on a split, which is opened once.

    Raises:
        InvalidInputError: there is no such model or split.
    """
    if model not in CONTESTANTS:
        raise InvalidInputError("model", f"没有模型 {model!r}", "、".join(CONTESTANTS))
    started = time.process_time()
    best, tried = chosen(trial(dataset, VALID), model, seed, progress)
    asked = trial(dataset, split)
    run = ranked_by(best.ranker, asked, seed)
    counts, figures = _grouped(asked, run)
    return DatasetEvaluation(
        setting=best.name,
        tried=tried,
        counts=counts,
        figures=figures,
        lists=lists_of(run),
        seconds=time.process_time() - started,
        megabytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        run=run,
    )


def chosen(
    valid: Trial, model: str, seed: int, progress: Progress | None = None
) -> tuple[Setting, dict[str, float]]:
    """Return the setting with the best NDCG@10 on valid, and that of all."""
    settings = CONTESTANTS[model]()
    tried: dict[str, float] = {}
    for k, setting in enumerate(settings):
        if progress is not None:
            progress(f"在验证集上选择 {k + 1}/{len(settings)}", k / (len(settings) + 1))
        if len(settings) > 1:
            run = ranked_by(setting.ranker, valid, seed)
            tried[setting.name] = round(float(run.ranked.figures[:, 0].mean()), 4)
    best = max(settings, key=lambda setting: tried.get(setting.name, 0.0))
    if progress is not None:
        progress("用此前全部数据训练并评估", len(settings) / (len(settings) + 1))
    return best, tried


def ranked_by(ranker: Ranker, asked: Trial, seed: int) -> Run:
    """Return the run of a ranker fitted on what is known in a trial."""
    data = asked.data
    pairs, answers = pairs_where(data.pairs, asked.query), asked.answers[asked.query]
    chance: FloatArray | None = None
    lists: tuple[Threshold, ...] = ()
    if isinstance(ranker, HybridRanker):
        fit = ranker.fit_fully(data, seed=seed)
        scores = fit.model.score(data.need_indicators, data.provider_indicators, pairs)
        if fit.blocks:
            latest = latest_ranks(fit.blocks, fit.prior, ranker.spreads)
            chance = fit_link_chance(latest).of(scores, pairs.need)
            later = ranks_of_linked(pairs.need, scores, answers)
            lists = measured(fit_thresholds([latest]), later)
    else:
        fitted = ranker.fit(data, seed=seed)
        scores = fitted.score(data.need_indicators, data.provider_indicators, pairs)
    return Run(pairs, scores, answers, rank_needs(pairs.need, scores, answers), chance, lists)


def _grouped(asked: Trial, run: Run) -> tuple[dict[str, int], dict[str, Mapping[str, Interval]]]:
    need = run.ranked.need
    new = asked.links_before <= NEW_PROVIDER
    of_new = np.unique(run.pairs.need[run.answers & new[run.pairs.provider]])
    groups = {
        "all": np.ones(len(need), dtype=np.bool_),
        "cold_project": asked.cold[need],
        "warm_project": ~asked.cold[need],
        "cold_provider": np.isin(need, of_new),
    }
    parts = {name: Ranked(need[of], run.ranked.figures[of]) for name, of in groups.items()}
    kept = {name: part for name, part in parts.items() if len(part)}
    counts = {name: len(part) for name, part in kept.items()}
    return counts, {name: ranking_intervals(part) for name, part in kept.items()}


def lists_of(run: Run) -> dict[str, float]:
    """Return exposure in the ten best, and how far the stated chances are right."""
    need = run.pairs.need
    shown = np.bincount(
        run.pairs.provider[within_top(need, run.scores, 10)],
        minlength=len(run.pairs.provider_ids),
    )
    exposure = shown.astype(np.int32)
    lists = {"coverage_top_10": coverage(exposure), "gini_top_10": gini(exposure)}
    if run.chance is None:
        return lists
    best, twenty = within_top(need, run.scores, 5), within_top(need, run.scores, 20)
    return lists | {
        "ece_top_20": calibration_error(run.chance[twenty], run.answers[twenty]),
        "predicted_over_observed_top_5": predicted_over_observed(
            run.chance[best], run.answers[best]
        ),
        "log_loss_skill": log_loss_skill(run.chance, run.answers),
        **figures_of(run.shortlist),
    }


def write_run(run: Run, path: Path) -> None:
    """Write (need_id, provider_id, score) of the whole catalogue, which the scorer reads."""
    import pandas as pd

    ids = run.pairs.need_ids[run.pairs.need], run.pairs.provider_ids[run.pairs.provider]
    frame = pd.DataFrame({"need_id": ids[0], "provider_id": ids[1], "score": run.scores})
    if path.suffix == ".csv":
        frame.to_csv(path, index=False)
    else:
        frame.to_parquet(path, index=False)


def compare_runs(dataset: Dataset, split: str, ours: Path, theirs: Path) -> Mapping[str, Interval]:
    """Return each figure of one run over that of another, paired by query.

    Raises:
        InvalidInputError: a run is no such table.
    """
    asked = trial(dataset, split)
    pairs, answers = pairs_where(asked.data.pairs, asked.query), asked.answers[asked.query]
    found = [rank_needs(pairs.need, _read_run(path, pairs), answers) for path in (ours, theirs)]
    names = ("ndcg_at_10", "recall_at_20", "mrr", "hit_at_10")
    return {
        name: paired_ratio(found[0].figures[:, k], found[1].figures[:, k])
        for k, name in enumerate(names)
    }


def _read_run(path: Path, pairs: PairTable) -> Scores:
    import pandas as pd

    frame: pd.DataFrame = pd.read_csv(path) if path.suffix == ".csv" else pd.read_parquet(path)
    if not {"need_id", "provider_id", "score"} <= set(frame.columns):
        raise InvalidInputError(path.name, "不是排序结果", "need_id、provider_id、score 三列")
    scores = frame.set_index(["need_id", "provider_id"])["score"]
    wanted = pd.MultiIndex.from_arrays(
        [pairs.need_ids[pairs.need], pairs.provider_ids[pairs.provider]]
    )
    return np.asarray(scores.reindex(wanted).fillna(-np.inf), dtype=np.float64)
