"""Pairs: what is compared, what is allowed, and how well it fits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from peipao.tables.profiles import FloatArray, IntArray, TextArray


@dataclass(frozen=True, slots=True)
class EligibilityTable:
    """Which pairs may exist, and why the others may not.

    Attributes:
        need_ids: text (n_needs,), sorted; `provider_ids` (n_providers,) likewise.
        excluded_by: int16 (n_needs, n_providers); 0 is eligible, k > 0 means that `reasons[k-1]`
            is the first rule that fails.
        reasons: Chinese sentences, in the order the rules are tried.
    """

    need_ids: TextArray
    provider_ids: TextArray
    excluded_by: npt.NDArray[np.int16]
    reasons: tuple[str, ...]

    def eligible_pairs(self) -> tuple[IntArray, IntArray]:
        """Return the rows (need, provider) of all eligible pairs, by need and then provider."""
        need, provider = np.nonzero(self.excluded_by == 0)
        return need.astype(np.int32), provider.astype(np.int32)


@dataclass(frozen=True, slots=True)
class PairTable:
    """Features of pairs, one row a pair.

    Attributes:
        need_ids, provider_ids: text, sorted.
        need, provider: int32 (n_pairs,), rows into the ids; ordered by need, then provider.
        names: (n_features,) text, the comparisons of the kind file in their order.
        values: float64 (n_pairs, n_features), each in [0, 1]; NaN is missing on either side or
            a need that is indifferent.
    """

    need_ids: TextArray
    provider_ids: TextArray
    need: IntArray
    provider: IntArray
    names: tuple[str, ...]
    values: FloatArray


def pairs_joined(parts: Sequence[PairTable], need_ids: TextArray) -> PairTable:
    """Return tables of the same providers and features as one, as rows of more needs.

    Args:
        parts: at least one; their need ids ascend from one table to the next.
        need_ids: text, sorted, among them those of all parts.
    """
    rows = [np.searchsorted(need_ids, part.need_ids).astype(np.int32) for part in parts]
    return PairTable(
        need_ids=need_ids,
        provider_ids=parts[0].provider_ids,
        need=np.concatenate([row[part.need] for row, part in zip(rows, parts, strict=True)]),
        provider=np.concatenate([part.provider for part in parts]),
        names=parts[0].names,
        values=np.concatenate([part.values for part in parts]),
    )


@dataclass(frozen=True, slots=True)
class AffinityTable:
    """How well each eligible pair fits, one row a pair; a missing pair is forbidden.

    Attributes:
        need_ids: text (n_needs,), sorted; `provider_ids` likewise.
        need, provider: int32 (n_pairs,), rows into the ids; ordered by need, then provider.
        margin: float64 (n_pairs,), log-odds scale, the sum of the contributions.
        affinity: float64 (n_pairs,), in [1e-6, 1 - 1e-6], higher is better.
        calibrated: False while no feedback has fitted the scale.
        model_version: version of the model package.
    """

    need_ids: TextArray
    provider_ids: TextArray
    need: IntArray
    provider: IntArray
    margin: FloatArray
    affinity: FloatArray
    calibrated: bool
    model_version: str


@dataclass(frozen=True, slots=True)
class InteractionTable:
    """Feedback as arrays, one row an event, ordered by (at, need, provider, event).

    Attributes:
        need_ids, provider_ids: text, sorted; need rows may belong to closed needs.
        need, provider: int32 (n,), rows into the ids.
        event: text (n,), a `FeedbackType` value, or `vouched` beside what staff saw happen.
        value: float64 (n,), NaN where the type has none.
        at: float64 (n,), seconds since 1970-01-01 UTC.
    """

    need_ids: TextArray
    provider_ids: TextArray
    need: IntArray
    provider: IntArray
    event: TextArray
    value: FloatArray
    at: FloatArray

    def __len__(self) -> int:
        """Return the number of events."""
        return len(self.at)
