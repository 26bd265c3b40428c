"""Training at the size of a large city: generated links, five attributes a side, no texts.

`python -m benchmarks training_scale` measures 10,000 needs x 1,000 providers x 100,000 links;
with `--large` 100,000 x 10,000 x 1,000,000. Each runs in a process of its own. The sample city S is
trained again beside them.
"""

from __future__ import annotations

import json
import resource
import sys
import time

import numpy as np

from benchmarks.processes import run_child
from benchmarks.report import Grid, Section, met
from benchmarks.workshop import Workshop
from models.base import TrainingData
from models.training import train
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
from peipao.tables.profiles import FloatArray

SMALL, LARGE = (10_000, 1_000, 100_000), (100_000, 10_000, 1_000_000)
ATTRIBUTES, VALUES, COMPARISONS = 5, 20, 5
DAY_S, YEARS, START = 86_400.0, 2, 1_700_000_000.0
MAX_PAIRS = 4_000_000
"""As the product has it: pairs of so many needs are weighed, the links of all are learnt from."""

_NOTE = """\
The large sets are generated: each need and provider has five attributes of twenty values (five
features a row); nine of ten links join a need to a provider that shares its first attribute, and
providers are popular by a power law. Links lie in two years, one opening a need. It is the training
the product does: standing, lifts, choice, latent factors, all of it on three rolling cuts and once
more on everything, weights, calibration, evaluation, package. Above 200,000 links one latent model
is fitted instead of three, in as many epochs as 6,000,000 looks at a link allow. Processor seconds
are told beside wall time, because other work shares the machine. The sample city is trained by the
command's own use case, from the store to the registered package, texts included; the first kind
pays for loading the libraries."""


def run(shop: Workshop) -> Section:
    """Measure and return the section."""
    sizes = (SMALL, LARGE) if shop.large else (SMALL,)
    rows = []
    for size in sizes:
        found = run_child("benchmarks.training_scale", *map(str, size))
        what = " x ".join(f"{number:,}" for number in size)
        limits = ("900 s", met(found["wall_s"], 900)) if size == LARGE else ("", "")
        memory = ("6 GB", met(found["peak_gb"], 6)) if size == LARGE else ("", "")
        rows += [
            [f"{what}: wall", f"{found['wall_s']:.0f} s", *limits],
            [f"{what}: processor", f"{found['cpu_s']:.0f} s", "", ""],
            [f"{what}: peak memory", f"{found['peak_gb']:.2f} GB", *memory],
            [f"{what}: NDCG@10 on the latest fifth / popularity", found["ndcg"], "", ""],
        ]
    heads = ("needs x providers x links", "measured", "at most", "met")
    return Section(
        title="Training at scale",
        notes=(_NOTE,),
        grids=(Grid("Training", heads, rows), _city(shop)),
    )


def _city(shop: Workshop) -> Grid:
    """Return how long it takes to train the sample city S again."""
    found = run_child("benchmarks.retrain_child", str(shop.copy("retrained")))
    kinds = found["kinds"]
    rows = [
        [kind, f"{one['wall_s']:.1f} s", f"{one['cpu_s']:.1f} s", "", ""]
        for kind, one in kinds.items()
    ]
    wall, cpu = (sum(one[what] for one in kinds.values()) for what in ("wall_s", "cpu_s"))
    rows += [
        ["all kinds", f"{wall:.1f} s", f"{cpu:.1f} s", "30 s", met(cpu, 30)],
        ["peak memory", f"{found['peak_gb']:.2f} GB", "", "", ""],
    ]
    heads = ("sample city S, trained again", "wall", "processor", "at most (processor)", "met")
    return Grid("The sample city S", heads, rows)


