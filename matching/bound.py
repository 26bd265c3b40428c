"""The greatest total gain that prices allow: plain counting, block by block.

Belongs to the checker and shares nothing with the solvers. For any prices, no choice of edges
within the limits is worth more than `price x most` (or `x least` where a price is negative) over
all nodes plus `max(0, gain - both prices)` over all edges.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from matching.network import Network
from peipao.errors import CheckFailedError

BLOCK = 1 << 16
"""Edges looked at together: their numbers stay in the cache of a core."""

Longs = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Weighed:
    """Edges held against prices.

    Attributes:
        above: sum of `max(0, gain - both prices)`.
        better: int64, edges that should be taken at these prices and are not.
        worse: int64, edges that should not be taken and are.
    """

    above: int
    better: Longs
    worse: Longs


def weigh(
    ends: tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]],
    gain: Longs,
    made: Bools,
    prices: tuple[Longs, Longs],
    usable: Bools | None = None,
) -> Weighed:
    """Return the edges held against the prices.

    Args:
        ends: int32 (n_edges,), row of the need and of the provider.
        gain: int64 (n_edges,).
        made: bool (n_edges,), the edges taken.
        prices: int64, of every need and of every provider.
        usable: bool (n_edges,), others do not count; None is all.
    """
    above, better, worse = 0, [], []
    for block in _blocks(len(gain)):
        left = gain[block] - prices[0].take(ends[0][block])
        left -= prices[1].take(ends[1][block])
        if usable is not None:
            left[~usable[block]] = 0
        taken = made[block]
        missing, odd = (left > 0) > taken, taken & (left < 0)
        if missing.any():
            better.append(block.start + np.flatnonzero(missing))
        if odd.any():
            worse.append(block.start + np.flatnonzero(odd))
        above += int(np.maximum(left, 0, out=left).sum())
    return Weighed(above, _joined(better), _joined(worse))


def require_optimal(network: Network, chosen: Bools, prices: tuple[Longs, Longs]) -> int:
    """Return the total gain of the chosen edges if the prices prove it the greatest.

    Args:
        network: the edges and the limits of the nodes.
        chosen: bool (n_edges,), the edges taken.
        prices: int64 (n_needs,) and (n_providers,); negative only where a minimum binds.

    Raises:
        CheckFailedError: a limit is broken, or the prices allow more.
    """
    sides = (
        (network.need, prices[0], network.need_min, network.need_max),
        (network.provider, prices[1], network.provider_min, network.provider_max),
    )
    taken = np.flatnonzero(chosen)
    bound = _above(network, prices)
    for rows, price, least, most in sides:
        count = np.bincount(rows[taken], minlength=len(most))
        if (count < least).any() or (count > most).any():
            raise CheckFailedError(["名额上下限被违反"])
        bound += int((np.maximum(price, 0) * most + np.minimum(price, 0) * least).sum())
    total = int(network.gain[taken].sum())
    if bound != total:
        raise CheckFailedError([f"目标值与上界相差 {bound - total} 个单位,未达最优"])
    return total


def _above(network: Network, prices: tuple[Longs, Longs]) -> int:
    """Return the sum of `max(0, gain - both prices)` over all edges."""
    above = 0
    for block in _blocks(network.n_edges):
        left = network.gain[block] - prices[0].take(network.need[block])
        left -= prices[1].take(network.provider[block])
        above += int(np.maximum(left, 0, out=left).sum())
    return above


def _blocks(n_edges: int) -> Iterator[slice]:
    for start in range(0, n_edges, BLOCK):
        yield slice(start, min(start + BLOCK, n_edges))


def _joined(parts: list[Longs]) -> Longs:
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)
