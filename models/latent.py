"""Latent factors as plain arrays: what serving needs of the latent-factor ensemble."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from models.alignment import rows_of
from models.base import Scores
from models.unstated import unstated_rows
from peipao.errors import InvalidInputError
from peipao.tables.indicators import IndicatorTable
from peipao.tables.pairs import PairTable
from peipao.tables.profiles import FloatArray, IntArray, TextArray

GRID = 2.0**-16
"""Representations are rounded to multiples of this, so that their dot products are exact in
float64 (32 + 20 bits): no library, thread count or batch size can change a score."""

LIMIT = 64.0
"""Representations are held within this, for the same reason; real ones stay far below."""

IDENTITY_SHARE = 0.5
"""Share of a provider's identity in its row; the rest are its indicators. A provider never seen
keeps the share of its indicators, as if its identity said nothing."""

LATENT, LATENT_LABEL = "latent", "相似项目经验"

_BLOCK, _FEW = 512, 16


@dataclass(frozen=True, slots=True)
class PreparedProviders:
    """Providers as one model sees them; worth keeping for as long as neither changes.

    Attributes:
        ids: text (n_providers,), sorted.
        side: float64 (n_providers, n_factors + 1), what `LatentFactors.provider_side` gives;
            (n_providers, 0) for a model without latent factors.
        model: the factors it was made by; other factors refuse it.
    """

    ids: TextArray
    side: FloatArray
    model: LatentFactors | None


Providers = IndicatorTable | PreparedProviders
"""Providers by their indicators, or already prepared; scores are the same to the last bit."""


@dataclass(frozen=True, slots=True)
class LatentFactors:
    """An ensemble of factor models side by side; the score of a pair is one dot product.

    Attributes:
        provider_ids: text (n_providers,), sorted.
        need_names: (n_need_features,) text; `provider_names` likewise.
        need_factors: float64 (n_need_features + n_attributes, n_factors): the indicators, then
            what not stating an attribute says.
        provider_factors: float64 (n_provider_features, n_factors + 1); the last column is a bias.
        identity: float64 (n_providers, n_factors + 1), likewise.
        centre: float64 (n_factors + 1,), the mean provider; a need's scores over the providers
            of training have mean 0, wherever they are computed.
    """

    provider_ids: TextArray
    need_names: tuple[str, ...]
    provider_names: tuple[str, ...]
    need_factors: FloatArray
    provider_factors: FloatArray
    identity: FloatArray
    centre: FloatArray

    @property
    def names(self) -> tuple[str, ...]:
        """Return the name of its column."""
        return (LATENT,)

    @property
    def labels(self) -> tuple[str, ...]:
        """Return the Chinese word of its column."""
        return (LATENT_LABEL,)

    def of(self, needs: IndicatorTable, providers: Providers, pairs: PairTable, /) -> FloatArray:
        """Return float64 (1, n_pairs)."""
        return self.score(needs, providers, pairs)[None, :]

    def need_side(self, needs: IndicatorTable) -> FloatArray:
        """Return float64 (n_needs, n_factors) on the grid.

        Raises:
            InvalidInputError: the features are not those of training.
        """
        _check_names(needs.names, self.need_names, "需求指标")
        return _on_grid(unstated_rows(needs) @ self.need_factors)

    def provider_side(self, providers: Providers) -> FloatArray:
        """Return float64 (n_providers, n_factors + 1) on the grid.

        Raises:
            InvalidInputError: the features are not those of training, or another model has
                prepared them.
        """
        if isinstance(providers, PreparedProviders):
            if providers.model is not self:
                raise InvalidInputError("资源方", "由另一个模型预先算好", "同一个模型")
            return providers.side
        _check_names(providers.names, self.provider_names, "资源方指标")
        found = (1 - IDENTITY_SHARE) * (providers.values @ self.provider_factors)
        rows = rows_of(providers.ids, self.provider_ids)
        known = rows >= 0
        found[known] += IDENTITY_SHARE * self.identity[rows[known]]
        return _on_grid(found - self.centre)

    def score(self, needs: IndicatorTable, providers: Providers, pairs: PairTable, /) -> Scores:
        """Return one score a pair; an id without indicators counts as one without any known."""
        wanted, need = np.unique(pairs.need, return_inverse=True)
        left = _spread(self.need_side(needs), rows_of(pairs.need_ids[wanted], needs.ids))
        right = self.provider_side(providers)
        if pairs.provider_ids is not providers.ids:
            right = _spread(right, rows_of(pairs.provider_ids, providers.ids))
        return dots(left, right, need.astype(np.int32), pairs.provider)

    def scaled(self, by: float) -> LatentFactors:
        """Return factors whose scores are `by` times these."""
        return replace(
            self,
            provider_factors=self.provider_factors * by,
            identity=self.identity * by,
            centre=self.centre * by,
        )


def dots(left: FloatArray, right: FloatArray, need: IntArray, provider: IntArray) -> Scores:
    """Return float64 (n_pairs,), left[need] . right[provider] plus the provider's bias.

    Needs are taken in blocks, so that memory stays bounded whatever the round's size.
    """
    if len(need) * _FEW < len(left) * len(right):
        # Sides lie on the grid, so that these sums are exact in any order.
        theirs = right[provider]
        return np.asarray(np.einsum("pk,pk->p", left[need], theirs[:, :-1]) + theirs[:, -1])
    out = np.zeros(len(need))
    order = np.argsort(need, kind="stable")
    starts = np.searchsorted(need[order], np.arange(0, len(left) + _BLOCK, _BLOCK))
    for block, (low, high) in enumerate(pairwise(starts)):
        rows, first = order[low:high], block * _BLOCK
        part = left[first : first + _BLOCK] @ right[:, :-1].T + right[:, -1]
        out[rows] = part[need[rows] - first, provider[rows]]
    return out


def _spread(values: FloatArray, rows: IntArray) -> FloatArray:
    if not len(values):
        return np.zeros((len(rows), values.shape[1]))
    return np.where((rows >= 0)[:, None], values[np.maximum(rows, 0)], 0.0)


def _on_grid(values: FloatArray) -> FloatArray:
    return np.asarray(np.round(np.clip(values, -LIMIT, LIMIT) / GRID) * GRID)


def _check_names(given: tuple[str, ...], frozen: tuple[str, ...], where: str) -> None:
    if given != frozen:
        odd = sorted(set(given) ^ set(frozen))[:3] or ["(顺序不同)"]
        raise InvalidInputError(
            where, f"与模型训练时的特征不一致:{'、'.join(odd)}", "用模型包内的特征口径重新编码"
        )
