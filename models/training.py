"""Training: feedback becomes a model package with its figures."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from models.assurance import as_measured, assured, weights_before
from models.base import Progress, TrainingData
from models.blend import HybridFit, HybridRanker
from models.evaluation import Evaluation, evaluate_last_block
from models.gate import Flag, flags_of
from models.links import VOUCHED, links_of, offers_of
from models.package import ModelPackage


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """A package and what is worth keeping about its making.

    Attributes:
        package: ready to be written.
        evaluation: on the latest fifth of the linked needs, none of which its columns, weights
            or calibration had seen when they were judged.
        metrics: the same flat, names as in the tracking store.
        params: settings and seeds.
        flags: reasons not to promote it unseen.
    """

    package: ModelPackage
    evaluation: Evaluation
    metrics: Mapping[str, float]
    params: Mapping[str, str | int | float]
    flags: tuple[Flag, ...] = ()


def train(
    data: TrainingData,
    seed: int,
    created_at: str,
    version: str,
    *,
    ranker: HybridRanker | None = None,
    progress: Progress | None = None,
) -> TrainedModel:
    """Fit, calibrate, judge and package the hybrid ranker of one kind.

    Without any feedback the package holds exactly the hand weights of the kind file and says
    that its affinity is uncalibrated.

    Args:
        data: everything known.
        seed: of the latent models.
        created_at: ISO 8601 text, stored as it is.
        version: such as `mentor-0003`, stored as it is.
        ranker: settings; None takes the defaults.
        progress: told the step and the share done.
    """
    ranker = ranker or HybridRanker()
    data = data.canonical()
    fit = ranker.fit_fully(data, seed=seed, progress=progress)
    if progress is not None:
        progress("校准与评估", 0.9)
    before = weights_before(fit, ranker.spreads)
    evaluation = evaluate_last_block(data, fit, before)
    made = assured(data, fit, fit.blocks, fit.model.all_weights(), before)
    package = ModelPackage(
        version=version,
        kind=data.spec.name,
        created_at=created_at,
        seed=seed,
        schema_json=data.schema_json,
        schema_hash=data.schema_hash,
        need_names=data.need_indicators.names,
        provider_names=data.provider_indicators.names,
        margin_model=fit.model,
        calibration=made.calibration,
        uncertainty=made.uncertainty,
        shortlist=as_measured(made, evaluation.affinity).shortlist,
        facts=_facts(data, evaluation),
    ).with_canaries(data.pairs, data.need_indicators, data.provider_indicators)
    if progress is not None:
        progress("完成", 1.0)
    return TrainedModel(
        package,
        evaluation,
        evaluation.flat(),
        _params(ranker, fit, seed),
        flags_of(data, evaluation),
    )


def data_hash(data: TrainingData) -> str:
    """Return the SHA-256 of all that a model learns from; data must be canonical."""
    digest = hashlib.sha256(data.schema_hash.encode())
    digest.update(data.spec.model_dump_json().encode())
    pairs, seen = data.pairs, data.interactions
    for array in (
        *(pairs.need_ids, pairs.provider_ids, pairs.need, pairs.provider, pairs.values),
        *(data.need_indicators.values, data.provider_indicators.values),
        *(seen.need_ids, seen.provider_ids, seen.need, seen.provider, seen.event, seen.at),
        *(data.opened_at, data.project),
        *(data.need_indicators.text.starts, data.need_indicators.text.terms),
        *(data.need_indicators.text.weights,),
    ):
        digest.update(f"{array.dtype.kind}{array.shape}".encode())
        digest.update(_portable(array))
    return digest.hexdigest()


def _portable(array: np.ndarray) -> bytes:
    """Return bytes that do not depend on the width a text array happens to have."""
    if array.dtype.kind == "U":
        return "\0".join(array.tolist()).encode()
    return np.ascontiguousarray(array).tobytes()


def _facts(data: TrainingData, evaluation: Evaluation) -> dict[str, object]:
    links, offers = links_of(data), offers_of(data)
    return {
        "threads": 1,
        "training_data": data_hash(data),
        "counts": {
            "needs": len(data.pairs.need_ids),
            "providers": len(data.pairs.provider_ids),
            "pairs": len(data.pairs.need),
            "events": int((data.interactions.event != VOUCHED).sum()),
            "links": len(links.need),
            "offers": len(offers.need),
        },
        "metrics": {
            ranker: {name: found.to_json() for name, found in figures.items()}
            for ranker, figures in evaluation.figures.items()
        },
        "affinity": {k: v for k, v in evaluation.flat().items() if k in evaluation.affinity},
    }


def _params(ranker: HybridRanker, fit: HybridFit, seed: int) -> dict[str, str | int | float]:
    latent = ranker.latent
    weights = zip(fit.model.learnt_names, fit.model.learnt_weights.tolist(), strict=True)
    return {
        "seed": seed,
        "n_models": latent.n_models,
        "n_factors": latent.n_factors,
        "n_epochs": latent.n_epochs,
        "learning_rate": latent.learning_rate,
        "latent_half_life_days": latent.half_life_days,
        "popularity_half_life_days": ranker.standing.half_life_days,
        "lift_half_life_days": ranker.lifts.half_life_days,
        "spread": fit.spread,
        "n_blocks": len(fit.blocks),
        **{f"weight_{name.replace(':', '_')}": weight for name, weight in weights},
    }
