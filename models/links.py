"""Links: what the stored events say about a pair, once a pair."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.alignment import rows_of
from models.base import DAY_S, TrainingData
from peipao.tables.pairs import InteractionTable, PairTable
from peipao.tables.profiles import BoolArray, FloatArray, IntArray

VOUCHED = "vouched"
"""Staff said that a meeting or an outcome of the pair was real."""

UNCONFIRMED = "unconfirmed"
"""What an offer's events count as while staff have vouched for no pair of its project."""

OFFERED = ("asked", "accepted", "declined", UNCONFIRMED)
"""Any of these events shows that the pair was offered."""

UNSETTLED_DAYS = 30.0
"""A pair without a refusal or a meeting is left open for so long after its last event."""


@dataclass(frozen=True, slots=True)
class Links:
    """Accepted pairs, one row a pair, ordered by need and then provider.

    Attributes:
        need, provider: int32 (n,), rows into the ids of the training pairs.
        at: float64 (n,), seconds since 1970-01-01 UTC of the first acceptance.
    """

    need: IntArray
    provider: IntArray
    at: FloatArray


@dataclass(frozen=True, slots=True)
class Offers:
    """Offered pairs whose answer is known, ordered by need and then provider.

    Attributes:
        need, provider: int32 (n,), rows into the ids of the training pairs.
        met: bool (n,), True where the pair was accepted and met.
        confirmed: bool (n,), False where nobody has vouched for the project: its answers are
            counted among all others, but say nothing of the provider.
    """

    need: IntArray
    provider: IntArray
    met: BoolArray
    confirmed: BoolArray


STRENGTH = {"asked": 0.3, "accepted": 1.0, "met": 1.0, "outcome": 1.0}
"""How much an event counts for the latent model. What both sides agreed to weighs in full, the
wish of one side less, and a click nothing: it is cheap to fake, and on the sample city it did not
help while it doubled the time of training."""


@dataclass(frozen=True, slots=True)
class Strengths:
    """Pairs that showed interest, one row a pair, ordered by need and then provider.

    Attributes:
        need, provider: int32 (n,), rows into the ids of the training pairs.
        strength: float64 (n,), in (0, 1], of the strongest event.
        at: float64 (n,), seconds since 1970-01-01 UTC of the latest counted event.
    """

    need: IntArray
    provider: IntArray
    strength: FloatArray
    at: FloatArray


