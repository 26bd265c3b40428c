"""The rankers on real Chinese funding events, as `benchmarks/ranking.py` does on American ones."""

from __future__ import annotations

from benchmarks.ranking import section_of
from benchmarks.ranking_sets import SETS
from benchmarks.report import Section
from benchmarks.workshop import Workshop


def run(shop: Workshop) -> Section | None:
    """Measure and return the section; None where the data set is not there."""
    return section_of(SETS[1], "Real investment links: Chinese funding events", shop)
