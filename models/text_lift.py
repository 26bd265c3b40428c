"""Text lift: how much more often a provider takes needs that read like this one."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from models.alignment import rows_of
from models.base import TrainingData
from models.columns import on_grid, picked, table_rows
from models.latent import Providers
from models.lifts import LiftSettings
from models.links import new_links_of
from models.standing import decay
from peipao.errors import InvalidInputError
from peipao.tables.indicators import IndicatorTable
from peipao.tables.pairs import PairTable
from peipao.tables.postings import Postings
from peipao.tables.profiles import FloatArray, IntArray, TextArray
from peipao.tables.terms import TermRows

TEXT, TEXT_LABEL = "text", "文本经验"


@dataclass(frozen=True, slots=True)
class TextLift:
    """Neighbours by text, summed up by provider, so that no past text need be kept.

    The similarity of a need to all past needs of a provider is one product of its terms with the
    sum of their terms; it is compared with what the provider's number of links lets expect.

    Attributes:
        provider_ids: text (n_providers,), sorted.
        cells: float64 (n_terms, n_providers), on the grid, decayed terms of the linked needs.
        share: float64 (n_providers,), share of each provider in all decayed links.
        pseudo_counts: similarity added to what is found and to what is expected.
    """

    provider_ids: TextArray
    cells: FloatArray
    share: FloatArray
    pseudo_counts: float
    _postings: list[Postings] = field(default_factory=list, init=False, repr=False, compare=False)

    @property
    def names(self) -> tuple[str, ...]:
        """Return the name."""
        return (TEXT,)

    @property
    def labels(self) -> tuple[str, ...]:
        """Return the Chinese word."""
        return (TEXT_LABEL,)

    def of(self, needs: IndicatorTable, providers: Providers, pairs: PairTable, /) -> FloatArray:
        """Return float64 (1, n_pairs), 0 where the need has no known term.

        Raises:
            InvalidInputError: the vocabulary is not that of training.
        """
        del providers
        if needs.text.width != len(self.cells):
            raise InvalidInputError(
                "需求文本", f"词表有 {needs.text.width} 项", f"模型训练时的 {len(self.cells)} 项"
            )
        need = rows_of(pairs.need_ids, needs.ids)[pairs.need]
        provider = table_rows(pairs, self.provider_ids)
        return picked(_Rows(self, needs.text), need, provider)[None, :]

    def by_term(self) -> Postings:
        """Return the cells by term; most are 0. Made once and kept."""
        if not self._postings:
            self._postings.append(Postings.of(self.cells.T))
        return self._postings[0]

    def rows(self, text: TermRows, rows: IntArray) -> FloatArray:
        """Return float64 (len(rows), n_providers), the lift of each provider of training."""
        return _Rows(self, text)(rows)


@dataclass(frozen=True, slots=True)
class _Rows:
    lift: TextLift
    text: TermRows

    def __call__(self, rows: IntArray, /) -> FloatArray:
        ours = self.text.taken(rows)
        # Terms and cells lie on the grid, so that these sums are exact in any order.
        found = self.lift.by_term().products(replace(ours, weights=on_grid(ours.weights)))
        k = self.lift.pseudo_counts
        expected = found.sum(axis=1, keepdims=True) * self.lift.share
        expected += k
        found += k
        found /= expected
        np.log(found, out=found)
        found -= found.mean(axis=1, keepdims=True)
        return on_grid(found)


def fit_text(data: TrainingData, settings: LiftSettings) -> TextLift | None:
    """Return the text lift at the time of the latest link; None where no profile has text."""
    text = data.need_indicators.text
    if not text.width:
        return None
    from scipy import sparse

    links = new_links_of(data)
    ids = data.pairs.provider_ids
    rows = rows_of(data.pairs.need_ids, data.need_indicators.ids)[links.need]
    known = rows >= 0
    weights = decay(links, settings.half_life_days)[known]
    linked = sparse.csr_matrix(
        (weights, (rows[known], links.provider[known])), (len(text.starts) - 1, len(ids))
    )
    terms = sparse.csr_matrix(
        (text.weights, text.terms, text.starts), (linked.shape[0], text.width)
    )
    cells = np.asarray((terms.T @ linked).todense())
    per_provider = np.asarray(linked.sum(axis=0)).ravel()
    share = per_provider / max(float(per_provider.sum()), 1e-12)
    return TextLift(ids, on_grid(cells), share, settings.pseudo_counts)