def strengths_of(data: TrainingData) -> Strengths:
    """Return the pairs with any counted event; a pair that was refused keeps none.

    Nor does one whose project had the provider before: only new ones are ever ranked.
    """
    events = _aligned(data)
    keys = _keys(events.need, events.provider, data.pairs)
    value = np.zeros(len(keys))
    for event, weight in STRENGTH.items():
        value[events.event == event] = weight
    refused = np.unique(keys[events.event == "declined"])
    had = _keys(*earlier_of(data), data.pairs)
    counted = (value > 0) & ~np.isin(keys, refused) & ~np.isin(keys, had)
    pair, inverse = np.unique(keys[counted], return_inverse=True)
    strength, at = np.zeros(len(pair)), np.zeros(len(pair))
    np.maximum.at(strength, inverse, value[counted])
    np.maximum.at(at, inverse, events.at[counted])
    n = max(len(data.pairs.provider_ids), 1)
    return Strengths((pair // n).astype(np.int32), (pair % n).astype(np.int32), strength, at)


def links_of(data: TrainingData) -> Links:
    """Return the accepted pairs."""
    events = _aligned(data)
    need, provider, at = (column[events.event == "accepted"] for column in events.columns())
    key, first = np.unique(_keys(need, provider, data.pairs), return_index=True)
    n = max(len(data.pairs.provider_ids), 1)
    return Links((key // n).astype(np.int32), (key % n).astype(np.int32), at[first])


def new_links_of(data: TrainingData) -> Links:
    """Return the accepted pairs whose project had not had that provider before.

    Only new ones are ever ranked: a provider that stays with its projects gets no further need
    by that.
    """
    links = links_of(data)
    _, pair = np.unique(_project_pairs(data, links), return_inverse=True)
    first = np.full(len(links.at), np.inf)
    np.minimum.at(first, pair, links.at)
    new = links.at <= first[pair]
    return Links(links.need[new], links.provider[new], links.at[new])


def earlier_of(data: TrainingData) -> tuple[IntArray, IntArray]:
    """Return needs and providers, both ascending: whom each need's project had before it.

    Returns:
        int32 (n,) twice, rows into the ids of the training pairs: the project of the need was
        linked to the provider before the need was opened.
    """
    links, n = links_of(data), max(len(data.pairs.provider_ids), 1)
    pairs, at = np.unique(_project_pairs(data, links), return_inverse=True)
    first = np.full(len(pairs), np.inf)
    np.minimum.at(first, at, links.at)
    low, high = (np.searchsorted(pairs // n, data.project, side) for side in ("left", "right"))
    need = np.repeat(np.arange(len(data.project)), high - low)
    start = np.repeat(low - np.r_[0, np.cumsum(high - low)[:-1]], high - low)
    row = start + np.arange(len(need))
    before = first[row] < data.opened_at[need]
    return need[before].astype(np.int32), (pairs[row[before]] % n).astype(np.int32)


def offers_of(data: TrainingData) -> Offers:
    """Return the offered pairs that were refused, were met, or have been silent for long."""
    events = _aligned(data)
    n = max(len(data.pairs.provider_ids), 1)
    keys = _keys(events.need, events.provider, data.pairs)
    pair, inverse = np.unique(keys, return_inverse=True)
    has = {
        event: np.bincount(inverse[events.event == event], minlength=len(pair)) > 0
        for event in (*OFFERED, "met")
    }
    met = (has["accepted"] | has[UNCONFIRMED]) & has["met"]
    confirmed = ~has[UNCONFIRMED]
    last = np.zeros(len(pair))
    np.maximum.at(last, inverse, events.at)
    now = float(events.at.max()) if len(events.at) else 0.0
    settled = met | has["declined"] | (last < now - UNSETTLED_DAYS * DAY_S)
    offered = np.logical_or.reduce([has[event] for event in OFFERED]) & settled
    kept = pair[offered]
    return Offers(
        (kept // n).astype(np.int32),
        (kept % n).astype(np.int32),
        met[offered],
        confirmed[offered],
    )


def marked(pairs: PairTable, need: IntArray, provider: IntArray) -> BoolArray:
    """Return bool (n_pairs,), True at the pairs that are among the given ones."""
    return np.isin(_keys(pairs.need, pairs.provider, pairs), _keys(need, provider, pairs))


@dataclass(frozen=True, slots=True)
class _Events:
    need: IntArray
    provider: IntArray
    at: FloatArray
    event: np.ndarray

    def columns(self) -> tuple[IntArray, IntArray, FloatArray]:
        return self.need, self.provider, self.at


def _aligned(data: TrainingData) -> _Events:
    seen: InteractionTable = data.interactions
    need = rows_of(seen.need_ids, data.pairs.need_ids)[seen.need]
    provider = rows_of(seen.provider_ids, data.pairs.provider_ids)[seen.provider]
    order = np.lexsort((seen.event, provider, need, seen.at))
    order = order[(need[order] >= 0) & (provider[order] >= 0)]
    need, provider, event = need[order], provider[order], seen.event[order]
    return _Events(need, provider, seen.at[order], _confirmed(data, need, event))


def _confirmed(data: TrainingData, need: IntArray, event: np.ndarray) -> np.ndarray:
    """Return the events, those of offers to projects nobody vouched for as `UNCONFIRMED`.

    Accounts are cheap: what an account says of a provider is learnt from only once staff have met
    it with anybody. Where staff vouch for nobody, everybody is believed.
    """
    vouched = np.unique(data.project[need[event == VOUCHED]])
    if not len(vouched):
        return event
    doubtful = np.isin(event, OFFERED) & ~np.isin(data.project[need], vouched)
    return np.where(doubtful, UNCONFIRMED, event)


def _project_pairs(data: TrainingData, links: Links) -> np.ndarray:
    n = max(len(data.pairs.provider_ids), 1)
    return data.project[links.need].astype(np.int64) * n + links.provider


def _keys(need: IntArray, provider: IntArray, pairs: PairTable) -> np.ndarray:
    return need.astype(np.int64) * max(len(pairs.provider_ids), 1) + provider
