"""Choice: the provider that a need with these attributes ends up with, and its project's earlier.

Both columns come from one softmax over the catalogue (`models/choice_fit.py`). Lifts look at one
attribute at a time and count twice what two of them say alike; this does not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.alignment import rows_of
from models.columns import are_few, on_grid, picked, shared_at, table_rows
from models.latent import Providers
from models.lifts import shares_of
from peipao.errors import InvalidInputError
from peipao.tables.indicators import IndicatorTable
from peipao.tables.pairs import PairTable
from peipao.tables.profiles import FloatArray, IntArray, TextArray
from peipao.tables.terms import TermRows

CHOICE, CHOICE_LABEL = "choice", "同类项目选择"
HISTORY, HISTORY_LABEL = "history", "合作历程"


@dataclass(frozen=True, slots=True)
class Choice:
    """A table of features x providers.

    Attributes:
        provider_ids: text (n_providers,), sorted.
        need_names: (n_features,) the need's indicators.
        values: float64 (n_features + n_attributes, n_providers), log-odds, on the grid, each row
            0 on average: the indicators, then what not stating an attribute says; all zero for a
            word of a text.
    """

    provider_ids: TextArray
    need_names: tuple[str, ...]
    values: FloatArray

    @property
    def names(self) -> tuple[str, ...]:
        """Return the name."""
        return (CHOICE,)

    @property
    def labels(self) -> tuple[str, ...]:
        """Return the Chinese word."""
        return (CHOICE_LABEL,)

    def of(self, needs: IndicatorTable, providers: Providers, pairs: PairTable, /) -> FloatArray:
        """Return float64 (1, n_pairs).

        Raises:
            InvalidInputError: the features are not those of training.
        """
        del providers
        if needs.names != self.need_names:
            raise InvalidInputError("需求指标", "与模型训练时的特征不一致", "用模型包内的口径编码")
        need = rows_of(pairs.need_ids, needs.ids)[pairs.need]
        shares, provider = shares_of(needs), table_rows(pairs, self.provider_ids)
        if are_few(need, len(self.provider_ids)):
            one = np.zeros(len(self.values), dtype=np.int32)
            return shared_at(shares, self.values, one, need, provider)
        return picked(_Shares(shares, self.values), need, provider)[None, :]


@dataclass(frozen=True, slots=True)
class _Shares:
    shares: FloatArray
    values: FloatArray

    def __call__(self, rows: IntArray, /) -> FloatArray:
        # Shares and values lie on the grid, so that these sums are exact in any order.
        some = self.shares[rows]
        used = np.flatnonzero(some.any(axis=0))
        return np.asarray(some[:, used] @ self.values[used])


@dataclass(frozen=True, slots=True)
class History:
    """A table of earlier providers x providers, for needs whose project had some.

    Attributes:
        provider_ids: text (n_providers,), sorted.
        need_ids: text (n_needs,), sorted, needs of training with an earlier provider.
        earlier: one row a need of these: its project's earlier providers as terms.
        values: float64 (n_providers, n_providers), log-odds, on the grid, each row 0 on average.
    """

    provider_ids: TextArray
    need_ids: TextArray
    earlier: TermRows
    values: FloatArray

    @property
    def names(self) -> tuple[str, ...]:
        """Return the name."""
        return (HISTORY,)

    @property
    def labels(self) -> tuple[str, ...]:
        """Return the Chinese word."""
        return (HISTORY_LABEL,)

    def of(self, needs: IndicatorTable, providers: Providers, pairs: PairTable, /) -> FloatArray:
        """Return float64 (1, n_pairs), 0 for a need that training did not know."""
        del needs, providers
        need = rows_of(pairs.need_ids, self.need_ids)[pairs.need]
        return picked(self.rows, need, table_rows(pairs, self.provider_ids))[None, :]

    def rows(self, rows: IntArray, /) -> FloatArray:
        """Return float64 (len(rows), n_providers), the column for some of `need_ids`."""
        found = np.zeros((len(rows), len(self.values)))
        for at, row in enumerate(rows.tolist()):
            providers, weights = self.earlier.of_row(row)
            found[at] = on_grid(weights) @ self.values[providers]
        return found
