"""Features of pairs: every comparison of the kind, on exactly the pairs asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from features.measures import MEASURES, Offer, Prepared, Theirs
from features.schema import FeatureSchema
from peipao.errors import InvalidInputError
from peipao.tables.factors import NeedFactor, ProviderFactor
from peipao.tables.pairs import EligibilityTable, PairTable
from peipao.tables.postings import Postings
from peipao.tables.profiles import INDIFFERENT, FloatArray, IntArray, ProfileTable
from peipao.tables.terms import TermRows

CELLS = 1 << 19
"""Largest number of (need, provider) cells evaluated at once; bounds the memory."""

DECIMALS = 12
"""Values are rounded to so many decimals, half to even."""

FEW = 16
"""Fewer pairs than one in so many cells are evaluated one by one."""


@dataclass(frozen=True, slots=True)
class ProviderSide:
    """Providers ready to be compared; worth keeping while they do not change.

    Attributes:
        table: their profiles.
        theirs: their side of each comparison, in the order of the schema.
    """

    table: ProfileTable
    theirs: tuple[Theirs, ...]

    def factors(self) -> tuple[ProviderFactor, ...]:
        """Return their side of each comparison as one factor of a product."""
        return tuple(ProviderFactor(one.known, _known_only(one)) for one in self.theirs)


def provider_side(schema: FeatureSchema, providers: ProfileTable) -> ProviderSide:
    """Return the providers ready to be compared with needs of the same schema.

    Raises:
        InvalidInputError: a table of another schema, or not of providers.
    """
    schema.check_table(providers, "provider")
    ours = {attribute.name: attribute for attribute in schema.need}
    theirs = tuple(
        MEASURES[item.measure](Offer(providers.columns[item.provider], ours[item.need], schema))
        for item in schema.comparisons
    )
    return ProviderSide(providers, theirs)


@dataclass(frozen=True, slots=True)
class Meeting:
    """Some needs before some providers; nothing is compared yet.

    Attributes:
        names: the comparisons of the schema.
        needs: profiles of the needs.
        side: the providers.
        prepared: the comparisons, in that order.
    """

    names: tuple[str, ...]
    needs: ProfileTable
    side: ProviderSide
    prepared: tuple[Prepared, ...]

    def pairs(self, pairs: EligibilityTable | tuple[IntArray, IntArray]) -> PairTable:
        """Return the comparisons of some pairs, as `compare` does."""
        need, provider = _rows(self.needs, self.side.table, pairs)
        values, width = np.empty((len(need), len(self.names))), len(self.side.table)
        for part, rows in _blocks(need, width):
            wanted = need[part]
            few = len(wanted) * FEW < (rows.stop - rows.start) * width
            cells = (wanted - rows.start) * np.int64(width) + provider[part]
            for at, comparison in enumerate(self.prepared):
                if few:
                    values[part, at] = self._at(comparison, at, wanted, provider[part])
                else:
                    values[part, at] = self._rows(comparison, at, rows).ravel()[cells]
        return PairTable(self.needs.ids, self.side.table.ids, need, provider, self.names, values)

    def factors(self) -> tuple[NeedFactor, ...]:
        """Return the needs' side of each comparison, to go with `ProviderSide.factors`.

        Where the values are no product they are evaluated, once for needs that are alike.
        """
        return tuple(self._factor(comparison, at) for at, comparison in enumerate(self.prepared))

    def _factor(self, comparison: Prepared, at: int) -> NeedFactor:
        known, left = comparison.need_known, comparison.left
        if isinstance(left, TermRows):
            return NeedFactor(known, terms=left if known.all() else left.where(known))
        if left is not None:
            return NeedFactor(known, left=left * known[:, None])
        if comparison.alike is None:
            return NeedFactor(known, values=self._rows(comparison, at, slice(0, len(known))))
        _, first, rows = np.unique(comparison.alike, return_index=True, return_inverse=True)
        width = len(self.side.table)
        need = np.repeat(first, width).astype(np.int32)
        provider = np.tile(np.arange(width, dtype=np.int32), len(first))
        # Stances differ between needs of equal values; what is known is told beside the values.
        values = _rounded(comparison.at(need, provider)).reshape(len(first), width)
        return NeedFactor(known, values=values, rows=rows.astype(np.int32))

    def _rows(self, comparison: Prepared, at: int, rows: slice) -> FloatArray:
        values = _rounded(comparison.block(rows))
        values[~comparison.need_known[rows]] = np.nan
        values[:, ~self.side.theirs[at].known] = np.nan
        return values

    def _at(self, comparison: Prepared, at: int, need: IntArray, provider: IntArray) -> FloatArray:
        known = comparison.need_known[need] & self.side.theirs[at].known[provider]
        return np.where(known, _rounded(comparison.at(need, provider)), np.nan)


def meet(schema: FeatureSchema, needs: ProfileTable, side: ProviderSide) -> Meeting:
    """Bring needs before providers.

    Raises:
        InvalidInputError: a table of another schema.
    """
    schema.check_table(needs, "need")
    prepared = []
    for item, theirs in zip(schema.comparisons, side.theirs, strict=True):
        column = needs.columns[item.need]
        one = theirs.meet(column)
        prepared.append(replace(one, need_known=one.need_known & (column.stance != INDIFFERENT)))
    names = tuple(item.name for item in schema.comparisons)
    return Meeting(names, needs, side, tuple(prepared))


def compare(
    schema: FeatureSchema,
    needs: ProfileTable,
    providers: ProfileTable | ProviderSide,
    pairs: EligibilityTable | tuple[IntArray, IntArray],
) -> PairTable:
    """Return the comparisons of the schema for the pairs.

    The value of a pair does not depend, in any bit, on which other pairs are asked for.

    Args:
        schema: the frozen schema that encoded both tables.
        needs: profiles of needs.
        providers: profiles of providers, or what `provider_side` made of them.
        pairs: all eligible pairs of a table on the same ids, or rows (need, provider), int32,
            ordered by need and then provider, each pair once.

    Returns:
        Values in [0, 1], rounded to 12 decimals; NaN where a side has stated nothing or the need is
        indifferent. `must` counts like `prefer` here: only rules know the difference.

    Raises:
        InvalidInputError: tables of another schema or other ids, or rows out of order.
    """
    schema.check_table(needs, "need")
    side = providers if isinstance(providers, ProviderSide) else provider_side(schema, providers)
    return meet(schema, needs, side).pairs(pairs)


def _known_only(theirs: Theirs) -> FloatArray | Postings | None:
    if isinstance(theirs.right, np.ndarray):
        return np.where(theirs.known, theirs.right, 0.0)
    return theirs.right


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


def _blocks(need: IntArray, n_providers: int) -> Iterator[tuple[slice, slice]]:
    """Yield slices of pairs, each with the slice of need rows that it spans."""
    n_rows = max(1, CELLS // max(n_providers, 1))
    start = 0
    while start < len(need):
        first = int(need[start])
        stop = int(np.searchsorted(need, first + n_rows))
        yield slice(start, stop), slice(first, int(need[stop - 1]) + 1)
        start = stop


def _rounded(values: FloatArray) -> FloatArray:
    # Adding zero turns a negative zero into the ordinary one, which has other bits.
    return np.asarray(np.round(values, DECIMALS) + 0.0)
