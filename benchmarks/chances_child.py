"""Child process: P(link) of one data set on its test needs, as they are and changed.

usage: python -m benchmarks.chances_child SOURCE FOLDER
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.convert import convert
from models.base import pairs_where
from models.blend import HybridRanker
from models.hybrid import LatentRanker
from models.link_chance import LinkChance, fit_link_chance, latest_ranks
from models.metrics import (
    calibration_error,
    log_loss_skill,
    predicted_over_observed,
    within_top,
)
from models.shortlist import figures_of, fit_thresholds, measured, ranks_of_linked
from peipao.datasets.reading import read_dataset
from peipao.tables.profiles import BoolArray, FloatArray, IntArray
from serving.usecases.dataset_tables import trial

_DRAWS = 5


def main() -> None:
    source, folder = map(Path, sys.argv[1:])
    asked = trial(read_dataset(convert(source.name, source, folder)), "test")
    ranker = HybridRanker(latent=LatentRanker(half_life_days=730.0, n_factors=64))
    fit = ranker.fit_fully(asked.data, seed=1)
    pairs, answers = pairs_where(asked.data.pairs, asked.query), asked.answers[asked.query]
    margin = fit.model.score(asked.data.need_indicators, asked.data.provider_indicators, pairs)
    latest = latest_ranks(fit.blocks, fit.prior, ranker.spreads)
    chance = fit_link_chance(latest)
    later = ranks_of_linked(pairs.need, margin, answers)
    n_needs = len(np.unique(pairs.need))
    out = {
        "as they are": figures(chance, margin, pairs.need, answers),
        **changed(chance, margin, pairs.need, pairs.provider, answers),
        "shortlists": {
            **figures_of(measured(fit_thresholds([latest]), later)),
            "catalogue": len(pairs.need) / n_needs,
        },
    }
    print(json.dumps(out))


def figures(
    chance: LinkChance, margin: FloatArray, need: IntArray, linked: BoolArray
) -> dict[str, float]:
    """Return how right the chances of whole lists are."""
    stated = chance.of(margin, need)
    five, twenty = within_top(need, margin, 5), within_top(need, margin, 20)
    return {
        "ece_top_20": calibration_error(stated[twenty], linked[twenty]),
        "ratio_top_5": predicted_over_observed(stated[five], linked[five]),
        "ratio_top_20": predicted_over_observed(stated[twenty], linked[twenty]),
        "skill": log_loss_skill(stated, linked),
    }


def changed(
    chance: LinkChance,
    margin: FloatArray,
    need: IntArray,
    provider: IntArray,
    linked: BoolArray,
) -> dict[str, dict[str, float]]:
    """Return the same with half of the links, and with half of the catalogue."""
    told = replace(chance, links_a_need=chance.links_a_need / 2)

    def thinned(rng: np.random.Generator, by: LinkChance) -> dict[str, float]:
        return figures(by, margin, need, linked & (rng.random(len(linked)) < 0.5))

    def halved(rng: np.random.Generator) -> dict[str, float]:
        kept = (rng.random(int(provider.max()) + 1) < 0.5)[provider]
        asked = np.bincount(need, weights=linked & kept, minlength=int(need.max()) + 1) > 0
        rows = kept & asked[need]
        return figures(chance, margin[rows], need[rows], linked[rows])

    return {
        "half the links": mean_of(lambda rng: thinned(rng, chance)),
        "half the links, told": mean_of(lambda rng: thinned(rng, told)),
        "half the catalogue": mean_of(halved),
    }


def mean_of(figure: Callable[[np.random.Generator], dict[str, float]]) -> dict[str, float]:
    """Return the mean of each figure over draws."""
    drawn = [figure(np.random.default_rng(seed)) for seed in range(_DRAWS)]
    return {name: float(np.mean([one[name] for one in drawn])) for name in drawn[0]}


if __name__ == "__main__":
    main()
