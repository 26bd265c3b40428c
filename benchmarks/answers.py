"""What staff are told, held against engines written apart: reasons, places, ways out, optima."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from benchmarks.processes import run_child
from benchmarks.report import Grid, Section, met
from benchmarks.workshop import Workshop

_NOTE = """\
Rounds are drawn with every sort of limit at once: places, minimums, pins, vetoes, reservations,
group quotas that nest (two thirds) or cross. The other engine is a programme written from the
arrays alone and solved by HiGHS' branch and bound (up to 200 needs), or trying every plan (up to
7). Where every plan was tried and quotas do not cross, the pairs that the lottery draws are
compared too."""

_REASONS = """\
A reason is right if what it states about the round is so, if forbidding (or forcing) the pair
costs exactly the margin told, if the smallest change told turns every optimum and one unit less
does not, and if each obstacle, taken away, leaves exactly what was told and none is left out; all
of it by the other engine."""

_PARTS = (
    ("brute", "optimum of up to 7 x 7, every plan tried", 2000),
    ("differential", "optimum of up to 200 x 200", 300),
    ("places", "one more and one less of a place or quota, bottlenecks, up to 40 x 40", 200),
    ("relaxations", "cheapest way out, every way tried, each unit left out once", 900),
)
_SAMPLES = 1000


def run(shop: Workshop) -> Section:
    """Verify everything and return the section; nothing here depends on the time it takes."""
    del shop
    with ThreadPoolExecutor(2) as pool:
        reasons = pool.submit(run_child, "benchmarks.answers_reasons", str(_SAMPLES))
        parts = [
            pool.submit(run_child, "benchmarks.answers_child", name, str(count))
            for name, _, count in _PARTS
        ]
        found = [part.result() for part in parts]
        told = reasons.result()
    rows = [
        _row(what, count, counted) for (_, what, count), counted in zip(_PARTS, found, strict=True)
    ]
    obstacles = told.pop("obstacles", 0)
    rows.append(
        _row(f"why, and why not, with {obstacles} obstacles, up to 30 x 30", _SAMPLES, told)
    )
    columns = ("what", "rounds or pairs", "mismatches", "met", "of which")
    return Section("Answers", [_NOTE, _REASONS], [Grid("Mismatches", columns, rows)])


def _row(what: str, count: int, found: dict[str, int]) -> tuple[str, ...]:
    wrong = sum(number for word, number in found.items() if word.startswith("MISMATCH"))
    kinds = "; ".join(f"{number} {word}" for word, number in found.items())
    return (what, f"{count:,}", f"**{wrong}**", met(wrong, 0), kinds)
