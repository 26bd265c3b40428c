from __future__ import annotations

import numpy as np
import pytest
from training_sets import a_training_set

from benchmarks.closed_forms import EaseRanker, RidgeRanker
from models.base import Ranker
from models.metrics import rank_needs

DATA = a_training_set(n_needs=120, n_providers=15)


@pytest.mark.parametrize("ranker", [RidgeRanker(), EaseRanker()])
def test_a_rival_in_closed_form_is_no_straw_man(ranker: Ranker) -> None:
    fitted = ranker.fit(DATA, seed=1)
    scores = fitted.score(DATA.need_indicators, DATA.provider_indicators, DATA.pairs)
    seen = DATA.interactions
    accepted = seen.event == "accepted"
    keys = seen.need[accepted].astype(np.int64) * 15 + seen.provider[accepted]
    linked = np.isin(DATA.pairs.need.astype(np.int64) * 15 + DATA.pairs.provider, keys)
    found = rank_needs(DATA.pairs.need, scores, linked).figures[:, 0].mean()
    chance = rank_needs(DATA.pairs.need, np.random.default_rng(0).random(len(linked)), linked)
    assert found > 1.3 * chance.figures[:, 0].mean()
