"""Which clocks run for a need, through every walk of its states."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

import pytest
from store_records import MORNING, a_need

from peipao.domain.states import NEED, NeedState
from peipao.domain.steps import (
    NeedStep,
    StepName,
    StepResult,
    first_steps,
    open_steps,
    steps_after,
)
from peipao.reference.deadlines import packaged_deadlines

LONGEST = 8


def walked(states: Sequence[NeedState], reason: str | None = None) -> list[NeedStep]:
    """Return the steps of a need that goes through states, an hour apart."""
    need, deadlines = a_need(owner="o1"), packaged_deadlines()
    steps = {(one.step, one.turn): one for one in first_steps(need, MORNING, deadlines)}
    for hours, to in enumerate(states, start=1):
        now = MORNING + dt.timedelta(hours=hours)
        changed = steps_after(need, list(steps.values()), to, now, deadlines, reason=reason)
        steps |= {(one.step, one.turn): one for one in changed}
        need = a_need(owner="o1", state=to)
    return list(steps.values())


def walks(
    state: NeedState = NeedState.OPENED, so_far: tuple[NeedState, ...] = ()
) -> Iterator[tuple[NeedState, ...]]:
    """Yield every walk of at most `LONGEST` moves."""
    yield so_far
    if len(so_far) < LONGEST:
        for to in NEED.moves[state]:
            yield from walks(to, (*so_far, to))


def shown(steps: Sequence[NeedStep]) -> list[tuple[str, int, str | None]]:
    """Return name, turn and result of steps."""
    return sorted((one.step.value, one.turn, one.result and one.result.value) for one in steps)


def test_a_new_need_has_a_clock_for_being_looked_at_and_one_for_being_answered() -> None:
    assert shown(walked(())) == [("acknowledge", 1, None), ("respond", 1, None)]


def test_acknowledging_is_no_response() -> None:
    found = walked([NeedState.ACKNOWLEDGED])
    assert shown(found) == [("acknowledge", 1, "done"), ("respond", 1, None)]


def test_an_offer_that_falls_through_begins_a_second_response_and_leaves_the_first() -> None:
    found = walked([NeedState.ACKNOWLEDGED, NeedState.OFFERED, NeedState.ACKNOWLEDGED])
    assert shown(found) == [
        ("acknowledge", 1, "done"),
        ("confirm", 1, "fell_through"),
        ("respond", 1, "done"),
        ("respond", 2, None),
    ]
    second = next(one for one in found if one.turn == 2)
    assert second.started_at == MORNING + dt.timedelta(hours=3)


@pytest.mark.parametrize(
    ("reason", "result"),
    [("withdrawn", "withdrawn"), ("duplicate", "withdrawn"), ("other", "closed"), (None, "closed")],
)
def test_only_what_the_founder_takes_back_is_not_owed(reason: str | None, result: str) -> None:
    found = walked([NeedState.CLOSED], reason)
    assert shown(found) == [("acknowledge", 1, result), ("respond", 1, result)]


def test_every_walk_leaves_an_open_clock_until_the_end_and_none_after_it() -> None:
    lasting = {walk: len(list(open_steps(walked(walk)))) for walk in walks()}
    assert len(lasting) > 60
    wrong = [
        walk
        for walk, count in lasting.items()
        if NEED.is_final(walk[-1] if walk else NeedState.OPENED) != (count == 0)
    ]
    assert wrong == []


def test_no_walk_begins_a_clock_twice_or_answers_without_an_offer_or_a_referral() -> None:
    answers = {NeedState.OFFERED, NeedState.REFERRED}
    wrong = [
        walk
        for walk in walks()
        if any(
            one.step is StepName.RESPOND and one.turn == 1 and one.result is StepResult.DONE
            for one in walked(walk)
        )
        != bool(answers & set(walk))
    ]
    assert wrong == []
