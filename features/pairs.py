"""Features of pairs: every comparison of the kind, on exactly the pairs asked for."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from features.alignment import Sides
from features.measures import MEASURES, Prepared
from features.schema import FeatureSchema
from peipao.errors import InvalidInputError
from peipao.kinds.spec import ComparisonSpec
from peipao.tables.pairs import EligibilityTable, PairTable
from peipao.tables.profiles import INDIFFERENT, FloatArray, IntArray, ProfileTable

CELLS = 1 << 19
"""Largest number of (need, provider) cells evaluated at once; bounds the memory."""

DECIMALS = 12
"""Values are rounded to so many decimals, half to even."""


def compare(
    schema: FeatureSchema,
    needs: ProfileTable,
    providers: ProfileTable,
    pairs: EligibilityTable | tuple[IntArray, IntArray],
) -> PairTable:
    """Return the comparisons of the schema for the pairs.

    The value of a pair does not depend, in any bit, on which other pairs are asked for.

    Args:
        schema: the frozen schema that encoded both tables.
        needs: profiles of needs.
        providers: profiles of providers.
        pairs: all eligible pairs of a table on the same ids, or rows (need, provider), int32,
            ordered by need and then provider, each pair once.

    Returns:
        Values in [0, 1], rounded to 12 decimals; NaN where a side has stated nothing or the need is
        indifferent. `must` counts like `prefer` here: only rules know the difference.

    Raises:
        InvalidInputError: tables of another schema or other ids, or rows out of order.
    """
    schema.check_table(needs, "need")
    schema.check_table(providers, "provider")
    need, provider = _rows(needs, providers, pairs)
    prepared = [_prepare(item, schema, needs, providers) for item in schema.comparisons]
    values = np.empty((len(need), len(prepared)))
    for part, rows in _blocks(need, len(providers)):
        cells = (need[part] - rows.start) * np.int64(len(providers)) + provider[part]
        for at, comparison in enumerate(prepared):
            values[part, at] = _values(comparison, rows).ravel()[cells]
    names = tuple(item.name for item in schema.comparisons)
    return PairTable(needs.ids, providers.ids, need, provider, names, values)


def compare_all(schema: FeatureSchema, needs: ProfileTable, providers: ProfileTable) -> FloatArray:
    """Return float64 (n_comparisons, n_needs, n_providers), the values of `compare` for all pairs.

    It holds all of them at once: call it on few needs at a time.

    Raises:
        InvalidInputError: tables of another schema.
    """
    schema.check_table(needs, "need")
    schema.check_table(providers, "provider")
    prepared = [_prepare(item, schema, needs, providers) for item in schema.comparisons]
    grid = np.empty((len(prepared), len(needs), len(providers)))
    for at, comparison in enumerate(prepared):
        grid[at] = _values(comparison, slice(0, len(needs)))
    return grid


def _rows(
    needs: ProfileTable,
    providers: ProfileTable,
    pairs: EligibilityTable | tuple[IntArray, IntArray],
) -> tuple[IntArray, IntArray]:
    if isinstance(pairs, EligibilityTable):
        same = np.array_equal(pairs.need_ids, needs.ids)
        if not (same and np.array_equal(pairs.provider_ids, providers.ids)):
            raise InvalidInputError("准入表", "编号与画像表不一致", "同一批需求与资源方")
        return pairs.eligible_pairs()
    need, provider = pairs
    _check_rows(need, len(needs), "需求")
    _check_rows(provider, len(providers), "资源方")
    keys = need * np.int64(max(len(providers), 1)) + provider
    if len(need) != len(provider) or bool((np.diff(keys) <= 0).any()):
        raise InvalidInputError("配对", "顺序不对或有重复", "先按需求、再按资源方排序,每对一次")
    return need, provider


def _check_rows(rows: IntArray, n_rows: int, noun: str) -> None:
    if len(rows) and not (rows.min() >= 0 and rows.max() < n_rows):
        raise InvalidInputError("配对", f"{noun}行号越界", f"0 至 {n_rows - 1}")


def _prepare(
    item: ComparisonSpec, schema: FeatureSchema, needs: ProfileTable, providers: ProfileTable
) -> Prepared:
    sides = Sides(needs.columns[item.need], providers.columns[item.provider], schema)
    found = MEASURES[item.measure](sides)
    stated = found.need_known & (sides.need.stance != INDIFFERENT)
    return Prepared(stated, found.provider_known, found.block)


def _blocks(need: IntArray, n_providers: int) -> Iterator[tuple[slice, slice]]:
    """Yield slices of pairs, each with the slice of need rows that it spans."""
    n_rows = max(1, CELLS // max(n_providers, 1))
    start = 0
    while start < len(need):
        first = int(need[start])
        stop = int(np.searchsorted(need, first + n_rows))
        yield slice(start, stop), slice(first, int(need[stop - 1]) + 1)
        start = stop


def _values(comparison: Prepared, rows: slice) -> FloatArray:
    # Adding zero turns a negative zero into the ordinary one, which has other bits.
    values = np.round(comparison.block(rows), DECIMALS) + 0.0
    values[~comparison.need_known[rows]] = np.nan
    values[:, ~comparison.provider_known] = np.nan
    return values
