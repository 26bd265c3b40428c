"""The rounds of `kill_rounds` on PostgreSQL."""

from __future__ import annotations

from benchmarks.kill_rounds import killed_section
from benchmarks.postgresql import postgresql
from benchmarks.report import Section
from benchmarks.workshop import Workshop

ROUNDS = {False: 4, True: 40}


def run(shop: Workshop) -> Section:
    """Measure on PostgreSQL."""
    with postgresql() as new_database:
        return killed_section(shop, "PostgreSQL", new_database(), ROUNDS[shop.large])
