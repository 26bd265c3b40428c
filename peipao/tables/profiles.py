"""Profiles: one row an entity, one typed column an attribute."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from peipao.tables.postings import Postings
from peipao.tables.terms import TermRows

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
    _kept: dict[str, TermRows | Postings] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "missing", ~self.vectors.any(axis=1))

    def rows(self) -> TermRows:
        """Return the vectors as sparse rows; made once and kept."""
        found = self._kept.get("rows")
        if not isinstance(found, TermRows):
            found = self._kept["rows"] = TermRows.of(self.vectors)
        return found

    def postings(self) -> Postings:
        """Return the vectors by dimension; made once and kept."""
        found = self._kept.get("postings")
        if not isinstance(found, Postings):
            found = self._kept["postings"] = Postings.of(self.vectors)
        return found

    def products(self, vectors: FloatArray) -> FloatArray:
        """Return float64 (n_vectors, n), the dot product of vectors with each row of the column.

        Sparse vectors, which name their terms, are multiplied term by term.
        """
        if not self.terms:
            return np.asarray(vectors @ self.vectors.T)
        return self.postings().products(TermRows.of(vectors))


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
