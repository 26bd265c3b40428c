"""Would it have been right? Trained on the past alone, judged on the needs that came later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from models.assurance import Assurance, assured, offered_in, weights_before
from models.base import Progress, TrainingData
from models.blend import Block, HybridFit, HybridRanker, block_of, margins
from models.calibrate import Calibration
from models.disparity import Cell, Treatment, treatments
from models.latent import LATENT
from models.links import links_of
from models.margin import logit
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
from models.standing import POPULARITY
from peipao.tables.profiles import BoolArray, FloatArray

HELD_OUT = 0.2
"""Share of the linked needs, the latest ones, that a model is judged on."""

Scored = Mapping[str, FloatArray]
"""Name of a ranker -> float64 (n_pairs,), its scores."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What a time split shows.

    Attributes:
        cut_at: seconds since 1970-01-01 UTC; nothing at or after it was learnt from.
        n_needs: judged needs, those with a link; `n_cold` of them are of projects without any
            link before the cut.
        figures: ranker -> name of `RANKING` -> mean with interval.
        cold: the same over the cold needs alone.
        ratios: `hybrid_over_<ranker>` -> ratio of NDCG@10 with paired interval.
        affinity: figures of the calibrated affinity and of exposure; NaN where not defined.
        treated: how projects and providers fared, member by member; never printed or stored, but
            added up by group (`models.disparity`).
        disparity: the same added up, where somebody knew the groups.
    """

    cut_at: float
    n_needs: int
    n_cold: int = 0
    figures: Mapping[str, Mapping[str, Interval]] = field(default_factory=dict)
    cold: Mapping[str, Mapping[str, Interval]] = field(default_factory=dict)
    ratios: Mapping[str, Interval] = field(default_factory=dict)
    affinity: Mapping[str, float] = field(default_factory=dict)
    treated: tuple[Treatment, ...] = ()
    disparity: tuple[Cell, ...] = ()

    def flat(self) -> dict[str, float]:
        """Return finite numbers under names the tracking store accepts; hybrid has no prefix."""
        out = {"n_needs": float(self.n_needs), "n_cold_needs": float(self.n_cold)}
        for ranker, figures in self.figures.items():
            for name, found in figures.items():
                prefix = "" if ranker == "hybrid" else f"{ranker}_"
                out[f"{prefix}{name}"] = found.value
                out[f"{prefix}{name}_low"], out[f"{prefix}{name}_high"] = found.low, found.high
        for name, found in self.ratios.items():
            out[name], out[f"{name}_low"], out[f"{name}_high"] = found.value, found.low, found.high
        out |= self.affinity
        return {name: round(v, 6) for name, v in out.items() if np.isfinite(v)}


def evaluate(
    data: TrainingData,
    seed: int,
    *,
    cut_at: float | None = None,
    ranker: HybridRanker | None = None,
    progress: Progress | None = None,
) -> Evaluation:
    """Fit on what was known before a cut and judge on the needs opened after it.

    Args:
        data: everything.
        seed: of the fit.
        cut_at: seconds since 1970-01-01 UTC; None takes the time after which the latest fifth of
            the linked needs was opened.
        ranker: settings of the hybrid; its latent and popularity columns are also judged alone.
        progress: told how far it is.
    """
    data = data.canonical()
    linked = np.unique(links_of(data).need)
    if not len(linked):
        return Evaluation(cut_at or 0.0, 0)
    if cut_at is None:
        opened = np.sort(data.opened_at[linked])
        cut_at = float(opened[int(len(opened) * (1 - HELD_OUT))])
    past = data.until(cut_at)
    ranker = ranker or HybridRanker()
    fit = ranker.fit_fully(past, seed=seed, progress=progress)
    later = block_of(data, fit.model, cut_at, np.inf)
    weights = fit.model.all_weights()
    made = assured(past, fit, fit.blocks, weights, weights_before(fit, ranker.spreads))
    return judge(data, later, hand_of(data, fit), weights, made)


def evaluate_last_block(
    data: TrainingData, fit: HybridFit, before: Sequence[FloatArray]
) -> Evaluation:
    """Judge on the last rolling block, with weights and calibration from the blocks before it.

    It costs no further fit: the block's learnt columns never saw the block.

    Args:
        data: everything.
        fit: with its blocks.
        before: weights from what came before each block but the first.
    """
    if not fit.blocks:
        return Evaluation(0.0, 0)
    *earlier, last = fit.blocks
    weights = before[-1] if before else fit.prior
    made = assured(data, fit, earlier, weights, before[:-1])
    return judge(data, last, hand_of(data, fit), weights, made)


def hand_of(data: TrainingData, fit: HybridFit) -> FloatArray:
    """Return float64 (n_columns,), the weights of the kind file, and 0 for all that is learnt."""
    hand = np.zeros(len(fit.prior))
    comparisons = data.spec.comparisons
    hand[: len(comparisons)] = [c.weight for c in comparisons]
    return hand


def judge(
    data: TrainingData,
    block: Block,
    hand: FloatArray,
    weights: FloatArray,
    made: Assurance,
) -> Evaluation:
    """Judge the hybrid and its parts alone on one block."""
    base = logit(data.spec.prior_acceptance)
    margin = margins([block], weights, base)[0]
    scored = {
        "hybrid": margin,
        "content": margins([block], hand, base)[0],
        "latent": block.column(LATENT),
        "popularity": block.column(POPULARITY),
    }
    ranked = {name: rank_needs(block.pairs.need, s, block.linked) for name, s in scored.items()}
    cold = _cold(data, block)[ranked["hybrid"].need]
    parts = {name: Ranked(r.need[cold], r.figures[cold]) for name, r in ranked.items()}
    return Evaluation(
        cut_at=block.starts_at,
        n_needs=len(cold),
        n_cold=int(cold.sum()),
        figures={name: ranking_intervals(r) for name, r in ranked.items()},
        cold={name: ranking_intervals(r) for name, r in parts.items()},
        ratios=_ratios(ranked),
        affinity=_affinity_figures(data, block, margin, made.calibration)
        | made.figures(data, block, margin),
        treated=treatments(data, block, made.calibration.apply(margin)),
    )


def _ratios(ranked: Mapping[str, Ranked]) -> dict[str, Interval]:
    ours = ranked["hybrid"].figures[:, 0]
    if not len(ours):
        return {}
    return {
        f"hybrid_over_{name}": paired_ratio(ours, other.figures[:, 0])
        for name, other in ranked.items()
        if name != "hybrid"
    }


def _cold(data: TrainingData, block: Block) -> BoolArray:
    """Return bool (n_needs,), True where the need's project had no link before the block."""
    links = links_of(data)
    known = np.unique(data.project[links.need[links.at < block.starts_at]])
    return ~np.isin(data.project, known)


def _affinity_figures(
    data: TrainingData, block: Block, margin: FloatArray, calibration: Calibration
) -> dict[str, float]:
    affinity = calibration.apply(margin)
    offered, met = offered_in(data, block)
    need = block.pairs.need
    shown = offered & within_top(need, margin, 20)
    best = offered & within_top(need, margin, 5)
    seen = np.bincount(
        block.pairs.provider[within_top(need, margin, 10)],
        minlength=len(block.pairs.provider_ids),
    ).astype(np.int32)
    return {
        "n_offers": float(offered.sum()),
        "ece_top_20": calibration_error(affinity[shown], met[shown]),
        "predicted_over_observed_top_5": predicted_over_observed(affinity[best], met[best]),
        "log_loss_skill": log_loss_skill(affinity[offered], met[offered]),
        "coverage_top_10": coverage(seen),
        "gini_top_10": gini(seen),
    }
