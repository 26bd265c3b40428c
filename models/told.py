"""Learnt columns whose values at some pairs are known, so that none is worked out twice."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from models.columns import Columns
from models.latent import Providers
from models.margin import MarginModel
from peipao.errors import InvalidInputError
from peipao.tables.indicators import IndicatorTable
from peipao.tables.pairs import PairTable
from peipao.tables.profiles import FloatArray, IntArray, TextArray


@dataclass(frozen=True, slots=True)
class Told:
    """Columns whose values at the pairs in question are known.

    Attributes:
        columns: the columns.
        values: float64 (n_columns, n_pairs).
    """

    columns: Columns
    values: FloatArray

    @property
    def provider_ids(self) -> TextArray:
        """Return those of the columns."""
        return self.columns.provider_ids

    @property
    def names(self) -> tuple[str, ...]:
        """Return those of the columns."""
        return self.columns.names

    @property
    def labels(self) -> tuple[str, ...]:
        """Return those of the columns."""
        return self.columns.labels

    def of(self, needs: IndicatorTable, providers: Providers, pairs: PairTable, /) -> FloatArray:
        """Return the values.

        Raises:
            InvalidInputError: other pairs are asked for.
        """
        del needs, providers
        if len(pairs.need) != self.values.shape[1]:
            raise InvalidInputError("配对", "不是事先算好的那些", f"{self.values.shape[1]} 对")
        return self.values

    def at(self, rows: IntArray) -> Told:
        """Return the same for some of the pairs, in the order of the rows."""
        return Told(self.columns, np.take(self.values, rows, axis=1))


def told(
    model: MarginModel, needs: IndicatorTable, providers: Providers, pairs: PairTable
) -> MarginModel:
    """Return a model that knows what it learnt of these pairs, and is asked for them alone.

    Columns without weight stay as they are: the margin never asks for them.
    """
    weighed = {columns.names for columns, _ in model.weighed()}
    learnt = tuple(
        Told(one, one.of(needs, providers, pairs)) if one.names in weighed else one
        for one in model.learnt
    )
    return replace(model, learnt=learnt)


def told_at(model: MarginModel, rows: IntArray) -> MarginModel:
    """Return a told model that is asked for some of its pairs alone, in the order of the rows."""
    learnt = tuple(one.at(rows) if isinstance(one, Told) else one for one in model.learnt)
    return replace(model, learnt=learnt)
