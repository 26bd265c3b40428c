"""Equals are decided by a keyed lottery among the optimal assignments, and by nothing else.

By complementary slackness every optimal assignment keeps the chosen edges of positive reduced
value, leaves those of negative reduced value, and fills every node that has a price. What is left
to decide are the edges that differ between two optima: those on a cycle of changes that cost
nothing. Only these enter the lottery (promises.md 5.4), so the draw can never cost value, and the
same set is found from whichever optimum an engine happened to return.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from matching.duals import Prices
from matching.network import LongArray, Network, filled
from peipao.tables.profiles import BoolArray, IntArray

WORD_BYTES = 5
WORDS = 32 // WORD_BYTES
"""Independent 40-bit draws that one keyed digest holds; the second is practically never needed."""


def lottery_weight(seed: bytes, need_id: str, provider_id: str, word: int = 0) -> int:
    """Return the keyed 40-bit weight that decides between optima of equal value.

    Args:
        seed: the round's seed.
        need_id: stable name of the need, such as its project's id; never a row number.
        provider_id: likewise.
        word: 0 for the lottery itself; the next draw should two sums ever be equal.
    """
    drawn = hmac.digest(seed, f"{need_id}\x1f{provider_id}".encode(), "sha256")
    return int.from_bytes(drawn[word * WORD_BYTES : (word + 1) * WORD_BYTES])


def lottery_weights(
    seed: str, need_ids: Sequence[str], provider_ids: Sequence[str], word: int = 0
) -> LongArray:
    """Return int64 (n,): the weight of each pair of ids."""
    key = seed.encode()
    pairs = zip(need_ids, provider_ids, strict=True)
    drawn = (lottery_weight(key, need, provider, word) for need, provider in pairs)
    return np.fromiter(drawn, dtype=np.int64, count=len(need_ids))


@dataclass(frozen=True, slots=True)
class Face:
    """What the optima of a network have in common, and where they differ.

    Attributes:
        free: int64 (n_free,), the edges that some optima take and others do not.
        network: the free edges alone, with the bounds under which every choice is an optimum;
            gains are those of the whole network until `drawn` replaces them.
    """

    free: LongArray
    network: Network


def optimal_face(network: Network, chosen: BoolArray, prices: Prices) -> Face:
    """Return where the optima of the network differ, given one of them and its prices."""
    tight = np.flatnonzero(prices.reduced(network) == 0)
    at = filled(network, chosen)
    component = _components(network, tight, chosen[tight], at, prices)
    of_need = component[1 : 1 + network.n_needs]
    of_provider = component[1 + network.n_needs :]
    free = tight[of_need[network.need[tight]] == of_provider[network.provider[tight]]]
    need, provider = network.need[free], network.provider[free]
    now = (
        np.bincount(need[chosen[free]], minlength=network.n_needs),
        np.bincount(provider[chosen[free]], minlength=network.n_providers),
    )
    need_min, need_max = _bounds(
        (prices.need == 0) & (of_need == component[0]),
        (network.need_min - at[0] + now[0], network.need_max - at[0] + now[0]),
        now[0],
    )
    provider_min, provider_max = _bounds(
        (prices.provider == 0) & (of_provider == component[0]),
        (network.provider_min - at[1] + now[1], network.provider_max - at[1] + now[1]),
        now[1],
    )
    rest = Network(
        need=need,
        provider=provider,
        gain=network.gain[free],
        need_min=need_min,
        need_max=need_max,
        provider_min=provider_min,
        provider_max=provider_max,
    )
    return Face(free=free, network=rest)


def _bounds(
    open_ended: BoolArray, limits: tuple[LongArray, LongArray], now: LongArray
) -> tuple[LongArray, LongArray]:
    """Return bounds on the free edges of a node: exactly as many as now, unless open-ended."""
    return (
        np.where(open_ended, np.maximum(limits[0], 0), now),
        np.where(open_ended, limits[1], now),
    )


def _components(
    network: Network,
    tight: LongArray,
    held: BoolArray,
    at: tuple[LongArray, LongArray],
    prices: Prices,
) -> IntArray:
    """Return int32 (1 + n_needs + n_providers,): which nodes lie on a common free cycle.

    Node 0 is the place outside. An arc is a change by one unit that costs nothing; two nodes of
    one strong component lie on a cycle of such changes, which leads to another optimum.
    """
    # Whoever only ranks must not pay for scipy.
    from scipy import sparse
    from scipy.sparse.csgraph import connected_components

    n, m = network.n_needs, network.n_providers
    at_need, at_provider = at
    i = 1 + network.need[tight].astype(np.int64)
    j = 1 + n + network.provider[tight].astype(np.int64)
    fill_need = 1 + np.flatnonzero((prices.need == 0) & (at_need < network.need_max))
    empty_need = 1 + np.flatnonzero((prices.need == 0) & (at_need > network.need_min))
    free_provider = prices.provider == 0
    fill_provider = 1 + n + np.flatnonzero(free_provider & (at_provider < network.provider_max))
    empty_provider = 1 + n + np.flatnonzero(free_provider & (at_provider > network.provider_min))
    tail = (i[~held], j[held], 0 * fill_need, empty_need, fill_provider, 0 * empty_provider)
    head = (j[~held], i[held], fill_need, 0 * empty_need, 0 * fill_provider, empty_provider)
    tails, heads = np.concatenate(tail), np.concatenate(head)
    size = 1 + n + m
    graph = sparse.csr_array((np.ones(len(tails)), (tails, heads)), shape=(size, size))
    return np.asarray(connected_components(graph, connection="strong")[1], dtype=np.int32)
