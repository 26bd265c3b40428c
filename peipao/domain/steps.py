"""The steps of a need, each with a clock: what a move of the need begins and ends.

A need has one state; its open steps follow from the moves that led there. The first response
runs from the day on which the need was opened, beside its acknowledgement; every other step
begins when the one before it ends.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from peipao.domain.records import Need
from peipao.domain.states import NeedState
from peipao.domain.working_days import Deadline, deadline_after, month_of


class StepName(StrEnum):
    """What is to be done for a need."""

    ACKNOWLEDGE = "acknowledge"
    RESPOND = "respond"
    CONFIRM = "confirm"
    MEET = "meet"
    RESOLVE = "resolve"


LABELS: Mapping[StepName, str] = {
    StepName.ACKNOWLEDGE: "受理",
    StepName.RESPOND: "响应",
    StepName.CONFIRM: "确认",
    StepName.MEET: "对接",
    StepName.RESOLVE: "办结",
}


class StepResult(StrEnum):
    """How a step ended."""

    DONE = "done"
    FELL_THROUGH = "fell_through"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"


EXEMPT_REASONS = frozenset({"withdrawn", "duplicate"})
"""Reasons of closing that are the founder's own: such a need is not due if it ends in time."""


@dataclass(frozen=True, slots=True)
class NeedStep:
    """One step of one need.

    Attributes:
        turn: 1, 2, …; grows when the step has to be done again, as after an offer fell through.
        due_at: the last moment in time.
        owner: who is to do it; None only in a city that has no officer.
        assumed: the deadline rests on a calendar year that was not known.
        done_at: when it ended, in whatever way; None while it is open.
        result: how it ended; None while it is open.
        overdue_at: when it was told that the deadline had passed; None before.
        warned_at: when its owner was reminded that the deadline is near; None before.
    """

    need_id: str
    step: StepName
    turn: int
    started_at: dt.datetime
    due_at: dt.datetime
    owner: str | None = None
    assumed: bool = False
    done_at: dt.datetime | None = None
    result: StepResult | None = None
    overdue_at: dt.datetime | None = None
    warned_at: dt.datetime | None = None

    @property
    def due_month(self) -> str:
        """Return the month in Shanghai in which the deadline lies, such as `2026-03`."""
        return month_of(self.due_at)


@dataclass(frozen=True, slots=True)
class Deadlines:
    """How many working days each step may take.

    Attributes:
        working_days: of every step, >= 1.
    """

    working_days: Mapping[StepName, int]

    def of(self, step: StepName, start: dt.datetime) -> Deadline:
        """Return the deadline of a step that begins at `start`."""
        return deadline_after(start, self.working_days[step])


_N, _S, _R = NeedState, StepName, StepResult
_BEGINS: Mapping[NeedState, StepName] = {
    _N.ACKNOWLEDGED: _S.RESPOND,
    _N.OFFERED: _S.CONFIRM,
    _N.MATCHED: _S.MEET,
    _N.IN_SERVICE: _S.RESOLVE,
}
_DONE_BY: Mapping[NeedState, frozenset[StepName]] = {
    _N.ACKNOWLEDGED: frozenset({_S.ACKNOWLEDGE}),
    _N.OFFERED: frozenset({_S.ACKNOWLEDGE, _S.RESPOND}),
    _N.MATCHED: frozenset({_S.ACKNOWLEDGE, _S.RESPOND, _S.CONFIRM}),
    _N.IN_SERVICE: frozenset({_S.ACKNOWLEDGE, _S.RESPOND, _S.CONFIRM, _S.MEET}),
    _N.RESOLVED: frozenset(_S),
    _N.REFERRED: frozenset({_S.ACKNOWLEDGE, _S.RESPOND}),
    _N.CLOSED: frozenset(),
}
"""State -> the steps that moving there completes; other open ones end without being done."""


def first_steps(need: Need, now: dt.datetime, deadlines: Deadlines) -> list[NeedStep]:
    """Return the open steps of a need that enters the books.

    One that is opened or acknowledged has its clock from the day on which it was opened. Of one
    that comes in further along, the past is not known and not claimed: its step begins now.
    """
    if need.state is NeedState.OPENED:
        names = (StepName.ACKNOWLEDGE, StepName.RESPOND)
        return [_begun(need, name, 1, need.opened_at, deadlines) for name in names]
    begins = _BEGINS.get(need.state)
    if begins is None:
        return []
    start = need.opened_at if begins is StepName.RESPOND else now
    return [_begun(need, begins, 1, start, deadlines)]


def steps_after(
    need: Need,
    steps: Sequence[NeedStep],
    to: NeedState,
    now: dt.datetime,
    deadlines: Deadlines,
    *,
    reason: str | None = None,
) -> list[NeedStep]:
    """Return the steps that a move changes or begins, as they are after it.

    Args:
        need: as it was before the move.
        steps: all steps of the need so far.
        to: the state it moves to.
        now: when it moves.
        deadlines: of the steps that begin.
        reason: of closing or falling back, a code.
    """
    ended = [_ended(one, to, now, reason) for one in steps if one.done_at is None]
    # The response of a need that is acknowledged for the first time runs already.
    stays = [one for one in ended if one.done_at is None]
    begins = _BEGINS.get(to)
    if begins is None or any(one.step is begins for one in stays):
        return [one for one in ended if one.done_at is not None]
    turn = 1 + max((one.turn for one in steps if one.step is begins), default=0)
    return [*ended, _begun(need, begins, turn, now, deadlines)]


def open_steps(steps: Iterable[NeedStep]) -> Iterator[NeedStep]:
    """Yield the steps that are to be done."""
    return (one for one in steps if one.done_at is None)


def _ended(one: NeedStep, to: NeedState, now: dt.datetime, reason: str | None) -> NeedStep:
    if one.step in _DONE_BY[to]:
        return replace(one, done_at=now, result=StepResult.DONE)
    if to is NeedState.ACKNOWLEDGED and one.step is StepName.RESPOND:
        return one
    if to is NeedState.CLOSED:
        exempt = reason in EXEMPT_REASONS
        return replace(
            one, done_at=now, result=StepResult.WITHDRAWN if exempt else StepResult.CLOSED
        )
    return replace(one, done_at=now, result=StepResult.FELL_THROUGH)


def _begun(
    need: Need, step: StepName, turn: int, start: dt.datetime, deadlines: Deadlines
) -> NeedStep:
    due = deadlines.of(step, start)
    return NeedStep(need.id, step, turn, start, due.at, need.owner, due.assumed)
