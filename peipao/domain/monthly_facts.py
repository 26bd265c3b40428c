"""月度情况: what the books know of a project in a month, with its source and how sure it is."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MonthlyFact:
    """One figure of one project and month; a later one replaces it, nothing is overwritten.

    Attributes:
        month: such as `2026-03`.
        name: id of the fact in `monthly_facts.yaml`.
        value: >= 0, in the unit of the fact, to the hundredth.
        source: where it comes from, such as `企业填报`; a phrase, never a person.
        confidence: in (0, 1].
        number: 0 is the first figure; 1, 2, … replace it, the last of which holds.
        at, by: when and by which account it was noted; None before it is stored.
    """

    project_id: str
    month: str
    name: str
    value: float
    source: str
    confidence: float = 1.0
    number: int = 0
    at: dt.datetime | None = None
    by: str | None = None

    def says_as(self, other: MonthlyFact) -> bool:
        """Tell whether both say the same, whoever noted them when."""
        return (self.value, self.source, self.confidence) == (
            other.value,
            other.source,
            other.confidence,
        )

    @property
    def place(self) -> tuple[str, str, str]:
        """Return project, month and name."""
        return self.project_id, self.month, self.name
