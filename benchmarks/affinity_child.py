"""Child process: is the affinity of a sample city right, as its hidden truth and its offers say?

usage: python -m benchmarks.affinity_child HOME CITY_SEED KIND…
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from models.assurance import Assurance, answers_in, assured, offered_in, weights_before
from models.base import TrainingData
from models.blend import Block, HybridRanker, block_of, margins
from models.evaluation import HELD_OUT
from models.links import links_of
from models.metrics import (
    calibration_error,
    log_loss_skill,
    predicted_over_observed,
    within_top,
)
from peipao.sample.city import generate_city
from peipao.sample.size import CitySize, S
from peipao.sample.taste import Truth
from peipao.store import Store
from peipao.tables.profiles import FloatArray
from serving.usecases.score_pairs import city_date
from serving.wiring import Peipao, wire


def main() -> None:
    home, seed, *kinds = sys.argv[1:]
    peipao, truth = city(Path(home), int(seed), S)
    out = {kind: judged(peipao, truth, kind) for kind in kinds}
    peipao.close()
    print(json.dumps(out))


def city(home: Path, seed: int, size: CitySize) -> tuple[Peipao, Truth]:
    """Return the service on a sample city, and the city's hidden truth."""
    from peipao.config import Settings

    peipao = wire(Settings(home=home))
    peipao.store.migrate()
    peipao.load_sample(size, seed, by="benchmarks")
    day = city_date(peipao.clock.now())
    made = generate_city(size, seed, peipao.reference, peipao.catalogue, day)
    return peipao, made.truth


def held_out_since(data: TrainingData) -> float:
    """Return the time after which the latest fifth of the linked needs was opened."""
    opened = np.sort(data.opened_at[np.unique(links_of(data).need)])
    return float(opened[int(len(opened) * (1 - HELD_OUT))])


def judged(peipao: Peipao, truth: Truth, kind: str) -> dict[str, Any]:
    """Return the figures of one kind on its held-out months."""
    data, ranker = peipao.gather_training_data(kind).data.canonical(), HybridRanker()
    cut = held_out_since(data)
    past = data.until(cut)
    fit = ranker.fit_fully(past, seed=peipao.settings.seed)
    weights = fit.model.all_weights()
    made = assured(past, fit, fit.blocks, weights, weights_before(fit, ranker.spreads))
    later = block_of(data, fit.model, cut, np.inf)
    margin = margins([later], weights, fit.model.base)[0]
    true = true_affinity(peipao.store, truth, kind, later)
    return {
        **_observed(data, later, margin, made),
        **_true(data, later, margin, made, true),
        **made.figures(data, later, margin),
    }


def true_affinity(store: Store, truth: Truth, kind: str, block: Block) -> FloatArray:
    """Return float64 (n_pairs,), the hidden chance of each pair of a block, if offered."""
    needs, rows = np.unique(block.pairs.need, return_inverse=True)
    with store.reading() as tx:
        found = {need.id: need for need in tx.needs.get_many(block.pairs.need_ids[needs].tolist())}
    asked = [found[key] for key in block.pairs.need_ids[needs].tolist()]
    column = {key: k for k, key in enumerate(truth.provider_ids(kind))}
    columns = np.array([column[key] for key in block.pairs.provider_ids.tolist()])
    return np.asarray(truth.affinity(kind, asked)[rows, columns[block.pairs.provider]])


def _observed(
    data: TrainingData, block: Block, margin: FloatArray, made: Assurance
) -> dict[str, Any]:
    """Return what the offers say, and what an error of none would look like by chance alone."""
    affinity, need = made.calibration.apply(margin), block.pairs.need
    offered, met = offered_in(data, block)
    shown, best = offered & within_top(need, margin, 20), offered & within_top(need, margin, 5)
    rng = np.random.default_rng(1)
    p = affinity[shown]
    return {
        "offers": float(offered.sum()),
        "shown": float(shown.sum()),
        "ece_top_20": calibration_error(p, met[shown]),
        "ece_by_chance": error_by_chance(p, rng),
        "ratio_top_5": predicted_over_observed(affinity[best], met[best]),
        "skill": log_loss_skill(affinity[offered], met[offered]),
        "predicted": float(p.sum()),
        "happened": float(met[shown].sum()),
        "predicted_best": float(affinity[best].sum()),
        "happened_best": float(met[best].sum()),
        "affinities": p.tolist(),
        "met": met[shown].tolist(),
    }


def error_by_chance(affinity: FloatArray, rng: np.random.Generator) -> float:
    """Return the mean calibration error that right affinities show on so few answers."""
    drawn = [calibration_error(affinity, rng.random(len(affinity)) < affinity) for _ in range(200)]
    return float(np.mean(drawn))


def _true(
    data: TrainingData, block: Block, margin: FloatArray, made: Assurance, true: FloatArray
) -> dict[str, float]:
    """Return the same against the hidden truth: of offered pairs, and of all that are shown."""
    affinity, need = made.calibration.apply(margin), block.pairs.need
    offered, _ = offered_in(data, block)
    twenty, five = within_top(need, margin, 20), within_top(need, margin, 5)
    low, high = made.uncertainty.interval(
        block.columns[:, twenty], margin[twenty], made.calibration
    )
    answers = answers_in(data, block, margin)
    return {
        "true_ratio_offered": float(affinity[offered].sum() / true[offered].sum()),
        "true_ece_top_20": calibration_error_of(affinity[twenty], true[twenty]),
        "true_ratio_top_5": float(affinity[five].sum() / true[five].sum()),
        "true_ratio_top_20": float(affinity[twenty].sum() / true[twenty].sum()),
        "pairs_inside": float(((low <= true[twenty]) & (true[twenty] <= high)).mean()),
        "answers": float(len(answers.met)),
    }


def calibration_error_of(affinity: FloatArray, true: FloatArray) -> float:
    """Return the calibration error against chances that are known, in 15 bins of equal mass."""
    bins = np.array_split(np.argsort(affinity, kind="stable"), 15)
    gaps = [len(b) * abs(float(affinity[b].mean() - true[b].mean())) for b in bins if len(b)]
    return sum(gaps) / max(len(affinity), 1)


if __name__ == "__main__":
    main()
