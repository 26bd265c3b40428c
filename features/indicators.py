"""Profiles as rows of named non-negative features, for latent-factor models."""

from __future__ import annotations

import functools
import math
from itertools import chain, pairwise

import numpy as np

from features.schema import AttributeSchema, FeatureSchema
from peipao.tables.indicators import IndicatorTable
from peipao.tables.profiles import (
    INDIFFERENT,
    BoolArray,
    CategoryColumn,
    Column,
    FloatArray,
    IntArray,
    MultiColumn,
    NumberColumn,
    PlaceColumn,
    ProfileTable,
    TextColumn,
)
from peipao.tables.terms import TermRows, beside, no_terms

Part = tuple[tuple[str, ...], FloatArray]
"""Names of an attribute's features and float64 (n, n_features), 0 or 1."""


def indicators(schema: FeatureSchema, table: ProfileTable) -> IndicatorTable:
    """Return a row for every entity, each attribute that is known having an equal share of it.

    A code, district, bin of a number or date, or dictionary word is one feature; a need that is
    indifferent to an attribute says nothing by it.

    Raises:
        InvalidInputError: the table was encoded by another schema.
    """
    schema.check_table(table, table.side)
    parts = [_part(item, table.columns[item.name], schema) for item in schema.side(table.side)]
    n_known = sum((part.any(axis=1) for _, part in parts), np.zeros(len(table)))
    shares = [_even(part) / np.maximum(n_known, 1.0)[:, None] for _, part in parts]
    names = tuple(chain.from_iterable(part_names for part_names, _ in parts))
    return IndicatorTable(table.ids, names, np.hstack(shares), _texts(table))


def _texts(table: ProfileTable) -> TermRows:
    """Return all texts of a need that mean something to it as one row of terms.

    Only needs are compared by their texts' terms; a dense encoder has none.
    """
    columns = [c for c in table.columns.values() if isinstance(c, TextColumn) and c.terms]
    if table.side != "need" or not columns:
        return no_terms(len(table))
    every = beside([column.rows().where(column.stance != INDIFFERENT) for column in columns])
    width, owner = np.int64(every.width), np.repeat(np.arange(len(table)), np.diff(every.starts))
    cells, place = np.unique(owner * width + every.terms, return_inverse=True)
    # A term of several texts counts once for each; sums of two run in the order of the columns.
    weights = np.bincount(place, every.weights, minlength=len(cells)).astype(np.float64)
    starts = np.searchsorted(cells, np.arange(len(table) + 1) * width)
    squares = (weights**2).tolist()
    lengths = [math.sqrt(math.fsum(squares[a:b])) for a, b in pairwise(starts.tolist())]
    return TermRows(
        width=every.width,
        starts=starts.astype(np.int64),
        terms=(cells % width).astype(np.int32),
        weights=weights / np.repeat(lengths, np.diff(starts)),
    )


def _part(attribute: AttributeSchema, column: Column, schema: FeatureSchema) -> Part:
    labels, hot = _hot(attribute, column, schema)
    said = (column.stance != INDIFFERENT)[:, None]
    return _named(attribute.name, labels), hot * said


@functools.lru_cache(maxsize=512)
def _named(attribute: str, labels: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{attribute}{label}" for label in labels)


def _hot(attribute: AttributeSchema, column: Column, schema: FeatureSchema) -> Part:
    if isinstance(column, MultiColumn):
        return _equal_to(column.values), column.hot
    if isinstance(column, CategoryColumn):
        return _equal_to(column.values), _one_hot(column.codes, len(column.values))
    if isinstance(column, PlaceColumn):
        return _equal_to(column.values), _one_hot(column.district, len(column.values))
    if isinstance(column, NumberColumn):
        return _bins(attribute, column)
    names, columns = _words(schema.encoder.words, column.terms)
    hot: BoolArray = column.vectors[:, columns] != 0
    return names, hot.astype(np.float64)


@functools.lru_cache(maxsize=16)
def _words(words: tuple[str, ...], terms: tuple[str, ...]) -> tuple[tuple[str, ...], list[int]]:
    """Return the features of dictionary words, and the term of each."""
    at = {term: position for position, term in enumerate(terms)}
    return tuple(f"~{word}" for word in words), [at[word] for word in words]


@functools.lru_cache(maxsize=512)
def _equal_to(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"={value}" for value in values)


def _bins(attribute: AttributeSchema, column: NumberColumn) -> Part:
    """Return bins; the upper edge belongs to its bin."""
    edges = attribute.edges
    bins = np.searchsorted(np.array(edges), column.values, side="left").astype(np.int32)
    bins[np.isnan(column.values)] = -1
    shown = [repr(edge).removesuffix(".0") for edge in edges]
    lower, upper = ["", *shown], [*shown, ""]
    labels = tuple(f"@{low}..{high}" for low, high in zip(lower, upper, strict=True))
    return labels, _one_hot(bins, len(labels))


def _one_hot(codes: IntArray, width: int) -> FloatArray:
    hot = np.zeros((len(codes), width))
    rows = np.flatnonzero(codes >= 0)
    hot[rows, codes[rows]] = 1.0
    return hot


def _even(hot: FloatArray) -> FloatArray:
    even: FloatArray = hot / np.maximum(hot.sum(axis=1), 1.0)[:, None]
    return even
