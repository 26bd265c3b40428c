"""Migrations that are killed: what is left is the old version or the new one (P23)."""

from __future__ import annotations

from typing import Any

from benchmarks.postgresql import postgresql
from benchmarks.processes import run_child
from benchmarks.report import Grid, Section
from benchmarks.workshop import Workshop

FIRST_WITH_ALL = "0002"
"""The oldest version that has every table whose rows are counted."""
_KILLED = """\
A database of an older version is migrated by a process that is killed with SIGKILL: 20 times at a
random moment between the migration's begin and end, and after each of its SQL statements, or 20 of
them drawn at random. *Whole* means: the schema is exactly that of one of the two versions, no
row is missing, the ledger's chain holds, and migrating again reaches the new version. A kill that
came after the commit has *arrived*."""


def run(shop: Workshop) -> Section:
    """Measure and return the section."""
    return Section("Migrations killed", (_KILLED,), (_of_killed(_killed(shop)),))


def _killed(shop: Workshop) -> list[dict[str, Any]]:
    with postgresql() as new_database:
        return [
            run_child("benchmarks.rounds_killed", str(shop.folder / f"killed-{at}"), *how)
            for at, how in enumerate(
                (
                    ("", "1000", "-1"),
                    ("", "1000", FIRST_WITH_ALL),
                    (new_database(), "1000", "-1"),
                    (new_database(), "1000", FIRST_WITH_ALL),
                )
            )
        ]


def _of_killed(runs: list[dict[str, Any]]) -> Grid:
    return Grid(
        "A city of scale S (P23)",
        ("database", "rows", "from → to", "it takes", "killed", "stayed", "arrived", "whole"),
        [
            (
                one["database"],
                f"{one['rows']}",
                f"{one['from']} → {one['to']}",
                f"{one['took_s']:.2f} s, {one['statements']} statements",
                f"{one['by_time']} by time, {one['by_statement']} by statement",
                f"{one['stayed']}",
                f"{one['arrived']}",
                f"{one['whole']}/{one['killed']}",
            )
            for one in runs
        ],
    )