def generated(n_needs: int, n_providers: int, n_links: int, seed: int = 11) -> TrainingData:
    """Return training data of so many needs, providers and links."""
    rng = np.random.default_rng(seed)
    ours = rng.integers(0, VALUES, (n_needs, ATTRIBUTES))
    theirs = rng.integers(0, VALUES, (n_providers, ATTRIBUTES))
    need_ids = np.char.add("n", np.char.zfill(np.arange(n_needs).astype(str), 7))
    provider_ids = np.char.add("p", np.char.zfill(np.arange(n_providers).astype(str), 6))
    opened = np.sort(START + rng.random(n_needs) * 365 * YEARS * DAY_S)
    need = np.repeat(np.arange(n_needs), n_links // n_needs).astype(np.int32)
    provider = _chosen(rng, ours[need, 0], theirs[:, 0])
    at = opened[need] + rng.random(len(need)) * 30 * DAY_S
    order = np.lexsort((provider, need, at))
    weighed = np.unique(
        np.linspace(0.4 * n_needs, n_needs - 1, min(n_needs, MAX_PAIRS // n_providers)).astype(int)
    )
    return TrainingData(
        spec=_kind(),
        pairs=_pairs(weighed, need_ids, provider_ids, ours, theirs),
        need_indicators=IndicatorTable(need_ids, _names("n"), _one_hot(ours)),
        provider_indicators=IndicatorTable(provider_ids, _names("p"), _one_hot(theirs)),
        interactions=InteractionTable(
            need_ids=need_ids,
            provider_ids=provider_ids,
            need=need[order],
            provider=provider[order],
            event=np.full(len(order), "accepted"),
            value=np.full(len(order), np.nan),
            at=at[order],
        ),
        opened_at=opened,
        project=np.arange(n_needs, dtype=np.int32),
        schema_json="{}",
        schema_hash="generated",
    )


def _chosen(rng: np.random.Generator, topic: np.ndarray, of_provider: np.ndarray) -> np.ndarray:
    """Return a provider a link, of its topic in nine of ten cases, the popular ones more often."""
    popular = 1.0 / (1 + rng.permutation(len(of_provider)))
    everybody = np.arange(len(of_provider))
    found = rng.choice(everybody, len(topic), p=popular / popular.sum())
    same = rng.random(len(topic)) < 0.9
    for value in range(VALUES):
        rows, members = np.flatnonzero(same & (topic == value)), everybody[of_provider == value]
        share = popular[members] / popular[members].sum()
        found[rows] = rng.choice(members, len(rows), p=share)
    return found.astype(np.int32)


def _pairs(
    weighed: np.ndarray,
    need_ids: np.ndarray,
    provider_ids: np.ndarray,
    ours: np.ndarray,
    theirs: np.ndarray,
) -> PairTable:
    need = np.repeat(weighed, len(provider_ids)).astype(np.int32)
    provider = np.tile(np.arange(len(provider_ids)), len(weighed)).astype(np.int32)
    values = np.column_stack(
        [(ours[need, k] == theirs[provider, k]).astype(np.float64) for k in range(COMPARISONS)]
    )
    names = tuple(f"c{k}" for k in range(COMPARISONS))
    return PairTable(need_ids, provider_ids, need, provider, names, values)


def _names(side: str) -> tuple[str, ...]:
    return tuple(f"{side}{k}={value}" for k in range(ATTRIBUTES) for value in range(VALUES))


def _one_hot(codes: np.ndarray) -> FloatArray:
    hot = np.zeros((len(codes), ATTRIBUTES * VALUES))
    for k in range(ATTRIBUTES):
        hot[np.arange(len(codes)), k * VALUES + codes[:, k]] = 1.0 / ATTRIBUTES
    return hot


def _kind() -> KindSpec:
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
                name=f"c{k}",
                need="years",
                provider="years",
                measure=Measure.NEAR,
                weight=1.0,
                label="契合",
            )
            for k in range(COMPARISONS)
        ),
        pairing=PairingSpec(capacity=2),
    )


def main() -> None:
    n_needs, n_providers, n_links = map(int, sys.argv[1:])
    data = generated(n_needs, n_providers, n_links)
    started, cpu = time.perf_counter(), time.process_time()
    trained = train(data, 1, "2026-01-01T00:00:00+00:00", "mentor-0001")
    ndcg = [trained.metrics.get(name, 0.0) for name in ("ndcg_at_10", "popularity_ndcg_at_10")]
    print(
        json.dumps(
            {
                "wall_s": time.perf_counter() - started,
                "cpu_s": time.process_time() - cpu,
                "peak_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
                "ndcg": " / ".join(f"{value:.3f}" for value in ndcg),
            }
        )
    )


if __name__ == "__main__":
    main()
