"""Not stating a thing says something too: one more indicator an attribute, for what is missing."""

from __future__ import annotations

import re
from functools import lru_cache

import numpy as np

from peipao.tables.indicators import IndicatorTable
from peipao.tables.profiles import FloatArray, IntArray
from peipao.tables.terms import TermRows, starts_of

_MARK = re.compile(r"[=@~]")


def attribute_of(feature: str) -> str | None:
    """Return the attribute of an indicator; None for a word of a text, which is no closed value."""
    return None if "~" in feature else _MARK.split(feature, maxsplit=1)[0]


@lru_cache(maxsize=64)
def attributes_of(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the attributes of closed values, in order of their first indicator."""
    found = (attribute_of(name) for name in names)
    return tuple(dict.fromkeys(name for name in found if name is not None))


def width_of(names: tuple[str, ...]) -> int:
    """Return the number of indicators with those for what is missing."""
    return len(names) + len(attributes_of(names))


@lru_cache(maxsize=64)
def slots_of(names: tuple[str, ...]) -> IntArray:
    """Return int32 (width,), the attribute of each indicator, -1 for a word of a text."""
    attributes = attributes_of(names)
    at = {name: k for k, name in enumerate(attributes)}
    stated = [at.get(attribute_of(name) or "", -1) for name in names]
    return np.array([*stated, *range(len(attributes))], dtype=np.int32)


def with_unstated(values: FloatArray, names: tuple[str, ...]) -> FloatArray:
    """Return float64 (n, width), rows that sum to 1: every attribute has an equal share.

    Args:
        values: float64 (n, n_indicators), each known attribute with an equal share of its row.
        names: of the indicators.
    """
    slots, n_attributes = slots_of(names), len(attributes_of(names))
    if not n_attributes:
        return np.asarray(values / np.maximum(values.sum(axis=1, keepdims=True), 1e-12))
    # Words of texts, slot -1, share one place among the attributes.
    totals = np.zeros((len(values), n_attributes + 1))
    order, starts, filled = _runs(names)
    if len(order):
        totals[:, filled] = np.add.reduceat(values[:, order], starts, axis=1)
    missing = (totals[:, 1:] == 0).astype(np.float64)
    totals[:, 1:] += missing
    shares = np.hstack([values, missing]) / np.maximum(totals[:, slots + 1], 1e-12)
    whole: FloatArray = shares / np.maximum(shares.sum(axis=1, keepdims=True), 1e-12)
    return whole


def unstated_rows(table: IndicatorTable) -> FloatArray:
    """Return `with_unstated` of a table, kept with it if it is small."""
    return table.kept("unstated", lambda: with_unstated(table.values, table.names))


def shares_within(values: FloatArray, names: tuple[str, ...]) -> TermRows:
    """Return the rows of `with_unstated` with every attribute summing to 1, as sparse rows.

    Args:
        values: float64 (n, n_indicators), each known attribute with an equal share of its row.
        names: of the indicators.
    """
    n, places = len(values), len(attributes_of(names)) + 1
    # Flags in one row are searched many times faster than a table of numbers.
    owner, feature = np.divmod(np.flatnonzero(values != 0), max(values.shape[1], 1))
    slot = owner * places + slots_of(names)[feature] + 1
    totals = np.bincount(slot, values[owner, feature], minlength=n * places)
    silent, missing = np.nonzero(totals.reshape(n, places)[:, 1:] == 0)
    weights = np.concatenate([values[owner, feature] / totals[slot], np.ones(len(silent))])
    owners = np.concatenate([owner, silent])
    order = np.argsort(owners, kind="stable")
    return TermRows(
        width=width_of(names),
        starts=starts_of(np.bincount(owners, minlength=n)),
        terms=np.concatenate([feature, len(names) + missing])[order].astype(np.int32),
        weights=weights[order],
    )


@lru_cache(maxsize=64)
def _runs(names: tuple[str, ...]) -> tuple[IntArray, IntArray, IntArray]:
    """Return the indicators by slot, where each slot begins among them, and 1 + that slot."""
    slots = slots_of(names)[: len(names)]
    order = np.argsort(slots, kind="stable")
    filled, starts = np.unique(slots[order], return_index=True)
    return order.astype(np.int32), starts.astype(np.int32), (filled + 1).astype(np.int32)
