"""A small city of numbers with a known taste, for the tests of models."""

from __future__ import annotations

import numpy as np

from models.base import TrainingData
from peipao.kinds.spec import (
    AttributeSpec,
    AttributeType,
    ComparisonSpec,
    KindSpec,
    Measure,
    PairingSpec,
)
from peipao.tables.indicators import IndicatorTable
from peipao.tables.pairs import InteractionTable, PairTable
from peipao.tables.profiles import BoolArray, FloatArray
from peipao.tables.terms import TermRows

DAY = 86_400.0
START = 1_700_000_000.0
LABELS = {"industry": "产业契合", "place": "距离便利", "skill": "专长对口", "stage": "专长对口"}
HAND = {"industry": 2.0, "place": 1.0, "skill": 1.5, "stage": 0.5}
TASTE = {"industry": 3.0, "place": 0.2, "skill": 1.5, "stage": 0.5}
N_TOPICS = 6


def a_kind(weights: dict[str, float] | None = None) -> KindSpec:
    """Return a kind with four comparisons, two of which share a label."""
    number = AttributeSpec(type=AttributeType.NUMBER, label="数", unit="year")
    return KindSpec(
        name="mentor",
        label="导师",
        team="market",
        prior_acceptance=0.3,
        provider={"years": number},
        need={"years": number},
        comparisons=tuple(
            ComparisonSpec(
                name=name,
                need="years",
                provider="years",
                measure=Measure.NEAR,
                weight=weight,
                label=LABELS[name],
            )
            for name, weight in (weights or HAND).items()
        ),
        pairing=PairingSpec(capacity=2),
    )


def a_training_set(
    n_needs: int = 150, n_providers: int = 40, seed: int = 0, offers_a_need: int = 8
) -> TrainingData:
    """Return needs over two years with a taste for industry, hidden topics and a few stars."""
    rng = np.random.default_rng(seed)
    pairs = _pairs(rng, n_needs, n_providers)
    topic_need, topic_provider = (
        rng.integers(0, N_TOPICS, n_needs),
        rng.integers(0, N_TOPICS, n_providers),
    )
    star = rng.normal(0, 0.7, n_providers)
    same = (topic_need[pairs.need] + 1) % N_TOPICS == topic_provider[pairs.provider]
    taste = np.nan_to_num(pairs.values - 0.5) @ np.array(list(TASTE.values()))
    utility = taste + 1.5 * same + star[pairs.provider]
    opened_at = START + np.sort(rng.uniform(0, 700, n_needs)) * DAY
    return TrainingData(
        spec=a_kind(),
        pairs=pairs,
        need_indicators=_indicators(rng, pairs.need_ids, topic_need, "need"),
        provider_indicators=_indicators(rng, pairs.provider_ids, topic_provider, "provider"),
        interactions=_events(rng, pairs, utility, opened_at, offers_a_need),
        opened_at=opened_at,
        project=np.random.default_rng(9).integers(0, n_needs, n_needs).astype(np.int32),
        schema_json='{"schema":1}',
        schema_hash="0" * 64,
        topics={"need.topic": "产业", "need.place": "区市"},
    )


def _pairs(rng: np.random.Generator, n_needs: int, n_providers: int) -> PairTable:
    eligible = rng.random((n_needs, n_providers)) < 0.8
    need, provider = np.nonzero(eligible)
    values = rng.random((len(need), len(HAND))).round(3)
    values[rng.random(values.shape) < 0.1] = np.nan
    return PairTable(
        need_ids=np.array([f"n{k:05d}" for k in range(n_needs)]),
        provider_ids=np.array([f"p{k:04d}" for k in range(n_providers)]),
        need=need.astype(np.int32),
        provider=provider.astype(np.int32),
        names=tuple(HAND),
        values=values,
    )


def _indicators(
    rng: np.random.Generator, ids: np.ndarray, topic: np.ndarray, side: str
) -> IndicatorTable:
    values = np.zeros((len(ids), N_TOPICS + 4))
    values[np.arange(len(ids)), topic] = 1.0
    values[np.arange(len(ids)), N_TOPICS + rng.integers(0, 4, len(ids))] = 1.0
    names = (
        *(f"{side}.topic={k}" for k in range(N_TOPICS)),
        *(f"{side}.place={k}" for k in range(4)),
    )
    shares = values / values.sum(axis=1, keepdims=True)
    return IndicatorTable(ids, names, shares, _texts(rng, topic))


def _texts(rng: np.random.Generator, topic: np.ndarray) -> TermRows:
    """Return texts of two terms, the first of which is the topic's; every tenth text is missing."""
    present = np.arange(len(topic)) % 10 != 0
    words = np.stack([topic, N_TOPICS + rng.integers(0, 5, len(topic))], axis=1)[present]
    return TermRows(
        width=N_TOPICS + 5,
        starts=np.cumsum(np.r_[0, 2 * present]).astype(np.int64),
        terms=words.ravel().astype(np.int32),
        weights=np.full(2 * int(present.sum()), np.sqrt(0.5)),
    )


def _events(
    rng: np.random.Generator,
    pairs: PairTable,
    utility: FloatArray,
    opened_at: FloatArray,
    offers_a_need: int,
) -> InteractionTable:
    rows: list[tuple[float, int, int, str]] = []
    for need in range(len(pairs.need_ids)):
        of = np.flatnonzero(pairs.need == need)
        noisy = utility[of] + rng.gumbel(0, 1, len(of))
        shown = of[np.argsort(-noisy)[:offers_a_need]] if len(of) else of
        for row in shown:
            at = float(opened_at[need] + rng.uniform(0.1, 5) * DAY)
            p = 1 / (1 + np.exp(-(utility[row] - 1.0)))
            answer = "accepted" if rng.random() < p else "declined"
            rows.append((at, need, int(pairs.provider[row]), "asked"))
            rows.append((at + DAY, need, int(pairs.provider[row]), answer))
            if answer == "accepted" and rng.random() < 0.8:
                rows.append((at + 2 * DAY, need, int(pairs.provider[row]), "met"))
    rows.sort()
    return InteractionTable(
        need_ids=pairs.need_ids,
        provider_ids=pairs.provider_ids,
        need=np.array([r[1] for r in rows], dtype=np.int32),
        provider=np.array([r[2] for r in rows], dtype=np.int32),
        event=np.array([r[3] for r in rows], dtype=np.str_),
        value=np.full(len(rows), np.nan),
        at=np.array([r[0] for r in rows], dtype=np.float64),
    )


def without_feedback(data: TrainingData) -> TrainingData:
    """Return the same needs before anything happened."""
    return with_events(data, np.zeros(len(data.interactions), dtype=np.bool_))


def with_events(data: TrainingData, kept: BoolArray | np.ndarray) -> TrainingData:
    """Return the same needs with some of the events."""
    from dataclasses import replace

    from models.base import events_where

    return replace(data, interactions=events_where(data.interactions, kept))
