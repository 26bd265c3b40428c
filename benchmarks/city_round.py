"""A whole round for mentors at scale S: time by stage, peak memory, and the optimum proved twice.

Each round runs in a fresh process on a fresh copy of the same prepared home folder, so the reading
of the model package, the first use of every library and the encoding of all providers are inside.
"""

from __future__ import annotations

from statistics import median
from typing import Any

from benchmarks.processes import run_child
from benchmarks.report import Grid, Section, met
from benchmarks.workshop import Workshop

KIND = "mentor"
MOST_S, MOST_MB = 10.0, 600.0
STAGES = ("read", "features", "score", "solve", "check", "explanations", "save")


_ROUND = """\
{needs:.0f} needs × {providers:.0f} mentors, {eligible_pairs:.0f} eligible pairs, {matches:.0f}
matches; engine `{solver}`. Median of {runs} rounds, each in a fresh process; starting Python and
wiring the service come on top and are given apart. `features` are taken out of `read` (providers)
and `score` (needs, rules, comparisons); `solve` holds the making of the problem, the optimum and
the lottery."""
_ENGINES = """\
Both other engines are written in the benchmark itself, straight from the frozen problem, and share
no code with the service; both solve the whole round."""


def run(shop: Workshop) -> Section:
    """Measure and return the section."""
    rounds = [
        run_child("benchmarks.round_child", str(shop.copy("city-round")), KIND)
        for _ in range(shop.runs)
    ]
    last = rounds[-1]
    frozen = (str(shop.folder / "city-round"), last["round"], last["inputs"])
    engines = [
        (name, run_child("benchmarks.second_engine", *frozen, engine))
        for name, engine in (
            ("HiGHS, linear programme", "highs"),
            ("networkx, network simplex", "networkx"),
        )
    ]
    figures = last["figures"]
    return Section(
        title="A whole round at scale S",
        notes=(_ROUND.format(**figures, solver=last["solver"], runs=len(rounds)), _ENGINES),
        grids=(_times(rounds), _optima(engines)),
    )


def _times(rounds: list[dict[str, Any]]) -> Grid:
    def middle(*path: str) -> float:
        return median(_at(one, path) for one in rounds)

    total, memory = middle("total"), middle("peak_mb")
    return Grid(
        "Seconds by stage",
        ("what", "measured", "at most", "met"),
        [
            ("start of the process and wiring", f"{middle('start'):.2f} s", "", ""),
            *((stage, f"{middle('stages', stage):.2f} s", "", "") for stage in STAGES),
            ("**whole round**", f"{total:.2f} s", f"{MOST_S:.0f} s", met(total, MOST_S)),
            (
                "slowest of them",
                f"{max(one['total'] for one in rounds):.2f} s",
                f"{MOST_S:.0f} s",
                met(max(one["total"] for one in rounds), MOST_S),
            ),
            ("processor time of the round", f"{middle('processor'):.2f} s", "", ""),
            ("peak memory", f"{memory:.0f} MB", f"{MOST_MB:.0f} MB", met(memory, MOST_MB)),
        ],
    )


def _optima(engines: list[tuple[str, dict[str, Any]]]) -> Grid:
    return Grid(
        "The optimum, in integer units of 10⁻⁶",
        ("second engine", "problem", "pairs", "our objective", "its objective", "equal", "it took"),
        [
            (
                name,
                f"{found['needs']} × {found['providers']}",
                f"{found['pairs']}",
                f"{found['ours']}",
                f"{found['theirs']}",
                "yes" if found["ours"] == found["theirs"] else "NO",
                f"{found['seconds']:.1f} s",
            )
            for name, found in engines
        ],
    )


def _at(tree: dict[str, Any], path: tuple[str, ...]) -> float:
    found: Any = tree
    for step in path:
        found = found[step]
    return float(found)
