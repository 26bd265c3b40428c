"""LightFM that knows each project by name, for comparison alone: where projects come back often."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from benchmarks.closed_forms import Linear
from models.alignment import rows_of
from models.base import Progress, TrainingData
from models.lightfm_import import import_lightfm
from models.links import new_links_of


@dataclass(frozen=True, slots=True)
class ProjectLightFM:
    """One LightFM model over projects and providers, both by identity and by attributes.

    Attributes:
        n_factors, n_epochs, learning_rate: of the fit.
        identity: share of its identity in a project's row, the rest are its attributes.
    """

    n_factors: int = 64
    n_epochs: int = 30
    learning_rate: float = 0.05
    identity: float = 0.7

    def fit(self, data: TrainingData, /, *, seed: int, progress: Progress | None = None) -> Linear:
        """Return the fitted scores of every need."""
        del progress
        data = data.canonical()
        links, n = new_links_of(data), len(data.pairs.provider_ids)
        shape = (int(data.project.max()) + 1, n)
        linked = sparse.coo_matrix(
            (np.ones(len(links.need), np.float32), (data.project[links.need], links.provider)),
            shape,
        )
        projects = self._projects(data)
        model: Any = import_lightfm()(
            no_components=self.n_factors,
            loss="warp",
            learning_rate=self.learning_rate,
            random_state=seed,
        )
        model.fit(linked, user_features=projects, epochs=self.n_epochs, num_threads=1)
        bias, factors = model.get_user_representations(projects)
        provider_bias, provider_factors = model.get_item_representations()
        scores = factors @ provider_factors.T + provider_bias + bias[:, None]
        return Linear(data.pairs.provider_ids, data.pairs.need_ids, scores[data.project])

    def _projects(self, data: TrainingData) -> sparse.csr_matrix:
        table, n = data.need_indicators, int(data.project.max()) + 1
        stated = np.zeros((n, len(table.names)))
        stated[data.project] = table.values[rows_of(data.pairs.need_ids, table.ids)]
        known = sparse.csr_matrix(stated * (1 - self.identity))
        return sparse.hstack([sparse.identity(n) * self.identity, known]).tocsr().astype(np.float32)
