"""The code tables of a dataset: what its own columns hold stands in for the reference data."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

STAGE = "startup"
"""Datasets do not state stages: all projects have this one, which therefore says nothing."""

NEAR, FAR = 15.0, 120.0
"""Minutes inside a district and to any other: datasets name places and no roads."""


@dataclass(frozen=True, slots=True)
class DatasetTables:
    """Codes by table, a table being a column such as `projects.field`.

    Attributes:
        columns: table -> its codes, sorted.
        industries: none; a dataset brings no dictionary.
        travel: no travel time is checked.
    """

    columns: Mapping[str, tuple[str, ...]]
    industries: Mapping[str, Any] = field(default_factory=dict)
    travel: Mapping[tuple[str, str], Any] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        unchecked = SimpleNamespace(verified=False)
        object.__setattr__(self, "travel", defaultdict(lambda: unchecked))

    def codes(self, table: str, /) -> tuple[str, ...]:
        """Return the codes of a table; none for one that the dataset does not have."""
        return (STAGE,) if table == "stages" else self.columns.get(table, ())

    def label(self, table: str, code: str, /) -> str:
        """Return the code itself."""
        del table
        return code

    def district_of(self, text: str, /) -> str | None:
        """Return the place of that very name, if a column of places holds it."""
        return text if text in self.codes("districts") else None

    def travel_minutes(self, a: str, b: str, /) -> float:
        """Return a short time inside a place and a long one to any other."""
        return NEAR if a == b else FAR

    def industry_nearness(self, a: str, b: str, /) -> float:
        """Return 1 for equal codes, else 0."""
        return float(a == b)
