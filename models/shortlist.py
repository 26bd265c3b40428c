"""How far down a list one must look: conformal shortlists with a stated chance to hold the match.

The lift of a pair is the softmax of the margin over all eligible pairs of its need, times their
number: 1 is an even share, however large the catalogue has grown. A shortlist holds every provider
whose lift is at least a threshold, which is set so that the given portion of later links would
have been on their need's list. Nothing is assumed of the lifts but that links to come are like the
latest ones; how often that was so is measured and said with the list.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from peipao.tables.profiles import BoolArray, FloatArray, IntArray

LEVELS = (0.8, 0.9)
"""Portions of the links that a shortlist shall hold."""

ENOUGH = 200
"""Links that set a threshold; earlier ones are asked only while there are fewer."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """One shortlist's rule, and what it did on links that came after those that set it.

    Attributes:
        level: portion of the links that it shall hold.
        lift: least lift of a provider on the list; 0 where too few links are known, and then the
            list is everybody.
        coverage: portion of later links that it did hold; None if none was measured.
        size: mean number of providers on it then; None likewise.
    """

    level: float
    lift: float
    coverage: float | None = None
    size: float | None = None


@dataclass(frozen=True, slots=True)
class Ranks:
    """Out-of-time lists of needs that found a match.

    Attributes:
        need: int32 (n_pairs,), ascending.
        share: float64 (n_pairs,), sums to 1 over a need.
        linked: bool (n_pairs,).
    """

    need: IntArray
    share: FloatArray
    linked: BoolArray

    def lift(self) -> FloatArray:
        """Return float64 (n_pairs,), mean 1 over a need."""
        sizes = np.bincount(self.need, minlength=1)
        return np.asarray(self.share * sizes[self.need])


def softmax(margin: FloatArray, need: IntArray) -> FloatArray:
    """Return float64 (n_pairs,), which sums to 1 over the pairs of each need.

    Args:
        margin: float64 (n_pairs,), all pairs of each need.
        need: int32 (n_pairs,), ascending.
    """
    if not len(need):
        return np.zeros(0)
    starts = np.flatnonzero(np.r_[True, need[1:] != need[:-1]])
    sizes = np.diff(np.r_[starts, len(need)])
    odds = np.exp(margin - np.repeat(np.maximum.reduceat(margin, starts), sizes))
    return np.asarray(odds / np.repeat(np.add.reduceat(odds, starts), sizes))


def ranks_of_linked(need: IntArray, margin: FloatArray, linked: BoolArray) -> Ranks:
    """Return the lists of the needs that have a link; arguments as those of `softmax`."""
    found = np.bincount(need, weights=linked, minlength=1) > 0
    kept = found[need] if len(need) else np.zeros(0, dtype=np.bool_)
    return Ranks(need[kept], softmax(margin[kept], need[kept]), linked[kept])


def fit_thresholds(
    past: Sequence[Ranks], levels: Sequence[float] = LEVELS
) -> tuple[Threshold, ...]:
    """Return the thresholds that the latest links set.

    With n links, a new one of the same sort is on the list with at least the given chance if the
    threshold is the floor((n + 1) x (1 - level))-th smallest lift.

    Args:
        past: in order of time.
        levels: portions of the links that the lists shall hold.
    """
    taken: list[FloatArray] = [np.zeros(0)]
    for part in reversed(past):
        if sum(map(len, taken)) < ENOUGH:
            taken.append(part.lift()[part.linked])
    lifts = np.sort(np.concatenate(taken))
    found = []
    for level in levels:
        below = int(np.floor((len(lifts) + 1) * (1 - level) + 1e-9))
        found.append(Threshold(level, float(lifts[below - 1]) if below else 0.0))
    return tuple(found)


def measured(thresholds: Sequence[Threshold], later: Ranks) -> tuple[Threshold, ...]:
    """Return the thresholds with what they do on later lists."""
    n_needs = len(np.unique(later.need))
    if not n_needs:
        return tuple(thresholds)
    lifts = later.lift()
    return tuple(
        Threshold(
            one.level,
            one.lift,
            coverage=round(float((lifts[later.linked] >= one.lift).mean()), 6),
            size=round(float((lifts >= one.lift).sum()) / n_needs, 6),
        )
        for one in thresholds
    )


def sizes_of(thresholds: Sequence[Threshold], margin: FloatArray) -> list[int]:
    """Return how many of one need's providers are on each shortlist: the best ones.

    Args:
        thresholds: of the model.
        margin: float64 (n_eligible,), of all eligible providers of the need, in any order.
    """
    lifts = len(margin) * softmax(margin, np.zeros(len(margin), dtype=np.int32))
    return [int((lifts >= one.lift).sum()) for one in thresholds]


def figures_of(thresholds: Sequence[Threshold]) -> dict[str, float]:
    """Return what was measured, under the names of the tracking store."""
    found: dict[str, float] = {}
    for one in thresholds:
        if one.coverage is not None and one.size is not None:
            name = f"shortlist_{one.level * 100:.0f}"
            found |= {f"{name}_coverage": one.coverage, f"{name}_size": one.size}
    return found
