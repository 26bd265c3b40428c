"""Texts as sparse rows of weighted terms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class TermRows:
    """Texts as sparse rows of weighted terms, in the order of the table they belong to.

    Attributes:
        width: number of terms of the frozen vocabulary; 0 where a profile has no text.
        starts: int64 (n + 1,), where the entries of each row begin; the last is their number.
        terms: int32 (n_entries,), which term, ascending within a row.
        weights: float64 (n_entries,), > 0; a row has Euclidean length 1, or no entry: missing.
    """

    width: int
    starts: npt.NDArray[np.int64]
    terms: npt.NDArray[np.int32]
    weights: npt.NDArray[np.float64]

    @classmethod
    def of(cls, vectors: npt.NDArray[np.float64]) -> Self:
        """Return the entries of float64 (n, width) that are not 0."""
        owner, terms = np.nonzero(vectors)
        return cls(
            width=vectors.shape[1],
            starts=starts_of(np.bincount(owner, minlength=len(vectors))),
            terms=terms.astype(np.int32),
            weights=vectors[owner, terms],
        )

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.starts) - 1

    def of_row(self, row: int) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float64]]:
        """Return the terms and weights of one row."""
        part = slice(int(self.starts[row]), int(self.starts[row + 1]))
        return self.terms[part], self.weights[part]

    def taken(self, rows: npt.NDArray[np.int32]) -> TermRows:
        """Return some of the rows in the given order."""
        low = self.starts[rows]
        sizes = self.starts[rows + 1] - low
        ends = np.cumsum(sizes)
        entry = np.arange(int(sizes.sum())) + np.repeat(low - ends + sizes, sizes)
        return TermRows(self.width, starts_of(sizes), self.terms[entry], self.weights[entry])

    def where(self, kept: npt.NDArray[np.bool_]) -> TermRows:
        """Return the same rows with those that are not kept emptied."""
        sizes = np.diff(self.starts)
        entries = np.repeat(kept, sizes)
        starts = starts_of(np.where(kept, sizes, 0))
        return TermRows(self.width, starts, self.terms[entries], self.weights[entries])


def starts_of(sizes: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return int64 (n + 1,), where rows of such sizes begin; the last is the sum."""
    starts = np.zeros(len(sizes) + 1, dtype=np.int64)
    np.cumsum(sizes, out=starts[1:])
    return starts


def beside(parts: Sequence[TermRows]) -> TermRows:
    """Return rows that hold the entries of all parts; a term may come more than once.

    Args:
        parts: at least one, of equal width and length.
    """
    if len(parts) == 1:
        return parts[0]
    sizes = [np.diff(part.starts) for part in parts]
    owner = np.concatenate([np.repeat(np.arange(len(one)), one) for one in sizes])
    order = np.argsort(owner, kind="stable")
    return TermRows(
        width=parts[0].width,
        starts=starts_of(np.sum(sizes, axis=0)),
        terms=np.concatenate([part.terms for part in parts])[order],
        weights=np.concatenate([part.weights for part in parts])[order],
    )


def no_terms(n_rows: int = 0) -> TermRows:
    """Return rows without any text."""
    return TermRows(
        0, np.zeros(n_rows + 1, np.int64), np.zeros(0, np.int32), np.zeros(0, np.float64)
    )
