"""The hybrid against its parts alone on the held-out months of three sample cities."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmarks.processes import run_child
from benchmarks.report import Grid, Section
from benchmarks.workshop import Workshop

KINDS = ("mentor", "service_officer", "investor", "space")
CITIES = (2026, 2027, 2028)
RANKERS = ("hybrid", "content", "latent", "popularity")
Found = Mapping[int, Mapping[str, Any]]


_NOTE = """\
Cities of scale S. All models learn from what was known before a date alone and rank every eligible
provider for the needs opened after it, the latest fifth of those that ended in a match; ties count
against the model. `latent` is LightFM alone, `content` the kind file's weights alone. Intervals are
95 % bootstrap, for ratios paired by need; the verdict is `better` if the whole interval lies above
1, `worse` if it lies below, else `undecided`."""
_OWN_TASTE = """\
The feedback of a sample city is drawn from a taste that we made ourselves: this shows that what was
put in is found again. It says nothing about quality for real founders."""


def run(shop: Workshop) -> Section:
    """Measure and return the section."""
    found: Found = {
        seed: run_child(
            "benchmarks.ranking_child", str(shop.folder / f"city-{seed}"), str(seed), *KINDS
        )
        for seed in CITIES
    }
    return Section(
        title="Ranking on the sample city's held-out months",
        notes=(_NOTE, _OWN_TASTE),
        grids=(_figures(found), _ratios(found)),
    )


def _figures(found: Found) -> Grid:
    return Grid(
        "NDCG@10, full ranking",
        ("kind", "city", "held out since", "needs (cold)", *RANKERS),
        [
            (
                kind,
                str(seed),
                found[seed][kind]["since"],
                f"{found[seed][kind]['needs']} ({found[seed][kind]['cold']})",
                *(f"{found[seed][kind]['ndcg'][name][0]:.3f}" for name in RANKERS),
            )
            for kind in KINDS
            for seed in CITIES
        ],
    )


def _ratios(found: Found) -> Grid:
    others = RANKERS[1:]
    rows = []
    for kind in KINDS:
        for seed in CITIES:
            ratios = [found[seed][kind]["ratios"][f"hybrid_over_{name}"] for name in others]
            rows.append((kind, str(seed), *map(_span, ratios)))
    return Grid(
        "NDCG@10 of the hybrid over that of …",
        ("kind", "city", *(f"… {name}" for name in others)),
        rows,
    )


def _span(interval: list[float]) -> str:
    value, low, high = interval
    verdict = "better" if low > 1 else "worse" if high < 1 else "undecided"
    return f"{value:.3f} [{low:.3f}, {high:.3f}] {verdict}"
