"""Feedback by accounts that do not exist, for the tests of what they can do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.base import TrainingData, events_where
from models.links import VOUCHED
from peipao.tables.pairs import InteractionTable
from peipao.tables.profiles import BoolArray, IntArray


def vouched(data: TrainingData) -> TrainingData:
    """Return the same data with every meeting vouched for by staff, each need its own project."""
    seen = data.interactions
    met = events_where(seen, seen.event == "met")
    both = joined(seen, replace(met, event=np.full(len(met), VOUCHED)))
    return replace(data, interactions=both, project=np.arange(len(data.project), dtype=np.int32))


def fake_needs(data: TrainingData, share: float) -> IntArray:
    """Return rows of needs that shall be fake, spread over the whole time."""
    n = len(data.pairs.need_ids)
    return np.linspace(0, n - 1, max(1, int(n * share))).astype(np.int32)


def without_fakes(data: TrainingData, fakes: IntArray) -> TrainingData:
    """Return the data before the fakes did anything."""
    return replace(data, interactions=_of_others(data, fakes))


def with_fakes(data: TrainingData, fakes: IntArray, provider: int) -> TrainingData:
    """Return the data after each fake asked one provider, which accepted; nobody has met."""
    honest = _of_others(data, fakes)
    n = len(fakes)
    day = data.opened_at[fakes] + 86_400.0
    events = [
        InteractionTable(
            honest.need_ids,
            honest.provider_ids,
            fakes,
            np.full(n, provider, dtype=np.int32),
            np.full(n, name),
            np.full(n, np.nan),
            day + later,
        )
        for name, later in (("shown", 0.0), ("opened", 1.0), ("asked", 2.0), ("accepted", 3.0))
    ]
    for one in events:
        honest = joined(honest, one)
    return replace(data, interactions=honest)


def joined(ours: InteractionTable, more: InteractionTable) -> InteractionTable:
    """Return all events of two tables over the same ids."""
    names = ("need", "provider", "event", "value", "at")
    columns = {name: np.concatenate([getattr(ours, name), getattr(more, name)]) for name in names}
    return replace(ours, **columns)


def _of_others(data: TrainingData, fakes: IntArray) -> InteractionTable:
    honest: BoolArray = ~np.isin(data.interactions.need, fakes)
    return events_where(data.interactions, honest)
