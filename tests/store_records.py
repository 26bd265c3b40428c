"""Builders of stored records with defaults, so that a test says only what matters to it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from peipao.domain.records import (
    Feedback,
    FeedbackType,
    Match,
    Need,
    Outcome,
    OutcomeType,
    Project,
    Provider,
    Round,
    Versions,
)
from peipao.store import Store

MORNING = dt.datetime(2026, 3, 2, 1, 30, tzinfo=dt.UTC)


def a_project(key: str = "p1", **changes: Any) -> Project:
    """Return a project of the start-up stage."""
    return Project(**{"id": key, "name": "青禾科技", "stage": "startup", **changes})


def a_need(key: str = "n1", **changes: Any) -> Need:
    """Return an open need of project p1 for a mentor."""
    stated = {"id": key, "project_id": "p1", "kind": "mentor", "opened_at": MORNING}
    return Need(**{**stated, **changes})


def a_provider(key: str = "m1", **changes: Any) -> Provider:
    """Return a mentor with one place."""
    return Provider(**{"id": key, "kind": "mentor", "name": "导师甲", "capacity": 1, **changes})


def a_round(key: str = "r1", **changes: Any) -> Round:
    """Return a draft of mentors made by `maker`."""
    stated = {
        "id": key,
        "kind": "mentor",
        "created_at": MORNING,
        "created_by": "maker",
        "seed": "2026-03",
        "versions": Versions("mentor-0001", "12", "r" * 64, "t" * 64),
        "digest": "d" * 64,
        "figures": {"total_affinity": 0.75, "n_matches": 1.0},
        "certificate": {"gap": 0, "feasible": True},
    }
    return Round(**{**stated, **changes})


def a_match(key: str = "k1", **changes: Any) -> Match:
    """Return a proposed match of need n1 with mentor m1 in round r1."""
    stated = {"id": key, "round_id": "r1", "need_id": "n1", "provider_id": "m1", "affinity": 0.75}
    return Match(**{**stated, **changes})


def an_event(key: str = "f1", **changes: Any) -> Feedback:
    """Return feedback that mentor m1 was shown for need n1."""
    stated = {
        "id": key,
        "need_id": "n1",
        "provider_id": "m1",
        "type": FeedbackType.SHOWN,
        "at": MORNING,
        "said_by": "founder",
    }
    return Feedback(**{**stated, **changes})


def an_outcome(need_id: str = "n1", **changes: Any) -> Outcome:
    """Return the outcome of a need that got a match."""
    return Outcome(**{"need_id": need_id, "type": OutcomeType.PAIRED, **changes})


def with_people(store: Store, *, needs: int = 1, providers: int = 1, capacity: int = 1) -> None:
    """Store project p1, needs n1 … and mentors m1 …."""
    with store.transaction(who="clerk", why="登记") as tx:
        tx.projects.add(a_project())
        tx.needs.add_many([a_need(f"n{number + 1}") for number in range(needs)])
        tx.providers.add_many(
            [a_provider(f"m{number + 1}", capacity=capacity) for number in range(providers)]
        )


def with_draft(store: Store, *matches: Match, round_id: str = "r1") -> None:
    """Store a draft with the matches."""
    with store.transaction(who="maker", why="撮合") as tx:
        tx.rounds.save_draft(a_round(round_id), list(matches), [])
