from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from training_sets import a_training_set

from models.blend import HybridRanker
from models.choice import CHOICE, HISTORY
from models.grids import margin_grid
from models.hybrid import LatentRanker

DATA = a_training_set(n_needs=80, n_providers=12).canonical()
QUICK = HybridRanker(latent=LatentRanker(n_models=1, n_factors=4, n_epochs=3), spreads=(5.0,))


def test_a_grid_holds_the_margin_of_every_pair_with_every_learnt_column() -> None:
    fitted, pairs = QUICK.fit(DATA, seed=1), DATA.pairs
    names = fitted.learnt_names
    assert {CHOICE, HISTORY} < set(names)
    model = replace(fitted, learnt_weights=np.linspace(0.3, 1.2, len(names)))
    comparisons = np.full((len(model.names), 80, 12), np.nan)
    comparisons[:, pairs.need, pairs.provider] = pairs.values.T
    grid = margin_grid(
        model, DATA.need_indicators, model.prepared(DATA.provider_indicators), comparisons
    )
    slow = model.score(DATA.need_indicators, DATA.provider_indicators, pairs)
    assert grid[pairs.need, pairs.provider] == pytest.approx(slow, abs=1e-9)
