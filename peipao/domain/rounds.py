"""Rounds that no solver made: each kind has at most one of each, and its id says which."""

from __future__ import annotations

IMPORTED, BETWEEN = "imported", "between"
UNSOLVED = (IMPORTED, BETWEEN)
"""Pairings from before the system; pairs decided between rounds."""


def imported_id(kind: str) -> str:
    """Return the id of the round that holds the pairings of a kind from before the system."""
    return f"{IMPORTED}-{kind}"


def is_solved(round_id: str, kind: str) -> bool:
    """Return whether a round came out of a solver, and so can be replayed and compared."""
    return round_id not in {f"{prefix}-{kind}" for prefix in UNSOLVED}
