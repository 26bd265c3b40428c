"""Requests and clocks of the generated needs: when each was said, looked at, answered and ended.

What the feedback says is what happened: a need was answered when somebody was asked for it, matched
when both accepted, in service when they met. A need for which nobody was asked by its deadline was
taken by its officer before, as the rule is (docs/needs.md): it was referred, which is a response.
A few were taken too late, a few were overlooked; how many is an assumption, stated below. The
response rate counts all of this as it counts everything else.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from peipao.domain.records import Feedback, FeedbackType, Need
from peipao.domain.requests import Request, RequestChannel
from peipao.domain.states import NeedState
from peipao.domain.steps import Deadlines, NeedStep, StepName, first_steps, steps_after

CHANNELS = (  # shares of where requests come in; assumptions
    (0.45, RequestChannel.PORTAL),
    (0.70, RequestChannel.OFFICER),
    (0.85, RequestChannel.HOTLINE),
    (1.00, RequestChannel.SPACE),
)
OVERLOOKED, TAKEN_LATE = 0.02, 0.03
"""Shares of the needs nobody was asked for that no officer took, or took too late; assumptions."""

_LATEST = dt.timedelta(days=6)
_CLOSED_AFTER = dt.timedelta(days=45)
_SERVICE_DAYS = (8.0, 13.0)
_TOLD_WITHIN = dt.timedelta(minutes=1)
_BELOW = float(1 << 32)

Move = tuple[dt.datetime, NeedState]


@dataclass(frozen=True, slots=True)
class Past:
    """Needs with their requests and steps."""

    needs: tuple[Need, ...]
    requests: tuple[Request, ...]
    steps: Mapping[str, tuple[NeedStep, ...]]


def with_history(
    seed: int,
    needs: Sequence[Need],
    feedback: Iterable[Feedback],
    now: dt.datetime,
    deadlines: Deadlines,
) -> Past:
    """Return the needs with a request and the steps that led to their state.

    What is drawn for a need depends on the seed and its id alone.

    Args:
        seed: of the city.
        needs: with their owners and their states of today.
        feedback: about these needs.
        now: the first moment of today; nothing lies after it.
        deadlines: of the steps.
    """
    events: dict[str, list[Feedback]] = {need.id: [] for need in needs}
    for one in feedback:
        events[one.need_id].append(one)
    said = [_request(need, _drawn(seed, need.id)[0]) for need in needs]
    stated = [
        replace(need, request_id=request.id, channel=request.channel)
        for need, request in zip(needs, said, strict=True)
    ]
    ended = [_taken(seed, need, events[need.id], deadlines) for need in stated]
    steps = {}
    for need, taken_at in ended:
        moves = list(_moves(seed, need, events[need.id], now, taken_at))
        steps[need.id] = _steps(need, moves, now, deadlines)
    return Past(tuple(need for need, _ in ended), tuple(said), steps)


def _taken(
    seed: int, need: Need, events: Sequence[Feedback], deadlines: Deadlines
) -> tuple[Need, dt.datetime | None]:
    """Return the need as it ended, and when its officer took it; None if none did.

    Only of a past need that nobody was ever asked for, and that has an officer.
    """
    asked = any(one.type is FeedbackType.ASKED for one in events)
    share, moment = _drawn(seed, f"{need.id}/taken")[:2]
    if need.state is not NeedState.CLOSED or asked or need.owner is None or share < OVERLOOKED:
        return need, None
    due = deadlines.of(StepName.RESPOND, need.opened_at).at
    if share < OVERLOOKED + TAKEN_LATE:
        at = due + _LATEST * moment
    else:
        looked_at = _looked_at(seed, need)
        at = looked_at + (due - looked_at) * moment
    return replace(need, state=NeedState.REFERRED), at


def _request(need: Need, share: float) -> Request:
    channel = next(one for limit, one in CHANNELS if share < limit)
    topic = need.attributes.get("topic")
    words = topic.value if topic is not None and isinstance(topic.value, str) else ""
    key = f"q-{need.id}"
    return Request(key, need.project_id, channel, need.opened_at, key, words)


def _looked_at(seed: int, need: Need) -> dt.datetime:
    """Return when somebody first looked at a need: within two days."""
    return need.opened_at + dt.timedelta(hours=2 + 40 * _drawn(seed, need.id)[1] ** 2)


def _moves(
    seed: int,
    need: Need,
    events: Sequence[Feedback],
    now: dt.datetime,
    taken_at: dt.datetime | None,
) -> Iterator[Move]:
    """Yield when the need moved where, up to its state of today."""
    if need.state is NeedState.OPENED:
        return
    looked_at = _looked_at(seed, need)
    first = {
        type_: min(one.at for one in events if one.type is type_)
        for type_ in {one.type for one in events}
    }
    asked = first.get(FeedbackType.ASKED)
    looked_at = min(looked_at, asked or now - _TOLD_WITHIN)
    yield looked_at, NeedState.ACKNOWLEDGED
    if need.state is NeedState.ACKNOWLEDGED:
        return
    if taken_at is not None:
        # Today is not over: what would be done later was done in its last minute so far.
        yield min(taken_at, now - _TOLD_WITHIN), NeedState.REFERRED
        return
    met = first.get(FeedbackType.MET) if need.state is NeedState.RESOLVED else None
    accepted = first.get(FeedbackType.ACCEPTED)
    if asked is not None:
        yield asked, NeedState.OFFERED
        if accepted is not None:
            yield accepted, NeedState.MATCHED
        if met is not None:
            yield met, NeedState.IN_SERVICE
    if met is not None:
        low, high = _SERVICE_DAYS
        share = _drawn(seed, need.id)[2]
        yield met + dt.timedelta(days=low + (high - low) * share), NeedState.RESOLVED
    else:
        yield min(need.opened_at + _CLOSED_AFTER, now - _TOLD_WITHIN), NeedState.CLOSED


def _steps(
    need: Need, moves: Sequence[Move], now: dt.datetime, deadlines: Deadlines
) -> tuple[NeedStep, ...]:
    before = replace(need, state=NeedState.OPENED)
    steps = {(one.step, one.turn): one for one in first_steps(before, now, deadlines)}
    for at, to in moves:
        changed = steps_after(before, list(steps.values()), to, at, deadlines, reason="unreachable")
        steps |= {(one.step, one.turn): one for one in changed}
        before = replace(before, state=to)
    return tuple(_told(one, now) for one in steps.values())


def _told(one: NeedStep, now: dt.datetime) -> NeedStep:
    """Return a step as the scheduler of then would have left it."""
    if (one.done_at or now) <= one.due_at:
        return one
    return replace(one, warned_at=one.due_at, overdue_at=one.due_at + _TOLD_WITHIN)


def _drawn(seed: int, key: str) -> tuple[float, float, float]:
    digest = hashlib.sha256(f"{seed}/history/{key}".encode()).digest()
    a, b, c = (int.from_bytes(digest[n : n + 4], "big") / _BELOW for n in (0, 4, 8))
    return a, b, c
