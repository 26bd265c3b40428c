"""The generated city has requests and clocks that say what its feedback says."""

from __future__ import annotations

import datetime as dt

import pytest

from peipao.domain.records import FeedbackType
from peipao.domain.states import NEED, NeedState
from peipao.domain.steps import StepName, StepResult
from peipao.kinds.catalogue import load_catalogue
from peipao.reference.loader import load_reference
from peipao.sample.city import City, generate_city
from peipao.sample.size import CitySize

TODAY = dt.date(2026, 6, 1)
NOW = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
SIZE = CitySize(projects=30, earlier=15, mentors=12, officers=6, talents=4, service_points=3)


@pytest.fixture(scope="module")
def city() -> City:
    """A small city."""
    reference = load_reference()
    return generate_city(SIZE, 2026, reference, load_catalogue(reference), TODAY)


def test_every_need_was_said_in_a_request_of_its_own(city: City) -> None:
    said = {(one.id, one.project_id, one.channel, one.opened_at) for one in city.requests}
    assert said == {
        (need.request_id, need.project_id, need.channel, need.opened_at) for need in city.needs
    }


def test_a_need_has_an_open_clock_until_its_end_and_nothing_lies_ahead(city: City) -> None:
    for need in city.needs:
        running = [one for one in city.steps[need.id] if one.done_at is None]
        assert bool(running) != NEED.is_final(need.state)
        assert all((one.done_at or one.started_at) <= NOW for one in city.steps[need.id])
        assert {one.owner for one in city.steps[need.id]} == {need.owner}


def test_a_past_need_was_answered_when_somebody_was_asked_for_it(city: City) -> None:
    asked: dict[str, dt.datetime] = {}
    for one in city.feedback:
        if one.type is FeedbackType.ASKED:
            asked[one.need_id] = min(one.at, asked.get(one.need_id, one.at))
    answered = {
        need.id: step.done_at
        for need in city.needs
        for step in city.steps[need.id]
        if step.step is StepName.RESPOND and step.result is StepResult.DONE
    }
    assert answered == asked
    assert {need.state for need in city.needs if need.id in asked} <= {
        NeedState.RESOLVED,
        NeedState.CLOSED,
    }


def test_what_is_overdue_was_told_already_so_that_the_first_tick_is_quiet(city: City) -> None:
    late = [
        step
        for steps in city.steps.values()
        for step in steps
        if step.done_at is None and step.due_at < NOW
    ]
    assert late
    assert all(step.overdue_at is not None for step in late)
