"""Standing: what a provider's own past says, whatever the need: accepted pairs, answers, load."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.base import DAY_S, TrainingData
from models.columns import spread, table_rows
from models.latent import Providers
from models.links import Links, new_links_of, offers_of
from peipao.tables.indicators import IndicatorTable
from peipao.tables.pairs import PairTable
from peipao.tables.profiles import BoolArray, FloatArray, TextArray

POPULARITY, TREND, ANSWERS, ROOM = "popularity", "trend", "answers", "room"
LABELS = {POPULARITY: "近期热度", TREND: "热度走势", ANSWERS: "过往成效", ROOM: "当前余力"}


@dataclass(frozen=True, slots=True)
class Standing:
    """Four numbers a provider, each 0 on average over the providers with any event.

    Attributes:
        provider_ids: text (n_providers,), sorted.
        values: float64 (4, n_providers), log units: recent accepted pairs; recent against all of
            them; share of its offers that were accepted and met; room, less the more it took on
            lately. A provider not listed, or of which nothing is known, has 0: a newcomer is
            neither favoured nor buried.
    """

    provider_ids: TextArray
    values: FloatArray

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names."""
        return tuple(LABELS)

    @property
    def labels(self) -> tuple[str, ...]:
        """Return the Chinese words."""
        return tuple(LABELS.values())

    def of(self, needs: IndicatorTable, providers: Providers, pairs: PairTable, /) -> FloatArray:
        """Return float64 (4, n_pairs)."""
        del needs, providers
        return spread(self.values, table_rows(pairs, self.provider_ids))


@dataclass(frozen=True, slots=True)
class StandingSettings:
    """How standing is counted.

    Attributes:
        half_life_days: after that many days an accepted pair counts half.
        shrinkage: in accepted pairs, added to every count.
        answer_shrinkage: in offers, at the average share of accepted ones.
        load_days: after that many days an accepted pair is taken to bind the provider half.
    """

    half_life_days: float = 180.0
    shrinkage: float = 0.3
    answer_shrinkage: float = 5.0
    load_days: float = 30.0


def fit_standing(data: TrainingData, settings: StandingSettings) -> Standing:
    """Return the standing at the time of the latest event; data must be canonical."""
    ids = data.pairs.provider_ids
    links = new_links_of(data)
    recent = np.log(counts(links, len(ids), settings.half_life_days) + settings.shrinkage)
    ever = np.log(counts(links, len(ids), None) + settings.shrinkage)
    room = -np.log1p(counts(links, len(ids), settings.load_days))
    rows = np.stack([recent, recent - ever, _answers(data, settings.answer_shrinkage), room])
    known = _known(data)
    if not known.any():
        return Standing(ids, np.zeros_like(rows))
    return Standing(ids, np.where(known, rows - rows[:, known].mean(axis=1, keepdims=True), 0.0))


def _known(data: TrainingData) -> BoolArray:
    """Return bool (n_providers,), of whom anything was ever seen, if only that it was shown."""
    seen = data.interactions
    return np.isin(data.pairs.provider_ids, seen.provider_ids[np.unique(seen.provider)])


def decay(links: Links, half_life_days: float | None) -> FloatArray:
    """Return float64 (n_links,), the weight of each link at the time of the latest."""
    if half_life_days is None or not len(links.at):
        return np.ones(len(links.at))
    return np.asarray(0.5 ** ((links.at.max() - links.at) / DAY_S / half_life_days))


def counts(links: Links, n_providers: int, half_life_days: float | None) -> FloatArray:
    """Return float64 (n_providers,), the decayed number of links."""
    return np.bincount(
        links.provider, weights=decay(links, half_life_days), minlength=n_providers
    ).astype(np.float64)


def _answers(data: TrainingData, shrinkage: float) -> FloatArray:
    """Return the log of the share of offers that led to a meeting, over the average share."""
    offers, n = offers_of(data), len(data.pairs.provider_ids)
    told = offers.provider[offers.confirmed]
    asked = np.bincount(told, minlength=n)
    met = np.bincount(told, weights=offers.met[offers.confirmed], minlength=n)
    rate = float(met.sum()) / max(int(asked.sum()), 1)
    if rate in {0.0, 1.0}:  # only links were recorded, or only refusals: nothing tells them apart
        return np.zeros(n)
    return np.asarray(np.log((met + shrinkage * rate) / (asked + shrinkage)) - np.log(rate))
