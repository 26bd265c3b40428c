"""Comparisons as products of two matrices: what whole lists are made of."""

from __future__ import annotations

from dataclasses import dataclass

from peipao.tables.postings import Postings
from peipao.tables.profiles import BoolArray, FloatArray, IntArray
from peipao.tables.terms import TermRows


@dataclass(frozen=True, slots=True)
class NeedFactor:
    """The needs' side of one comparison; one of `left`, `terms` and `values` is there.

    Attributes:
        known: bool (n_needs,), False where a need has stated nothing or is indifferent.
        left: float64 (n_needs, k), zero rows where not known; the values are its product with
            `ProviderFactor.right`.
        terms: the same as sparse rows.
        values: float64 (m, n_providers), the values themselves where they are no product; NaN or
            anything where a side is not known.
        rows: int32 (n_needs,), rows of `values`; None where each need has its own.
    """

    known: BoolArray
    left: FloatArray | None = None
    terms: TermRows | None = None
    values: FloatArray | None = None
    rows: IntArray | None = None


@dataclass(frozen=True, slots=True)
class ProviderFactor:
    """The providers' side of one comparison.

    Attributes:
        known: bool (n_providers,), False where a provider has stated nothing.
        right: float64 (k, n_providers) or sparse vectors by dimension, zero where not known; None
            where the values are no product.
    """

    known: BoolArray
    right: FloatArray | Postings | None
