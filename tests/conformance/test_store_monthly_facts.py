"""Monthly facts are appended, never overwritten, on either database."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from store_records import a_project

from peipao.domain.monthly_facts import MonthlyFact
from peipao.errors import NotFoundError
from peipao.store import Store


def a_fact(**changes: Any) -> MonthlyFact:
    """Return three new jobs of project p1 in March, told by the firm."""
    stated = {"project_id": "p1", "month": "2026-03", "name": "jobs_created", "value": 3.0}
    return MonthlyFact(**{**stated, "source": "企业填报", **changes})


@pytest.fixture
def noted(store: Store) -> Store:
    """Projects p1 and p2, and three new jobs of p1."""
    with store.transaction(who="clerk", why="登记") as tx:
        tx.projects.add_many([a_project("p1"), a_project("p2")])
        assert tx.monthly_facts.note_many([a_fact()]) == 1
    return store


def test_what_is_noted_again_changes_nothing_and_owes_the_ledger_nothing(noted: Store) -> None:
    with noted.transaction(who="other", why="再报") as tx:
        before = tx.data_version()
        assert tx.monthly_facts.note_many([a_fact()]) == 0
    with noted.reading() as tx:
        assert tx.data_version() == before
        (held,) = tx.monthly_facts.of_project("p1")
    assert (held.by, held.number) == ("clerk", 0)


def test_a_correction_holds_and_the_first_figure_stays_readable(noted: Store) -> None:
    with noted.transaction(who="other", why="更正") as tx:
        wanted = [a_fact(value=5.0, source="社保数据", confidence=0.9)]
        assert tx.monthly_facts.note_many(wanted) == 1
    with noted.reading() as tx:
        (held,) = tx.monthly_facts.current(first="2026-03", last="2026-03")
        history = tx.monthly_facts.history("p1", "2026-03", "jobs_created")
        (line,) = [one for one in tx.ledger.about("project:p1") if one.who == "other"]
    assert (held.value, held.source, held.confidence, held.number) == (5.0, "社保数据", 0.9, 1)
    assert [one.value for one in history] == [3.0, 5.0]
    assert line.payload == {
        "month": "2026-03",
        "facts": {"jobs_created": [5.0, "社保数据", 0.9]},
    }


def test_only_months_within_the_span_are_told_by_project_month_and_name(noted: Store) -> None:
    others = [
        a_fact(project_id="p2", month="2026-04"),
        a_fact(month="2026-02", name="revenue", value=1e6),
        a_fact(month="2026-05"),
    ]
    with noted.transaction(who="clerk", why="登记") as tx:
        assert tx.monthly_facts.note_many(others) == 3
    with noted.reading() as tx:
        found = tx.monthly_facts.current(first="2026-02", last="2026-04")
    assert [one.place for one in found] == [
        ("p1", "2026-02", "revenue"),
        ("p1", "2026-03", "jobs_created"),
        ("p2", "2026-04", "jobs_created"),
    ]


def test_a_fact_of_a_project_that_is_not_stored_is_refused(noted: Store) -> None:
    with pytest.raises(NotFoundError, match="p9"), noted.transaction(who="c", why="x") as tx:
        tx.monthly_facts.note_many([a_fact(value=4.0), a_fact(project_id="p9")])
    with noted.reading() as tx:
        assert [one.value for one in tx.monthly_facts.of_project("p1")] == [3.0]
        assert replace(tx.monthly_facts.of_project("p1")[0], at=None, by=None) == a_fact()
