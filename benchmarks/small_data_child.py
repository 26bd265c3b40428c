"""Child process: learning curve, fake accounts and newcomers of one sample city.

usage: python -m benchmarks.small_data_child HOME CITY_SEED
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.affinity_child import city, held_out_since
from models.base import TrainingData, events_where
from models.blend import HybridFit, HybridRanker, block_of, learn, margins
from models.evaluation import Evaluation
from models.gate import flags_of
from models.hybrid import LatentRanker
from models.links import VOUCHED, links_of
from models.metrics import coverage, paired_ratio, rank_needs, within_top
from peipao.sample.size import S
from peipao.tables.pairs import InteractionTable
from peipao.tables.profiles import FloatArray, IntArray

KIND, MENTORS = "mentor", 250
CURVE = (0, 50, 200, 1000, 5000)
TOLD = ("asked", "accepted", "declined", "met")
FAKES = 0.05
RANKER = HybridRanker(latent=LatentRanker(n_models=1))


def main() -> None:
    home, seed = Path(sys.argv[1]), int(sys.argv[2])
    peipao, _ = city(home, seed, replace(S, mentors=MENTORS))
    data = peipao.gather_training_data(KIND).data.canonical()
    peipao.close()
    cut = held_out_since(data)
    curve = [learnt(data, cut, n) for n in CURVE]
    print(json.dumps({"curve": curve, "fakes": poisoned(data, cut), **newcomers(data, cut)}))


def learnt(data: TrainingData, cut: float, n: int) -> dict[str, Any]:
    """Return NDCG@10 on the held-out needs after n interactions, of the hybrid and its ends."""
    past = data.until(cut)
    past = replace(past, interactions=some_of(past, n))
    fit = RANKER.fit_fully(past, seed=1)
    later = block_of(data, fit.model, cut, np.inf)
    hand = np.zeros(len(fit.prior))
    hand[: len(data.spec.comparisons)] = [c.weight for c in data.spec.comparisons]
    weights = {
        "hybrid": fit.model.all_weights(),
        "hand": hand,
        "prior": fit.prior,
        "data": learn(fit.blocks, np.zeros(len(fit.prior)), (5.0,))[0],
    }
    found = {
        name: rank_needs(later.pairs.need, margins([later], w, 0.0)[0], later.linked).figures[:, 0]
        for name, w in weights.items()
    }
    better = max(("hand", "data"), key=lambda name: float(found[name].mean()))
    return {
        "n": n,
        "links": len(links_of(past).need),
        "spread": fit.spread,
        **{name: float(figures.mean()) for name, figures in found.items()},
        "ratio": paired_ratio(found["hybrid"], found[better]).to_json(),
        "equal": bool((weights["hybrid"] == hand).all()),
        "needs": len(found["hand"]),
    }


def some_of(data: TrainingData, n: int) -> InteractionTable:
    """Return all events of needs drawn at random, until n of them are interactions."""
    seen = data.interactions
    told = np.isin(seen.event, TOLD)
    order = np.random.default_rng(5).permutation(np.unique(seen.need))
    counts = np.bincount(seen.need, weights=told)[order]
    kept = order[np.cumsum(counts) - counts < n]
    return events_where(seen, np.isin(seen.need, kept))


def poisoned(data: TrainingData, cut: float) -> dict[str, Any]:
    """Return what fake accounts do to the exposure of an unpopular provider."""
    past = data.until(cut)
    fakes, past = _fake_needs(past)
    target = int(np.bincount(links_of(past).provider, minlength=len(_ids(past))).argmin())
    clean = replace(past, interactions=_of_others(past, fakes))
    rigged = replace(past, interactions=_rigged(clean, fakes, target)).canonical()
    moved = exposure(data, rigged, cut) - exposure(data, clean, cut)
    trusting = [
        replace(d, interactions=events_where(d.interactions, d.interactions.event != VOUCHED))
        for d in (clean, rigged)
    ]
    believed = exposure(data, trusting[1], cut) - exposure(data, trusting[0], cut)
    flags = flags_of(rigged, Evaluation(0.0, 0))
    return {
        "n_fakes": len(fakes),
        "target": float(moved[target]),
        "largest": float(np.abs(moved).max()),
        "believed": float(believed[target]),
        "flagged": any(str(_ids(past)[target]) in flag.words for flag in flags),
        "others_flagged": len(flags) - 1,
        "honest_flags": len(flags_of(clean, Evaluation(0.0, 0))),
    }


def newcomers(data: TrainingData, cut: float) -> dict[str, Any]:
    """Return how often providers without any link before the cut are shown."""
    past = data.until(cut)
    shown = exposure(data, past, cut)
    links = np.bincount(links_of(past).provider, minlength=len(shown))
    later = (data.opened_at >= cut)[data.pairs.need]
    even = np.bincount(data.pairs.provider[later], minlength=len(shown)).astype(np.float64)
    even /= even.sum()
    new = links == 0
    return {
        "coverage": coverage(shown),
        "n_new": int(new.sum()),
        "new_coverage": coverage(shown[new]),
        "new_exposure": float(shown[new].sum() / max(even[new].sum(), 1e-12)),
    }


def exposure(data: TrainingData, past: TrainingData, cut: float) -> FloatArray:
    """Return each provider's share of the places in the ten best of the later needs."""
    fit: HybridFit = RANKER.fit_fully(past, seed=1)
    later = block_of(data, fit.model, cut, np.inf)
    margin = margins([later], fit.model.all_weights(), 0.0)[0]
    shown = within_top(later.pairs.need, margin, 10)
    return np.bincount(later.pairs.provider[shown], minlength=len(_ids(data))) / shown.sum()


def _fake_needs(past: TrainingData) -> tuple[IntArray, TrainingData]:
    """Return past needs that are fake, spread over the time, each of a project of its own."""
    told = np.unique(past.interactions.need)
    by_time = told[np.argsort(past.opened_at[told], kind="stable")]
    n = max(1, int(len(np.unique(past.project[told])) * FAKES))
    fakes = by_time[np.linspace(0, len(by_time) - 1, n).astype(int)]
    project = past.project.copy()
    project[fakes] = int(project.max()) + 1 + np.arange(n)
    return fakes.astype(np.int32), replace(past, project=project)


def _of_others(past: TrainingData, fakes: IntArray) -> InteractionTable:
    return events_where(past.interactions, ~np.isin(past.interactions.need, fakes))


def _rigged(clean: TrainingData, fakes: IntArray, target: int) -> InteractionTable:
    """Return the events with those of fakes that ask one provider, which accepts."""
    seen, n = clean.interactions, len(fakes)
    at = clean.opened_at[fakes] + 86_400.0
    more = {
        "need": np.tile(fakes, 2),
        "provider": np.full(2 * n, target, dtype=np.int32),
        "event": np.repeat(np.array(["asked", "accepted"]), n),
        "value": np.full(2 * n, np.nan),
        "at": np.r_[at, at + 1.0],
    }
    names = ("need", "provider", "event", "value", "at")
    return replace(
        seen, **{name: np.concatenate([getattr(seen, name), more[name]]) for name in names}
    )


def _ids(data: TrainingData) -> np.ndarray:
    return data.pairs.provider_ids


if __name__ == "__main__":
    main()
