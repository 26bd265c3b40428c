"""Is a sample city's affinity right, how sure is it, and how long must a list be?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from benchmarks.affinity_child import error_by_chance
from benchmarks.processes import run_child
from benchmarks.report import Grid, Section
from benchmarks.workshop import Workshop
from models.metrics import calibration_error

KINDS = ("mentor", "service_officer", "investor", "space")
CITIES = (2026, 2027)
Found = Mapping[tuple[str, int], Mapping[str, Any]]

_NOTE = """\
Cities of scale S; weights, curve and intervals learnt before a date, judged on the needs opened
after it. `observed` counts the offers of that time that lie within the need's top 20 or top 5, and
what came of them; with so few of them a perfect affinity would show the error `by chance`.
`hidden truth` is the city's own chance that an offer of the pair ends in a meeting: known for all
shown pairs, whether offered or not."""
_SELECTION = """\
In the sample city a founder asks whom she likes: who was asked is likelier to say yes than the
others of equal margin. The curve is learnt from offers, so that it is right for offers of that sort
(`offered`) and too high for pairs that nobody chose (`all shown`). Offers that rounds make are not
chosen so; as they come in, the curve moves to them."""
_INTERVAL = """\
The interval (0.9) says how far the chance of such pairs may lie off, from what weights, curve and
differences between projects and between providers leave open; `answers inside` is how often the
count of what one project or one provider answered (three answers at least) lay within. It is no
bound on one pair's own liking, which no column tells: `pairs inside` is how often that was within.
A shortlist holds the stated portion of later links; `coverage` is what it held, at that length."""


def run(shop: Workshop) -> Section:
    """Measure and return the section."""
    found: dict[tuple[str, int], Mapping[str, Any]] = {}
    for seed in CITIES:
        home = str(shop.folder / f"affinity-{seed}")
        out = run_child("benchmarks.affinity_child", home, str(seed), *KINDS)
        found |= {(kind, seed): out[kind] for kind in KINDS}
    return Section(
        title="Affinity of the sample city",
        notes=(_NOTE, _SELECTION, _INTERVAL),
        grids=(_observed(found), _true(found), _doubt(found)),
    )


def _rows(found: Found) -> list[tuple[str, str, Mapping[str, Any]]]:
    return [(kind, str(seed), found[kind, seed]) for kind in KINDS for seed in CITIES]


def _observed(found: Found) -> Grid:
    rows = [
        (
            kind,
            city,
            f"{one['offers']:.0f} ({one['shown']:.0f})",
            f"{one['ece_top_20']:.3f}",
            f"{one['ece_by_chance']:.3f}",
            f"{one['predicted'] / max(one['happened'], 1):.3f}",
            f"{one['ratio_top_5']:.3f}",
            f"{one['skill']:.3f}",
        )
        for kind, city, one in _rows(found)
    ]
    total = {
        name: sum(one[name] for _, _, one in _rows(found))
        for name in ("offers", "shown", "predicted", "happened", "predicted_best", "happened_best")
    }
    ratios = (
        f"{total['predicted'] / total['happened']:.3f}",
        f"{total['predicted_best'] / total['happened_best']:.3f}",
    )
    count = f"{total['offers']:.0f} ({total['shown']:.0f})"
    stated = np.array([p for _, _, one in _rows(found) for p in one["affinities"]])
    met = np.array([answer for _, _, one in _rows(found) for answer in one["met"]])
    error = f"{calibration_error(stated, met):.3f}"
    by_chance = f"{error_by_chance(stated, np.random.default_rng(1)):.3f}"
    rows.append(("all", "", count, error, by_chance, *ratios, ""))
    return Grid(
        "Observed: what became of offers",
        (
            *("kind", "city", "offers (in top 20)", "ECE top 20", "by chance"),
            *("predicted / observed top 20", "top 5", "log-loss skill"),
        ),
        rows,
    )


def _true(found: Found) -> Grid:
    names = (
        *("true_ratio_offered", "true_ratio_top_20", "true_ratio_top_5"),
        "true_ece_top_20",
    )
    return Grid(
        "Against the hidden truth: predicted / true chance",
        ("kind", "city", "offered", "all shown, top 20", "all shown, top 5", "ECE, all shown"),
        [(kind, city, *(f"{one[name]:.3f}" for name in names)) for kind, city, one in _rows(found)],
    )


def _doubt(found: Found) -> Grid:
    def shortlist(one: Mapping[str, Any], level: int) -> str:
        held, size = (one.get(f"shortlist_{level}_{what}") for what in ("coverage", "size"))
        return "" if held is None or size is None else f"{held:.3f} ({size:.0f})"

    return Grid(
        "Intervals (0.9) and shortlists",
        (
            *("kind", "city", "mean width, top 20", "answers inside", "pairs inside"),
            *("shortlist 0.8: coverage (length)", "0.9: coverage (length)"),
        ),
        [
            (
                kind,
                city,
                f"{one['interval_width_top_20']:.3f}",
                f"{one['interval_coverage']:.3f}",
                f"{one['pairs_inside']:.3f}",
                shortlist(one, 80),
                shortlist(one, 90),
            )
            for kind, city, one in _rows(found)
        ],
    )
