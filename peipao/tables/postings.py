"""Sparse vectors by dimension, and their products with sparse rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from peipao.tables.terms import TermRows, starts_of

FloatArray = npt.NDArray[np.float64]
Float32Array = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int32]

MANY = 64
"""Rows from which on products are compiled; a list asked for over HTTP, and the requests that a
model package checks itself by, load nothing but numpy."""

MANY_PAIRS = 1024
"""Pairs from which on it does."""

FREQUENT = 0.2
"""Share of the vectors from which on a dimension is written out in full."""


@dataclass(frozen=True, slots=True)
class Postings:
    """Sparse vectors by dimension: which vectors have it, and how much.

    Attributes:
        starts: int64 (n_dimensions + 1,), where the entries of each dimension begin.
        rows: int64 (n_entries,), which vector, ascending within a dimension.
        weights: float64 (n_entries,), not 0.
        n_rows: number of vectors.
        frequent: int32 (n_dimensions,), row of the dimension in `table`, or -1.
        table: float64 (n_frequent, n_rows), dimensions that many vectors have, in full.
    """

    starts: npt.NDArray[np.int64]
    rows: npt.NDArray[np.int64]
    weights: FloatArray
    n_rows: int
    frequent: IntArray
    table: FloatArray

    @classmethod
    def of(cls, vectors: FloatArray) -> Self:
        """Return the entries of float64 (n, n_dimensions)."""
        dimensions, rows = np.nonzero(vectors.T)
        counts = np.bincount(dimensions, minlength=vectors.shape[1])
        often = np.flatnonzero(counts > FREQUENT * len(vectors))
        frequent = np.full(vectors.shape[1], -1, dtype=np.int32)
        frequent[often] = np.arange(len(often))
        return cls(
            starts=starts_of(counts),
            rows=rows.astype(np.int64),
            weights=vectors[rows, dimensions],
            n_rows=len(vectors),
            frequent=frequent,
            table=np.ascontiguousarray(vectors[:, often].T),
        )

    def products(self, ours: TermRows) -> FloatArray:
        """Return float64 (len(ours), n_rows), the dot product of each row with each vector.

        Only what both have is multiplied. Where the products are exact sums, as those of texts
        are, either way of adding them up gives the same bits.
        """
        out = np.zeros((len(ours), self.n_rows))
        self.add_products(ours, out)
        return out

    def add_products(self, ours: TermRows, out: FloatArray | Float32Array) -> None:
        """Add the dot products to `out`, (len(ours), n_rows)."""
        if len(ours) < MANY:
            for row in range(len(ours)):
                out[row] += self._one(*ours.of_row(row))
            return
        # numba is met only where many rows are multiplied: in training, rounds and whole lists.
        from peipao.tables.compiled_products import scatter

        scatter(
            *(ours.starts, ours.terms, ours.weights),
            *(self.starts, self.rows, self.weights, self.frequent, self.table),
            out,
        )

    def _one(self, terms: IntArray, weights: FloatArray) -> FloatArray:
        often = self.frequent[terms] >= 0
        out = self._of_rare(terms[~often], weights[~often])
        part = np.empty(self.n_rows)
        full = self.frequent[terms[often]]
        for row, weight in zip(full.tolist(), weights[often].tolist(), strict=True):
            np.multiply(self.table[row], weight, out=part)
            out += part
        return out

    def _of_rare(self, terms: IntArray, weights: FloatArray) -> FloatArray:
        low, high = self.starts[terms], self.starts[terms + 1]
        if not (high > low).any():
            return np.zeros(self.n_rows)
        parts = [slice(a, b) for a, b in zip(low.tolist(), high.tolist(), strict=True)]
        rows = np.concatenate([self.rows[part] for part in parts])
        product = np.concatenate([self.weights[part] for part in parts])
        product *= np.repeat(weights, high - low)
        return np.bincount(rows, product, minlength=self.n_rows).astype(np.float64, copy=False)


def add_row_products(ours: TermRows, table: Float32Array, out: Float32Array) -> None:
    """Add to `out` (len(ours), width) the product of sparse rows with a table.

    Args:
        ours: sparse rows.
        table: float32 (ours.width, width), in full.
        out: float32.
    """
    if len(ours) < MANY:
        for row in range(len(ours)):
            features, weights = ours.of_row(row)
            out[row] += weights.astype(np.float32) @ table[features]
        return
    from peipao.tables.compiled_products import add_rows

    add_rows(ours.starts, ours.terms, ours.weights.astype(np.float32), table, out)


def dots_at(
    vectors: FloatArray, need: IntArray, theirs: TermRows, provider: IntArray
) -> FloatArray:
    """Return float64 (n_pairs,), vectors[need] . theirs[provider], pair by pair.

    Args:
        vectors: float64 (n_needs, width).
        need: int32 (n_pairs,), rows of `vectors`.
        theirs: sparse rows of the same width.
        provider: int32 (n_pairs,), rows of `theirs`.
    """
    if len(need) >= MANY_PAIRS:
        from peipao.tables.compiled_products import dots

        out = np.empty(len(need))
        dots(vectors, need, theirs.starts, theirs.terms, theirs.weights, provider, out)
        return out
    some = theirs.taken(provider)
    pair = np.repeat(np.arange(len(need)), np.diff(some.starts))
    product = vectors[need[pair], some.terms] * some.weights
    return np.bincount(pair, product, minlength=len(need)).astype(np.float64, copy=False)
