"""Two columns on common ground: code sets on one vocabulary, districts, numbers."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import NoReturn

import numpy as np
import numpy.typing as npt

from features.schema import FeatureSchema
from peipao.errors import InvalidInputError
from peipao.tables.profiles import (
    BoolArray,
    CategoryColumn,
    Column,
    FloatArray,
    IntArray,
    MultiColumn,
    NumberColumn,
    PlaceColumn,
    TextColumn,
)


@dataclass(frozen=True, slots=True)
class Sides:
    """The two columns that a test looks at.

    Attributes:
        need, provider: a column of each side.
        schema: for the travel minutes and the nearness of industries.
        limit: minutes, where the test has one.
    """

    need: Column
    provider: Column
    schema: FeatureSchema
    limit: float = 0.0


@dataclass(frozen=True, slots=True)
class CodeRows:
    """Codes of one side on a given vocabulary.

    Attributes:
        hot: float64 (n, n_values), 0 or 1; sums and products of such rows are exact.
        known: bool (n,), False where nothing known is stated.
    """

    hot: FloatArray
    known: BoolArray

    @property
    def count(self) -> FloatArray:
        """Return float64 (n,), how many codes each row has."""
        counted: FloatArray = self.hot.sum(axis=1)
        return counted


def refuse(column: Column, word: str) -> NoReturn:
    """Refuse to read a column as something that it is not.

    Raises:
        InvalidInputError: always.
    """
    raise InvalidInputError("画像列", f"{type(column).__name__} 不能作为{word}比较", word)


def code_values(column: Column) -> tuple[str, ...]:
    """Return the vocabulary of a coded column; a place stands for its district."""
    if isinstance(column, (CategoryColumn, MultiColumn, PlaceColumn)):
        return column.values
    refuse(column, "编码")


def code_rows(column: Column, values: tuple[str, ...]) -> CodeRows:
    """Return the codes of a column on the vocabulary `values`; other codes fall out."""
    own = code_values(column)
    if isinstance(column, MultiColumn):
        hot = column.hot if own == values else _moved(column.hot, _places(own, values), len(values))
        return CodeRows(hot, ~column.missing)
    codes = column.district if isinstance(column, PlaceColumn) else _category(column)
    hot = np.zeros((len(codes), len(values)))
    rows = np.flatnonzero(codes >= 0)
    at = codes[rows] if own == values else _places(own, values)[codes[rows]]
    hot[rows[at >= 0], at[at >= 0]] = 1.0
    return CodeRows(hot, codes >= 0)


@functools.lru_cache(maxsize=256)
def _places(own: tuple[str, ...], values: tuple[str, ...]) -> npt.NDArray[np.int64]:
    """Return where each of the own codes stands among `values`, then -1 for none; -1 is nowhere."""
    index = {value: at for at, value in enumerate(values)}
    return np.array([*(index.get(value, -1) for value in own), -1], dtype=np.int64)


def _category(column: Column) -> IntArray:
    if isinstance(column, CategoryColumn):
        return column.codes
    refuse(column, "编码")


def _moved(hot: FloatArray, target: npt.NDArray[np.int64], width: int) -> FloatArray:
    moved = np.zeros((len(hot), width))
    moved[:, target[:-1][target[:-1] >= 0]] = hot[:, target[:-1] >= 0]
    return moved


def common_values(ours: tuple[str, ...], theirs: tuple[str, ...]) -> tuple[str, ...]:
    """Return one vocabulary for both."""
    return ours if ours == theirs else tuple(sorted({*ours, *theirs}))


def common_codes(need: Column, provider: Column) -> tuple[tuple[str, ...], CodeRows, CodeRows]:
    """Return one vocabulary and both columns on it."""
    values = common_values(code_values(need), code_values(provider))
    return values, code_rows(need, values), code_rows(provider, values)


def district_rows(column: Column, codes: tuple[str, ...]) -> IntArray:
    """Return int32 (n,), rows of the districts in `codes`; -1 is missing."""
    own = column.district if isinstance(column, PlaceColumn) else _category(column)
    return _places(code_values(column), codes)[own].astype(np.int32)


def numbers(column: Column) -> FloatArray:
    """Return float64 (n,), NaN is missing."""
    if isinstance(column, NumberColumn):
        return column.values
    refuse(column, "数值")


def text(column: Column) -> TextColumn:
    """Return the column as one of texts."""
    if isinstance(column, TextColumn):
        return column
    refuse(column, "文本")
