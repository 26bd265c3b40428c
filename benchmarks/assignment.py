"""The assignment engine in units of the best solvers that can be had instead, on one core."""

from __future__ import annotations

from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.assignment_bids import OPTIMA, optima
from benchmarks.assignment_cases import CASES, Case
from benchmarks.processes import run_child
from benchmarks.report import Grid, Section, met
from benchmarks.workshop import Workshop

_NOTE = """\
Ours is CPU time from edge arrays to pairs, integer prices and the certificate of the independent
checker; the rival's is its bare solve, its model already built, on the same network in the same
run on the same core. Medians of {runs} (15 below 100,000 edges). The lottery between equals comes
on top and is given apart, as is one change to a solved round, repaired on saved prices: {n} changes
of each sort, certificate at the end. Totals are equal to the integer wherever both are given."""

_WITHOUT = """\
No rivals were measured: OR-tools, lapx and networkx live in an environment of their own, named by
`--rivals PYTHON`; install ortools, lapx, networkx, scipy and openreview-matcher there."""

_REVIEWERS = """\
`minmax` is the public matcher of conference reviewers (MinMax of openreview-matcher, run once; its
flow model is built within its solve). It meets minimum loads by two solves one after the other and
cuts scores to hundredths: how far its total falls short of the optimum is given with its time."""

_INEXACT = "minmax"
"""The rival whose total may be less than ours."""

_MEDIAN, _WORST = 0.01, 0.05
"""Shares of a full OR-tools solve that one change may take."""


def run(shop: Workshop) -> Section:
    """Measure and return the section."""
    names = [name for name, case in CASES.items() if shop.large or not case.large]
    found = {name: _measured(name, shop) for name in names}
    notes = [_NOTE.format(runs=shop.runs, n=200)]
    notes.append(_REVIEWERS if shop.rivals else _WITHOUT)
    grids = [
        Grid(
            "A round, CPU seconds",
            (
                "network",
                "edges",
                "ours",
                "rival, bare",
                "ours / rival",
                "at most",
                "met",
                "lottery (/ ours, at most 3)",
                "memory",
            ),
            [row for name, one in found.items() for row in _rows(CASES[name], one)],
        ),
        Grid(
            "One change, microseconds and share of a full OR-tools solve",
            ("network", "change", "median", "worst", "median share", "worst share", "met"),
            [row for name, one in found.items() for row in _change_rows(CASES[name], one)],
        ),
        _first_call(shop),
        *_bids(shop),
    ]
    return Section("The assignment engine", notes, grids)


def _measured(name: str, shop: Workshop) -> dict[str, Any]:
    rivals = [shop.rivals] if shop.rivals else []
    return run_child("benchmarks.assignment_child", name, str(shop.folder), str(shop.runs), *rivals)


def _rows(case: Case, found: dict[str, Any]) -> list[tuple[str, ...]]:
    """Return a row for each rival; one without a rival if there is none."""
    rivals = {name: (one["seconds"], one["total"]) for name, one in found["rivals"].items()}
    if "scipy" in found:
        rivals = {"scipy": (found["scipy"], found["scipy_total"]), **rivals}
    first = [case.title, f"{found['edges']:,}", _seconds(found["seconds"])]
    lottery = _lottery(found)
    memory = f"{found['peak_mb']:,.0f} MB"
    rows = []
    for at, (name, (seconds, total)) in enumerate(rivals.items()):
        if total != found["total"] and not (name == _INEXACT and total < found["total"]):
            raise AssertionError(f"{case.title}: {found['total']} against {total} by {name}")
        short = f", {1 - total / found['total']:.2%} short" if total != found["total"] else ""
        most = case.most if at == 0 else None
        ratio = found["seconds"] / seconds
        goal = ("", "") if most is None else (f"{most:.2g}", met(ratio, most))
        rival = f"{name} {_seconds(seconds)}{short}"
        rows.append((*first, rival, f"**{ratio:.3g}**", *goal, lottery, memory))
    return rows or [(*first, "", "", "", "", lottery, memory)]


def _lottery(found: dict[str, Any]) -> str:
    """Return the time that the lottery adds, and in units of the solve."""
    if "lottery" not in found:
        return ""
    return f"{_seconds(found['lottery'])} ({found['lottery'] / found['seconds']:.2f})"


def _change_rows(case: Case, found: dict[str, Any]) -> list[tuple[str, ...]]:
    bare = found["rivals"].get("flow", {}).get("seconds")
    rows: list[tuple[str, ...]] = []
    for sort, seconds in found.get("changes", {}).items():
        middle, worst = median(seconds), max(seconds)
        row = (case.title, sort, f"{1e6 * middle:.0f}", f"{1e6 * worst:.0f}")
        shares = ("", "", "")
        if bare:
            good = middle <= _MEDIAN * bare and worst <= _WORST * bare
            shares = (f"{middle / bare:.2%}", f"{worst / bare:.2%}", "yes" if good else "no")
        rows.append((*row, *shares))
    return rows


def _first_call(shop: Workshop) -> Grid:
    """Return what a new process pays for the compiled code, with and without a warm cache."""
    cache = shop.folder / "machine-code"
    cold, warm = (
        run_child("benchmarks.assignment_first", NUMBA_CACHE_DIR=str(cache)) for _ in "12"
    )
    rows = [
        (name, _seconds(one["import"]), _seconds(one["first"]), f"{one['peak_mb']:.0f} MB")
        for name, one in (("nothing compiled yet", cold), ("compiled before", warm))
    ]
    return Grid(
        "A new process, CPU seconds",
        ("machine code", "import of numba", "first call of every function", "memory"),
        rows,
    )


def _bids(shop: Workshop) -> list[Grid]:
    """Return the optima of the bids of two conferences, where that data set is at hand."""
    folder = Path(shop.data) / "preflib_bids"
    if not folder.is_dir():
        return []
    rows = [
        (name, what, str(total), str(OPTIMA[name, what]), met(abs(total - OPTIMA[name, what]), 0))
        for (name, what), total in optima(folder).items()
    ]
    columns = ("conference", "what", "total", "known optimum", "met")
    return [
        Grid("Real bids, every paper three reviewers of at most six; one to one", columns, rows)
    ]


def _seconds(value: float) -> str:
    return f"{1000 * value:.2f} ms" if value < 0.1 else f"{value:.2f} s"
