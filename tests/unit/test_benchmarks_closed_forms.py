from __future__ import annotations

import numpy as np
from training_sets import a_training_set

from benchmarks.closed_forms import EaseRanker, RidgeRanker
from models.alignment import rows_of
from models.metrics import rank_needs

DATA = a_training_set(n_needs=120, n_providers=15)


def test_ridge_learns_the_taste_that_the_needs_were_made_with() -> None:
    fitted = RidgeRanker().fit(DATA, seed=1)
    scores = fitted.score(DATA.need_indicators, DATA.provider_indicators, DATA.pairs)
    seen = DATA.interactions
    accepted = seen.event == "accepted"
    keys = seen.need[accepted].astype(np.int64) * 15 + seen.provider[accepted]
    linked = np.isin(DATA.pairs.need.astype(np.int64) * 15 + DATA.pairs.provider, keys)
    found = rank_needs(DATA.pairs.need, scores, linked).figures[:, 0].mean()
    chance = rank_needs(DATA.pairs.need, np.random.default_rng(0).random(len(linked)), linked)
    assert found > 1.3 * chance.figures[:, 0].mean()


def test_ease_asks_what_the_project_took_besides() -> None:
    fitted = EaseRanker(strength=5.0).fit(DATA, seed=1)
    order = np.argsort(DATA.project[rows_of(fitted.need_ids, DATA.pairs.need_ids)], kind="stable")
    project, scores = DATA.project[order], fitted.scores[order]
    twins = np.flatnonzero(project[1:] == project[:-1])
    same = (
        DATA.need_indicators.values[order][twins] == DATA.need_indicators.values[order][twins + 1]
    )
    alike = twins[same.all(axis=1)]
    assert np.isfinite(scores).all()
    assert np.allclose(scores[alike], scores[alike + 1])
