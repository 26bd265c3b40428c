"""What a ranker learns from, and what it promises."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

import numpy as np

from models.alignment import rows_of
from peipao.tables.indicators import IndicatorTable
from peipao.tables.pairs import InteractionTable, PairTable
from peipao.tables.profiles import BoolArray, FloatArray, IntArray

if TYPE_CHECKING:  # the schema language needs pydantic, ranking a request does not
    from peipao.kinds.spec import KindSpec

Scores = FloatArray
"""float64 (n_pairs,), higher is better, any scale, never NaN."""

Progress = Callable[[str, float], None]
"""Told the Chinese name of a step and the share of the work done, in [0, 1]."""

Moment = float | FloatArray
"""Seconds since 1970-01-01 UTC: one for all, or float64 (n_needs,), one for each need."""

DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class TrainingData:
    """All that is known of one kind when a model is fitted.

    Attributes:
        spec: the kind.
        pairs: every eligible pair of every need that is open or ever had feedback.
        need_indicators: rows for (at least) the needs of `pairs`.
        provider_indicators: rows for (at least) the providers of `pairs`.
        interactions: feedback about these needs and providers; ids may differ from those of
            `pairs`, events about other pairs are ignored.
        opened_at: float64 (n_needs,), seconds since 1970-01-01 UTC, along `pairs.need_ids`.
        project: int32 (n_needs,), equal numbers are needs of the same project.
        schema_json: the frozen feature schema as JSON text, which models only carry along.
        schema_hash: its hash.
        topics: attribute of a need, as its indicators name it -> the word people use for what it
            is about, such as `产业`.
        provider_since: float64 (n_providers,), when each provider was there to be chosen, seconds
            since 1970-01-01 UTC; None where all were from the start.
    """

    spec: KindSpec
    pairs: PairTable
    need_indicators: IndicatorTable
    provider_indicators: IndicatorTable
    interactions: InteractionTable
    opened_at: FloatArray
    project: IntArray
    schema_json: str
    schema_hash: str
    topics: Mapping[str, str] = field(default_factory=dict)
    provider_since: FloatArray | None = None

    def canonical(self) -> TrainingData:
        """Return the same data with pairs by (need, provider) and events by time and pair.

        Floating-point sums depend on the order of their terms, so every fit starts here.
        """
        pairs, seen = self.pairs, self.interactions
        keys = pairs.need.astype(np.int64) * max(len(pairs.provider_ids), 1) + pairs.provider
        if (keys[1:] < keys[:-1]).any():
            pairs = pairs_where(pairs, np.argsort(keys, kind="stable"))
        by_time = np.lexsort((seen.event, seen.provider, seen.need, seen.at))
        return replace(self, pairs=pairs, interactions=events_where(seen, by_time))

    def without_comparisons(self) -> TrainingData:
        """Return the same without the values of the pairs, which rankers of links never read.

        Cutting the past several times would copy them each time, and they are the bulk of it.
        """
        none = replace(self.pairs, names=(), values=self.pairs.values[:, :0])
        return replace(self, pairs=none)

    def until(self, at: Moment) -> TrainingData:
        """Return what was known at a moment: needs opened and events seen before it.

        Args:
            at: a need or an event of that very second is left out; where each need has a moment
                of its own, events count up to that of their need.
        """
        known = (self.opened_at < at)[self.pairs.need]
        past = replace(
            self,
            pairs=pairs_where(self.pairs, known),
            interactions=events_where(self.interactions, self._seen_before(at)),
        )
        if self.provider_since is None or isinstance(at, np.ndarray):
            return past
        return _with_providers(past, self.there_at(at))

    def _seen_before(self, at: Moment) -> BoolArray:
        seen = self.interactions
        if not isinstance(at, np.ndarray):
            return np.asarray(seen.at < at)
        rows = rows_of(seen.need_ids, self.pairs.need_ids)[seen.need]
        return np.asarray((rows >= 0) & (seen.at < at[np.maximum(rows, 0)]))

    def there_at(self, at: float) -> BoolArray:
        """Return bool (n_providers,), which providers could be chosen before a moment."""
        if self.provider_since is None:
            return np.ones(len(self.pairs.provider_ids), dtype=np.bool_)
        return np.asarray(self.provider_since < at)


def _with_providers(data: TrainingData, kept: BoolArray) -> TrainingData:
    pairs = pairs_where(data.pairs, kept[data.pairs.provider])
    rows = (np.cumsum(kept) - 1).astype(np.int32)
    pairs = replace(pairs, provider_ids=pairs.provider_ids[kept], provider=rows[pairs.provider])
    since = None if data.provider_since is None else data.provider_since[kept]
    return replace(data, pairs=pairs, provider_since=since)


def pairs_where(pairs: PairTable, rows: BoolArray | IntArray | np.ndarray | slice) -> PairTable:
    """Return some pairs in the given order; ids stay as they are."""
    return replace(
        pairs, need=pairs.need[rows], provider=pairs.provider[rows], values=pairs.values[rows]
    )


def events_where(
    events: InteractionTable, rows: BoolArray | IntArray | np.ndarray
) -> InteractionTable:
    """Return some events in the given order; ids stay as they are."""
    return replace(
        events,
        need=events.need[rows],
        provider=events.provider[rows],
        event=events.event[rows],
        value=events.value[rows],
        at=events.at[rows],
    )


class Scorer(Protocol):
    """A fitted ranker. The same inputs always give the same scores, whatever their order."""

    def score(
        self, needs: IndicatorTable, providers: IndicatorTable, pairs: PairTable, /
    ) -> Scores:
        """Return one score a pair; ids never seen in training are scored by their indicators."""
        ...


class Ranker(Protocol):
    """A way to learn a scorer; holds settings only, so one object may be fitted many times."""

    def fit(self, data: TrainingData, /, *, seed: int, progress: Progress | None = None) -> Scorer:
        """Return a scorer; the same data and seed give the same scorer."""
        ...
