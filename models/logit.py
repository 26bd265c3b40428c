"""Conditional logit: which of its eligible providers does a need end up with?

Sums run in a fixed order without a linear-algebra library, so that the weights depend neither on
its version nor on the number of threads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from peipao.tables.profiles import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class Choices:
    """Needs with what they could have had and what they got.

    Attributes:
        columns: float64 (n_columns, n_pairs), one row a column of the margin.
        starts: int64 (n_needs,), where the pairs of each need begin; they end at the next.
        share: float64 (n_pairs,), 1 / links of the need at its links, else 0.
        log_times: float64 (n_pairs,), log of how many pairs each stands for.
    """

    columns: FloatArray
    starts: np.ndarray
    share: FloatArray
    log_times: FloatArray

    def __len__(self) -> int:
        """Return the number of needs."""
        return len(self.starts)


def choices(columns: FloatArray, need: IntArray, linked: BoolArray) -> Choices:
    """Return the needs that have both a link and a pair that is none.

    Args:
        columns: float64 (n_columns, n_pairs).
        need: int32 (n_pairs,), ascending.
        linked: bool (n_pairs,).
    """
    n = int(need.max()) + 1 if len(need) else 0
    links = np.bincount(need, weights=linked, minlength=n)
    telling = (links > 0) & (links < np.bincount(need, minlength=n))
    rows = telling[need] if n else np.zeros(0, dtype=np.bool_)
    kept = need[rows]
    starts = np.flatnonzero(np.r_[True, kept[1:] != kept[:-1]]) if len(kept) else kept
    share = linked[rows] / links[kept]
    # Taken by rows, not by a mask: that would be copied a second time to lie in order.
    told = np.take(columns, np.flatnonzero(rows), axis=1)
    return Choices(told, starts.astype(np.int64), share, np.zeros(len(kept)))


BEST, ONE_OF = 150, 8
"""Of a need's pairs that lead to no link, the best so many are kept and each eighth of the rest."""


def thinned(group: Choices, weights: FloatArray) -> Choices:
    """Return the needs with fewer pairs: what is far from being chosen is asked by sample.

    Args:
        group: choices among all pairs.
        weights: float64 (n_columns,), what tells the best pairs of a need.
    """
    sizes = np.diff(np.r_[group.starts, len(group.share)])
    if not len(sizes) or sizes.max() <= 2 * BEST:
        return group
    scores = np.einsum("k,kp->p", weights, group.columns, optimize=False)
    need = np.repeat(np.arange(len(sizes)), sizes)
    order = np.lexsort((-scores, need))
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order)) - np.repeat(group.starts, sizes)
    sampled = (place >= BEST) & (group.share == 0)
    kept = ~sampled | (place % ONE_OF == 0)
    log_times = np.where(sampled, np.log(ONE_OF), 0.0)[kept]
    starts = np.r_[0, np.cumsum(np.bincount(need[kept]))[:-1]].astype(np.int64)
    columns = np.take(group.columns, np.flatnonzero(kept), axis=1)
    return Choices(columns, starts, group.share[kept], log_times)


def fit_weights(
    groups: Sequence[Choices],
    prior: FloatArray,
    spread: FloatArray,
    start: FloatArray | None = None,
) -> FloatArray:
    """Return the weights most likely after the choices, given the prior; never below 0.

    Args:
        groups: learning needs; each need counts once, whatever the number of its links.
        prior: float64 (n_columns,), the weights before any choice was seen.
        spread: float64 (n_columns,), > 0, standard deviation of the prior: after about
            1 / (spread^2 x variance of the column) needs a weight rests on both in equal parts.
        start: where to search from; the answer is the same, the sooner found the nearer it is.

    Returns:
        float64 (n_columns,), rounded to six digits; exactly `prior` if no need tells anything.
    """
    groups = [group for group in groups if len(group)]
    if not groups:
        return prior.copy()
    from scipy import optimize

    minimize: Any = optimize.minimize  # its overloads do not know a gradient beside the value
    found = minimize(
        lambda w: loss(w, groups, prior, spread),
        prior if start is None else start,
        jac=True,
        method="L-BFGS-B",
        bounds=optimize.Bounds(0.0, np.inf),
        options={"maxiter": 200, "ftol": 1e-7, "gtol": 1e-3},
    )
    return np.asarray(np.round(found.x, 6))


def loss(
    weights: FloatArray, groups: Sequence[Choices], prior: FloatArray, spread: FloatArray
) -> tuple[float, FloatArray]:
    """Return minus the log posterior, up to a constant, and its gradient."""
    off = (weights - prior) / spread
    total, gradient = 0.5 * float((off**2).sum()), off / spread
    for group in groups:
        value, slope = _minus_log_likelihood(weights, group)
        total += value
        gradient = gradient + slope
    return total, gradient


def lost(weights: FloatArray, group: Choices) -> float:
    """Return minus the log likelihood of choices that the weights have not seen; 0 for none."""
    return _minus_log_likelihood(weights, group)[0] if len(group) else 0.0


def _minus_log_likelihood(weights: FloatArray, group: Choices) -> tuple[float, FloatArray]:
    # Not optimised, einsum adds in a fixed order and asks no library.
    scores = np.einsum("k,kp->p", weights, group.columns, optimize=False)
    sizes = np.diff(np.r_[group.starts, len(scores)])
    scores -= np.repeat(np.maximum.reduceat(scores, group.starts), sizes)
    odds = np.exp(scores + group.log_times)
    totals = np.add.reduceat(odds, group.starts)
    value = float(np.log(totals).sum() - (group.share * scores).sum())
    surplus = odds / np.repeat(totals, sizes) - group.share
    return value, np.einsum("kp,p->k", group.columns, surplus, optimize=False)
