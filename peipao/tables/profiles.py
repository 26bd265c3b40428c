"""Profiles: one row an entity, one typed column an attribute."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int32]
FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
TextArray = npt.NDArray[np.str_]
StanceArray = npt.NDArray[np.int8]

INDIFFERENT, PREFER, MUST = 0, 1, 2
"""Codes of `Stance` in a stance array."""


@dataclass(frozen=True, slots=True)
class CategoryColumn:
    """A code from a closed list.

    Attributes:
        codes: int32 (n,), index into `values`; -1 is missing or unknown to the frozen schema.
        values: the codes of the list, sorted, frozen in the schema.
        stance: int8 (n,), INDIFFERENT, PREFER or MUST; provider columns hold PREFER throughout.
    """

    codes: IntArray
    values: tuple[str, ...]
    stance: StanceArray


@dataclass(frozen=True, slots=True)
class MultiColumn:
    """Several codes from a closed list.

    Attributes:
        hot: float64 (n, n_values), 0 or 1; an all-zero row with `missing` True was not stated.
        missing: bool (n,).
        values, stance: as in `CategoryColumn`.
    """

    hot: FloatArray
    missing: BoolArray
    values: tuple[str, ...]
    stance: StanceArray


@dataclass(frozen=True, slots=True)
class NumberColumn:
    """A number with a unit; a date is a number of days since 1970-01-01 (unit `day`).

    Attributes:
        values: float64 (n,), NaN is missing.
        unit: as declared in the kind file, such as `CNY`, `m2`, `hour`.
        stance: as in `CategoryColumn`.
    """

    values: FloatArray
    unit: str
    stance: StanceArray


@dataclass(frozen=True, slots=True)
class Postings:
    """Sparse vectors by dimension: which rows have it, and how much.

    Attributes:
        starts: int64 (n_dimensions + 1,), where the entries of each dimension begin.
        rows: int32 (n_entries,), ascending within a dimension.
        weights: float64 (n_entries,), not 0.
    """

    starts: npt.NDArray[np.int64]
    rows: IntArray
    weights: FloatArray

    @classmethod
    def of(cls, vectors: FloatArray) -> Self:
        """Return the entries of float64 (n, n_dimensions)."""
        rows, dimensions = np.nonzero(vectors)
        order = np.argsort(dimensions, kind="stable")
        counts = np.bincount(dimensions, minlength=vectors.shape[1])
        return cls(
            np.r_[0, np.cumsum(counts)].astype(np.int64),
            rows[order].astype(np.int32),
            vectors[rows[order], dimensions[order]],
        )

    def products(self, vectors: FloatArray, n_rows: int) -> FloatArray:
        """Return float64 (n, n_rows), the dot product of each vector with each row.

        Only what both have is multiplied, in the order of the dimensions.
        """
        ours, dimensions = np.nonzero(vectors)
        sizes = self.starts[dimensions + 1] - self.starts[dimensions]
        ends = np.cumsum(sizes)
        entry = np.arange(int(sizes.sum())) - np.repeat(ends - sizes, sizes)
        entry += np.repeat(self.starts[dimensions], sizes)
        cell = np.repeat(ours * n_rows, sizes) + self.rows[entry]
        product = np.repeat(vectors[ours, dimensions], sizes) * self.weights[entry]
        found = np.bincount(cell, product, minlength=len(vectors) * n_rows)
        return found.astype(np.float64).reshape(len(vectors), n_rows)


@dataclass(frozen=True, slots=True)
class TextColumn:
    """Chinese text as a vector.

    Attributes:
        vectors: float64 (n, n_terms), rows of Euclidean length 1; an all-zero row is missing.
        terms: (n_terms,) text, what each dimension means; empty for dense encoders.
        stance: as in `CategoryColumn`.
        missing: bool (n,), which rows are all zero; found once, as the vectors are large.
    """

    vectors: FloatArray
    terms: tuple[str, ...]
    stance: StanceArray
    missing: BoolArray = field(init=False)
    _postings: list[Postings] = field(default_factory=list, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "missing", ~self.vectors.any(axis=1))

    def products(self, vectors: FloatArray) -> FloatArray:
        """Return float64 (n_vectors, n), the dot product of vectors with each row of the column.

        Sparse vectors, which name their terms, are multiplied term by term; what that needs is
        made once and kept.
        """
        if not self.terms:
            return np.asarray(vectors @ self.vectors.T)
        if not self._postings:
            self._postings.append(Postings.of(self.vectors))
        return self._postings[0].products(vectors, len(self.vectors))


@dataclass(frozen=True, slots=True)
class PlaceColumn:
    """A place in the city.

    Attributes:
        district: int32 (n,), index into `values`; -1 is missing.
        values: district ids, sorted.
        latitude, longitude: float64 (n,), degrees; NaN is missing.
        stance: as in `CategoryColumn`.
    """

    district: IntArray
    values: tuple[str, ...]
    latitude: FloatArray
    longitude: FloatArray
    stance: StanceArray


Column = CategoryColumn | MultiColumn | NumberColumn | TextColumn | PlaceColumn


@dataclass(frozen=True, slots=True)
class ProfileTable:
    """Needs with their project joined in, or providers of one kind.

    Attributes:
        side: `need` or `provider`.
        ids: text (n,), sorted, unique.
        columns: attribute name -> column of n rows. On the need side an attribute of the project
            is named `project.<name>`, one of the need itself by its own name.
        schema_hash: hash of the frozen schema that encoded it; a model refuses another one.
    """

    side: str
    ids: TextArray
    columns: Mapping[str, Column]
    schema_hash: str

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.ids)
