"""The latent ranker: an ensemble of LightFM models on indicators, exported as plain arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from models.alignment import rows_of
from models.base import DAY_S, Progress, TrainingData
from models.latent import IDENTITY_SHARE, LatentFactors
from models.lightfm_import import import_lightfm
from models.links import strengths_of
from models.unstated import width_of, with_unstated
from peipao.errors import ModelPackageError
from peipao.tables.indicators import IndicatorTable
from peipao.tables.profiles import FloatArray, TextArray

DIVERGED = 1e3
"""Embeddings beyond this mean that the fit diverged, which LightFM itself never says."""


@dataclass(frozen=True, slots=True)
class LatentRanker:
    """Learns from who accepted whom; new needs and providers enter by their indicators.

    Attributes:
        n_models: LightFM models that are averaged, each with a seed of its own.
        n_factors: factors of one model.
        n_epochs, learning_rate: of each fit.
        half_life_days: after that many days an event weighs half.
        lasting: every second model forgets nothing: what is recent and what is much then correct
            each other.
        many_links: with more links than this one model is fitted, not an ensemble, and its epochs
            fall so that it looks at `n_epochs` times this number of links.
        least_epochs: they fall no further than to this.
    """

    n_models: int = 3
    n_factors: int = 32
    n_epochs: int = 30
    learning_rate: float = 0.05
    half_life_days: float = 730.0
    lasting: bool = False
    many_links: int = 200_000
    least_epochs: int = 5

    def epochs_for(self, n_links: int) -> int:
        """Return how often a fit looks at each of so many links."""
        fewer = self.n_epochs * self.many_links // max(n_links, 1)
        return min(self.n_epochs, max(fewer, self.least_epochs))

    def fit(
        self, data: TrainingData, /, *, seed: int, progress: Progress | None = None
    ) -> LatentFactors:
        """Return the averaged ensemble, scaled to a standard deviation of 1 over the linked needs.

        With no link at all the factors are zero.

        Raises:
            ModelPackageError: an embedding is not finite or beyond any sensible size.
        """
        data = data.canonical()
        table = data.need_indicators
        needs = with_unstated(_rows(table, data.pairs.need_ids), table.names)
        providers = _rows(data.provider_indicators, data.pairs.provider_ids)
        links = strengths_of(data)
        if not len(links.need):
            return _silent(data)
        faded = 0.5 ** ((links.at.max() - links.at) / DAY_S / self.half_life_days)
        parts = []
        n_models = 1 if len(links.need) > self.many_links else self.n_models
        for k in range(n_models):
            if progress is not None:
                progress("训练隐因子模型", k / n_models)
            weights = links.strength * (1.0 if self.lasting and k % 2 else faded)
            parts.append(
                self._fit_one(
                    (links.need, links.provider, weights), needs, providers, seed + 7919 * k
                )
            )
        found = _exported(data, parts)
        return _standardised(found, data)

    def _fit_one(
        self,
        links: tuple[np.ndarray, np.ndarray, FloatArray],
        needs: FloatArray,
        providers: FloatArray,
        seed: int,
    ) -> tuple[FloatArray, FloatArray]:
        """Return the embeddings (needs; providers with their bias last) of one model."""
        from scipy import sparse

        need, provider, weights = links
        shape = (len(needs), len(providers))
        ones = sparse.coo_matrix((np.ones(len(need), np.float32), (need, provider)), shape)
        weighted = sparse.coo_matrix((weights.astype(np.float32), (need, provider)), shape)
        # Fitting the same object twice goes on from where the first fit ended: always a new one.
        model: Any = import_lightfm()(
            no_components=self.n_factors,
            loss="warp",
            learning_rate=self.learning_rate,
            random_state=seed % 2**32,
        )
        model.fit(
            ones,
            user_features=sparse.csr_matrix(needs, dtype=np.float32),
            item_features=provider_rows(providers),
            sample_weight=weighted,
            epochs=self.epochs_for(len(need)),
            num_threads=1,
        )
        return _checked(model)


def provider_rows(indicators: FloatArray) -> Any:  # noqa: ANN401  scipy is imported late
    """Return a sparse float32 matrix (n, n + n_features), rows summing to 1 at most.

    They are [identity | indicators]. LightFM diverges without a word on rows that are not
    normalised; a dense identity of ten thousand providers would take 800 MB.
    """
    from scipy import sparse

    identity = sparse.identity(len(indicators), format="csr") * IDENTITY_SHARE
    rest = sparse.csr_matrix(indicators * (1 - IDENTITY_SHARE))
    return sparse.hstack([identity, rest], format="csr").astype(np.float32)


def _checked(model: Any) -> tuple[FloatArray, FloatArray]:  # noqa: ANN401  LightFM is untyped
    need = np.asarray(model.user_embeddings, dtype=np.float64)
    provider = np.column_stack([model.item_embeddings, model.item_biases]).astype(np.float64)
    largest = max(np.abs(need).max(initial=0.0), np.abs(provider).max(initial=0.0))
    if not largest < DIVERGED:
        raise ModelPackageError(
            "latent", f"隐因子训练发散(最大值 {largest:.3g});请检查指标行是否已归一化"
        )
    return need, provider


def _exported(data: TrainingData, parts: Sequence[tuple[FloatArray, FloatArray]]) -> LatentFactors:
    """Return the models side by side; the average is taken on the provider side."""
    n, share = len(data.pairs.provider_ids), 1.0 / len(parts)
    factors = [provider[:, :-1] * share for _, provider in parts]
    bias = np.sum([provider[:, -1] * share for _, provider in parts], axis=0)
    provider = np.column_stack([*factors, bias])
    return LatentFactors(
        provider_ids=data.pairs.provider_ids,
        need_names=data.need_indicators.names,
        provider_names=data.provider_indicators.names,
        need_factors=np.hstack([need for need, _ in parts]),
        provider_factors=provider[n:],
        identity=provider[:n],
        centre=np.zeros(provider.shape[1]),
    )


def _standardised(found: LatentFactors, data: TrainingData) -> LatentFactors:
    """Return the factors with each need's mean over all providers at 0 and one common scale.

    Dividing each need's list by its own spread would throw away how sure the model is of it.
    """
    providers = data.provider_indicators
    shown = IndicatorTable(
        data.pairs.provider_ids, providers.names, _rows(providers, data.pairs.provider_ids)
    )
    centred = replace(found, centre=found.provider_side(shown).mean(axis=0))
    linked = np.unique(strengths_of(data).need)
    sides = centred.need_side(data.need_indicators)
    rows = rows_of(data.pairs.need_ids[linked], data.need_indicators.ids)
    left = np.column_stack([sides[rows[rows >= 0]], np.ones(int((rows >= 0).sum()))])
    right = centred.provider_side(shown)
    spread = _spread_of(left, right)
    return centred.scaled(1.0 / spread) if spread > 0 else centred


def _spread_of(left: FloatArray, right: FloatArray) -> float:
    """Return the standard deviation of all products of rows, those of `right` being centred.

    It needs no product of the two, only their second moments.
    """
    if not len(left):
        return 0.0
    ours, theirs = left.T @ left / len(left), right.T @ right / len(right)
    # Rounded, as a linear algebra library may sum in any order.
    return float(np.round(np.sqrt(max(float((ours * theirs).sum()), 0.0)), 9))


def _silent(data: TrainingData) -> LatentFactors:
    needs, providers = data.need_indicators.names, data.provider_indicators.names
    ids = data.pairs.provider_ids
    return LatentFactors(
        provider_ids=ids,
        need_names=needs,
        provider_names=providers,
        need_factors=np.zeros((width_of(needs), 1)),
        provider_factors=np.zeros((len(providers), 2)),
        identity=np.zeros((len(ids), 2)),
        centre=np.zeros(2),
    )


def _rows(table: IndicatorTable, ids: TextArray) -> FloatArray:
    rows = rows_of(ids, table.ids)
    if not len(table.ids):
        return np.zeros((len(ids), len(table.names)))
    return np.where((rows >= 0)[:, None], table.values[np.maximum(rows, 0)], 0.0)
