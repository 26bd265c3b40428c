"""Indicators: a profile as a row of named non-negative features, for latent-factor models."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from peipao.tables.profiles import FloatArray, TextArray
from peipao.tables.terms import TermRows, no_terms

KEPT_CELLS = 1 << 22
"""Tables of more cells keep nothing that can be made again."""


@dataclass(frozen=True, slots=True)
class IndicatorTable:
    """One row an entity, one column a frozen feature.

    Attributes:
        ids: text (n,), sorted, as in the `ProfileTable` it comes from.
        names: (n_features,) text such as `project.industries=low-altitude-economy`.
        values: float64 (n, n_features), >= 0; every row sums to 1, or is all zero where nothing
            is known. Latent models diverge silently on rows that are not normalised.
        text: all texts of the profile as one row of terms; of width 0 for dense encoders and for
            profiles without text.
    """

    ids: TextArray
    names: tuple[str, ...]
    values: FloatArray
    text: TermRows = field(default_factory=no_terms)
    _kept: dict[str, FloatArray] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def kept(self, name: str, make: Callable[[], FloatArray]) -> FloatArray:
        """Return what `make` made of the table before; a large table keeps nothing."""
        found = self._kept.get(name)
        if found is None:
            found = make()
            if self.values.size <= KEPT_CELLS:
                self._kept[name] = found
        return found


def joined(tables: Sequence[IndicatorTable]) -> IndicatorTable:
    """Return tables of the same features as one; their ids ascend from one table to the next.

    Args:
        tables: at least one.
    """
    if len(tables) == 1:
        return tables[0]
    texts = [table.text for table in tables]
    ends = np.cumsum([0, *(len(text.terms) for text in texts[:-1])])
    starts = [text.starts[1:] + end for text, end in zip(texts, ends.tolist(), strict=True)]
    return IndicatorTable(
        ids=np.concatenate([table.ids for table in tables]),
        names=tables[0].names,
        values=np.concatenate([table.values for table in tables]),
        text=TermRows(
            width=texts[0].width,
            starts=np.concatenate([np.zeros(1, np.int64), *starts]),
            terms=np.concatenate([text.terms for text in texts]),
            weights=np.concatenate([text.weights for text in texts]),
        ),
    )
