"""P(link) on real links: is it right on later needs, and what do drift and growth do to it?"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.processes import run_child
from benchmarks.report import Grid, Section
from benchmarks.workshop import Workshop

SETS = ("crunchbase2013", "zh_itjuzi")
Found = Mapping[str, Mapping[str, Mapping[str, float]]]

_NOTE = """\
P(link) is the softmax of the margin over the need's own catalogue times the mean links a need, bent
by a strictly increasing curve; curve and mean come from the last rolling cut inside what was known
before the test needs, under weights learnt before that cut. Measured once on the test needs, with
the champion's default settings (`peipao evaluate` also chooses among settings on valid)."""
_DRIFT = """\
`half the links` drops half of the test needs' links at random (and keeps needs that lose all): the
stated chances are then twice too high until the mean links a need is learnt anew (`told`).
`half the catalogue` ranks a random half of the providers, links to them alone; nothing is told to
the model. Means of five draws."""


def run(shop: Workshop) -> Section | None:
    """Measure and return the section; None where the data sets are not there."""
    if not all((shop.data / name).exists() for name in SETS):
        print(f"skipped: {', '.join(SETS)} are expected in shared/data beside the repository")
        return None
    with tempfile.TemporaryDirectory(dir=shop.folder) as scratch:
        found = {
            name: run_child(
                "benchmarks.chances_child", str(shop.data / name), str(Path(scratch) / name)
            )
            for name in SETS
        }
    return Section(
        title="P(link) on real links",
        notes=(_NOTE, _DRIFT),
        grids=(_figures(found), _shortlists(found)),
    )


def _figures(found: Found) -> Grid:
    rows = [
        (
            name,
            case,
            f"{one['ece_top_20']:.4f}",
            f"{one['ratio_top_5']:.3f}",
            f"{one['ratio_top_20']:.3f}",
            f"{one['skill']:.3f}",
        )
        for name, cases in found.items()
        for case, one in cases.items()
        if "ece_top_20" in one
    ]
    return Grid(
        "Calibration (targets on the test needs as they are: ECE 0.01, top 5 in 0.9 to 1.1)",
        (
            *("set", "test needs", "ECE top 20", "predicted / observed top 5", "top 20"),
            "log-loss skill",
        ),
        rows,
    )


def _shortlists(found: Found) -> Grid:
    def line(name: str, one: Mapping[str, Any]) -> tuple[str, ...]:
        return (
            name,
            *(
                f"{one[f'shortlist_{level}_coverage']:.3f} ({one[f'shortlist_{level}_size']:.0f})"
                for level in (80, 90)
            ),
            f"{one['catalogue']:.0f}",
        )

    return Grid(
        "Shortlists: measured coverage (mean length)",
        ("set", "0.8", "0.9", "of providers"),
        [line(name, cases["shortlists"]) for name, cases in found.items()],
    )
