"""Requests and clocks of the generated needs: when each was said, looked at, answered and ended.

Nothing is made up beside what the feedback says: a need was answered when somebody was asked for
it, matched when both accepted, in service when they met. A need for which nobody was asked was
not answered, and the figures of the response rate say so.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from peipao.domain.records import Feedback, FeedbackType, Need
from peipao.domain.requests import Request, RequestChannel
from peipao.domain.states import NeedState
from peipao.domain.steps import Deadlines, NeedStep, first_steps, steps_after

CHANNELS = (  # shares of where requests come in; assumptions
    (0.45, RequestChannel.PORTAL),
    (0.70, RequestChannel.OFFICER),
    (0.85, RequestChannel.HOTLINE),
    (1.00, RequestChannel.SPACE),
)
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
    steps = {
        need.id: _steps(need, list(_moves(seed, need, events[need.id], now)), now, deadlines)
        for need in stated
    }
    return Past(tuple(stated), tuple(said), steps)


def _request(need: Need, share: float) -> Request:
    channel = next(one for limit, one in CHANNELS if share < limit)
    topic = need.attributes.get("topic")
    words = topic.value if topic is not None and isinstance(topic.value, str) else ""
    key = f"q-{need.id}"
    return Request(key, need.project_id, channel, need.opened_at, key, words)


def _moves(seed: int, need: Need, events: Sequence[Feedback], now: dt.datetime) -> Iterator[Move]:
    """Yield when the need moved where, up to its state of today."""
    if need.state is NeedState.OPENED:
        return
    drawn = _drawn(seed, need.id)
    looked_at = need.opened_at + dt.timedelta(hours=2 + 40 * drawn[1] ** 2)
    first = {
        type_: min(one.at for one in events if one.type is type_)
        for type_ in {one.type for one in events}
    }
    asked = first.get(FeedbackType.ASKED)
    looked_at = min(looked_at, asked or now - _TOLD_WITHIN)
    yield looked_at, NeedState.ACKNOWLEDGED
    if need.state is NeedState.ACKNOWLEDGED:
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
        yield met + dt.timedelta(days=low + (high - low) * drawn[2]), NeedState.RESOLVED
    else:
        yield need.opened_at + _CLOSED_AFTER, NeedState.CLOSED


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
