"""The solvers against trying everything, against each other and against the clock."""

from __future__ import annotations

from benchmarks.quoted import output_of
from benchmarks.report import Section
from benchmarks.workshop import Workshop

_NOTE = """\
Small rounds are held against trying every assignment, larger ones are solved by all engines that
take them; then the best of {runs} solves by size, in seconds."""


def run(shop: Workshop) -> Section:
    """Measure and return the section."""
    proofs = output_of("benchmarks.optimality")
    speed = output_of("benchmarks.optimality", "--speed", "--repeat", str(shop.runs))
    return Section(
        title="Optimal, proven, and how fast",
        notes=(_NOTE.format(runs=shop.runs),),
        output=f"{proofs}\n\n{speed}",
    )
