"""The generated city has requests and clocks that say what its feedback says."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from peipao.domain.records import FeedbackType
from peipao.domain.states import NEED, NeedState
from peipao.domain.steps import NeedStep, StepName, StepResult
from peipao.kinds.catalogue import load_catalogue
from peipao.reference.loader import load_reference
from peipao.sample.city import City, generate_city
from peipao.sample.history import OVERLOOKED, TAKEN_LATE
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


def first_responses(city: City) -> dict[str, NeedStep]:
    """Return the first response step of every need."""
    return {
        need.id: step
        for need in city.needs
        for step in city.steps[need.id]
        if step.step is StepName.RESPOND and step.turn == 1
    }


def asked_at(city: City) -> dict[str, dt.datetime]:
    """Return when somebody was first asked for a need."""
    asked: dict[str, dt.datetime] = {}
    for one in city.feedback:
        if one.type is FeedbackType.ASKED:
            asked[one.need_id] = min(one.at, asked.get(one.need_id, one.at))
    return asked


def test_a_need_was_answered_when_somebody_was_asked_or_its_officer_took_it(city: City) -> None:
    asked, steps = asked_at(city), first_responses(city)
    answered = {key: one for key, one in steps.items() if one.result is StepResult.DONE}
    assert {key: one.done_at for key, one in answered.items() if key in asked} == asked
    states = {need.id: need.state for need in city.needs}
    assert {states[key] for key in asked} <= {NeedState.RESOLVED, NeedState.CLOSED}
    taken = set(answered) - set(asked)
    assert taken == {key for key, state in states.items() if state is NeedState.REFERRED}
    assert all(answered[key].owner is not None for key in taken)


def test_the_share_that_officers_missed_is_the_one_that_is_stated(city: City) -> None:
    asked, steps = asked_at(city), first_responses(city)
    past = {need.id for need in city.needs if NEED.is_final(need.state)} - set(asked)
    missed = [key for key in past if not in_time(steps[key])]
    stated = OVERLOOKED + TAKEN_LATE
    sigma = (stated * (1 - stated) * len(past)) ** 0.5
    assert len(past) > 80
    assert abs(len(missed) - stated * len(past)) <= 4 * sigma


def in_time(step: NeedStep) -> bool:
    done = step.result is StepResult.DONE
    return done and step.done_at is not None and step.done_at <= step.due_at


def test_of_the_needs_that_wait_hardly_any_is_owed_an_answer_already() -> None:
    reference = load_reference()
    many = replace(SIZE, projects=400, history=0.0)
    city = generate_city(many, 7, reference, load_catalogue(reference), TODAY)
    open_ones = [one for one in first_responses(city).values() if one.done_at is None]
    owed = [one for one in open_ones if one.due_at < NOW]
    assert len(open_ones) > 1_000
    assert 0 < len(owed) < 0.03 * len(open_ones)


def test_a_city_without_officers_has_nobody_who_takes_a_need() -> None:
    reference = load_reference()
    city = generate_city(
        replace(SIZE, officers=0), 2026, reference, load_catalogue(reference), TODAY
    )
    assert NeedState.REFERRED not in {need.state for need in city.needs}


def test_what_is_overdue_was_told_already_so_that_the_first_tick_is_quiet(city: City) -> None:
    late = [
        step
        for steps in city.steps.values()
        for step in steps
        if step.done_at is None and step.due_at < NOW
    ]
    assert late
    assert all(step.overdue_at is not None for step in late)
