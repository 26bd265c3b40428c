"""The race of `offers_race` on PostgreSQL."""

from __future__ import annotations

from benchmarks.offers_race import race_section
from benchmarks.postgresql import postgresql
from benchmarks.report import Section
from benchmarks.workshop import Workshop


def run(shop: Workshop) -> Section:
    """Measure on PostgreSQL."""
    with postgresql() as new_database:
        return race_section(shop, "PostgreSQL", new_database())
