"""The sample city's learning curve, and what fake accounts and newcomers meet with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmarks.processes import run_child
from benchmarks.report import Grid, Section
from benchmarks.workshop import Workshop

CITIES = (2026,)
Found = Mapping[int, Mapping[str, Any]]

_NOTE = """\
Mentors of a city of scale S with 250 mentors, one LightFM seed. The held-out fifth of the needs is
ranked after n interactions (asked, accepted, declined, met) of needs drawn at random from before.
`hand weights` is the kind file alone, `data alone` the same columns with a flat prior, `prior` the
weights that hand and the number of links give before any need taught them. The ratio is that of the
hybrid to the better of hand weights and data alone, paired by need."""
_FAKES = """\
5 % as many accounts as real projects, spread over the past, each ask the least chosen mentor, who
accepts; staff have met none of them. Exposure is the mentor's share of all places in the ten best
of the held-out needs, in percentage points. `if believed` leaves out that staff vouch for projects.
Newcomers are mentors without any link before the cut; 1 is an even share of the places."""


def run(shop: Workshop) -> Section:
    """Measure and return the section."""
    found: Found = {
        seed: run_child(
            "benchmarks.small_data_child", str(shop.folder / f"small-{seed}"), str(seed)
        )
        for seed in CITIES
    }
    return Section(
        title="Little feedback, false feedback, no feedback",
        notes=(_NOTE, _FAKES),
        grids=(_curve(found), _fakes(found), _newcomers(found)),
    )


def _curve(found: Found) -> Grid:
    rows = [
        (
            str(seed),
            f"{at['n']} ({at['links']})",
            *(f"{at[name]:.4f}" for name in ("hybrid", "hand", "prior", "data")),
            "{:.3f} [{:.3f}, {:.3f}]".format(*at["ratio"]),
            "equal to the hand weights" if at["equal"] else f"spread {at['spread']:g}",
        )
        for seed, one in found.items()
        for at in one["curve"]
    ]
    return Grid(
        "Learning curve, NDCG@10",
        (
            *("city", "interactions (links)", "hybrid", "hand weights", "prior", "data alone"),
            *("hybrid / better of hand and data", "weights"),
        ),
        rows,
    )


def _fakes(found: Found) -> Grid:
    rows = [
        (
            str(seed),
            str(fakes["n_fakes"]),
            f"{100 * fakes['target']:+.3f}",
            f"{100 * fakes['largest']:.3f}",
            f"{100 * fakes['believed']:+.3f}",
            "yes" if fakes["flagged"] else "no",
            str(fakes["others_flagged"]),
            str(fakes["honest_flags"]),
        )
        for seed, fakes in ((seed, one["fakes"]) for seed, one in found.items())
    ]
    return Grid(
        "Fake accounts, exposure in percentage points (at most 1)",
        (
            *("city", "accounts", "their mentor", "largest change of any", "if believed"),
            *("gate flags it", "others flagged", "flags without fakes"),
        ),
        rows,
    )


def _newcomers(found: Found) -> Grid:
    return Grid(
        "Mentors without history",
        ("city", "mentors shown at all", "newcomers", "of them shown", "their exposure"),
        [
            (
                str(seed),
                f"{one['coverage']:.3f}",
                str(one["n_new"]),
                f"{one['new_coverage']:.3f}",
                f"{one['new_exposure']:.3f}",
            )
            for seed, one in found.items()
        ],
    )
