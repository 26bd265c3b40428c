"""Two years of feedback: who was shown to whom, and what came of it.

Providers are shown by what staff could see (content), by fame (appeal) and by chance, as lists in
use would do, only where the rules allow the pair. Once a need has as many acceptances as it wants,
it asks nobody else.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from peipao.domain.records import Feedback, FeedbackType, Need
from peipao.domain.states import NeedState
from peipao.sample.likeness import allowed
from peipao.sample.scene import Scene
from peipao.sample.streams import stream
from peipao.sample.taste import (
    ACCEPTING,
    ASKING,
    MEETING,
    OPENING,
    KindTaste,
    Truth,
    chance,
)
from peipao.tables.profiles import BoolArray, FloatArray

SHOWN = {
    "mentor": 9,
    "service_officer": 4,
    "space": 6,
    "investor": 7,
    "loan_product": 4,
    "association": 3,
    "hr_agency": 3,
    "talent": 6,
    "service_org": 4,
}
"""Providers shown to a need, at most."""

REASONS = ("field_mismatch", "no_capacity", "too_far", "other")
"""Codes of why a provider declined."""

_OUTCOMES = {  # type of result, and its range in CNY or heads
    "mentor": ("first_order", 5e3, 3e5),
    "service_officer": ("policy_granted", 2e3, 1e5),
    "space": ("moved_in", 20, 800),
    "investor": ("financing", 3e5, 2e7),
    "loan_product": ("loan_granted", 5e4, 3e6),
    "association": ("cooperation", 1e4, 2e6),
    "hr_agency": ("hired", 1, 15),
    "talent": ("hired", 1, 1.5),
    "service_org": ("service_done", 5e2, 2e4),
}
_POOL = 800
"""Providers that a chunk of a large city meets; a list in use does not go through all of them."""
_T = FeedbackType
_SAID_BY = {
    _T.SHOWN: "system",
    _T.OPENED: "founder",
    _T.ASKED: "founder",
    _T.ACCEPTED: "provider",
    _T.DECLINED: "provider",
    _T.MET: "staff",
    _T.RATED: "founder",
    _T.OUTCOME: "staff",
}


@dataclass(frozen=True, slots=True)
class _Course:
    """What came of each pair shown, one row a pair, ordered by need and then by when it was asked.

    Attributes:
        need, provider: rows; `days` event -> days after the need was opened; `happened` likewise.
        utility, content: of the pair.
    """

    need: np.ndarray[tuple[int], np.dtype[np.int64]]
    provider: np.ndarray[tuple[int], np.dtype[np.int64]]
    utility: FloatArray
    content: FloatArray
    days: dict[FeedbackType, FloatArray]
    happened: dict[FeedbackType, BoolArray]


def past_feedback(
    scene: Scene, truth: Truth, kind: str, needs: Sequence[Need], chunk: int
) -> tuple[list[Need], list[Feedback]]:
    """Return the needs as they ended, and their feedback, unordered.

    Args:
        scene: ground of the city.
        truth: the hidden taste.
        kind: kind of the needs, which are all past.
        needs: closed needs.
        chunk: number of the chunk, which names the random numbers.
    """
    taste = truth.kinds[kind]
    if not needs or not taste.side.providers:
        return list(needs), []
    random = stream(scene.seed, "feedback", kind, chunk)
    count = len(taste.side.providers)
    if count > _POOL:
        taste = taste.only(np.sort(random.permutation(count)[:_POOL]).tolist())
    course = _course(truth, taste, needs, random)
    met = np.zeros(len(needs), bool)
    met[course.need[course.happened[_T.MET]]] = True
    ended = [
        replace(need, state=NeedState.RESOLVED) if done else need
        for need, done in zip(needs, met.tolist(), strict=True)
    ]
    return ended, list(_events(course, taste, needs, random))


def _course(
    truth: Truth, taste: KindTaste, needs: Sequence[Need], random: np.random.Generator
) -> _Course:
    parts = truth.parts(taste, needs)
    total = parts.total()
    seen = 0.6 * (parts.content + parts.appeal) + random.gumbel(size=total.shape)
    may = allowed(taste.spec, truth.need_side(needs), taste.side, truth.scene.reference)
    seen[~may] = -np.inf
    count = min(SHOWN[taste.spec.name], total.shape[1])
    best = np.sort(np.argpartition(-seen, count - 1, axis=1)[:, :count], axis=1)
    need, place = np.nonzero(np.take_along_axis(may, best, axis=1))
    provider = best[need, place]
    days = _days(len(need), random)
    order = np.lexsort((days[_T.ASKED], need))
    need, provider = need[order], provider[order]
    days = {event: values[order] for event, values in days.items()}
    utility = total[need, provider]
    wanted = np.array([one.wanted for one in needs])[need]
    happened = _happened(need, utility, wanted, random)
    return _Course(need, provider, utility, parts.content[need, provider], days, happened)


def _days(count: int, random: np.random.Generator) -> dict[FeedbackType, FloatArray]:
    # the bounds add up to less than `needs.SETTLED`, so nothing lies in the future
    shown = 0.2 + 4.0 * random.random(count)
    opened = shown + 0.01 + np.minimum(random.exponential(0.6, count), 3.0)
    asked = opened + 0.01 + np.minimum(random.exponential(1.0, count), 4.0)
    answered = asked + 0.02 + np.minimum(random.exponential(2.0, count), 8.0)
    met = answered + 1.0 + 9.0 * random.random(count)
    rated = met + 0.1 + 2.0 * random.random(count)
    outcome = met + 5.0 + 7.0 * random.random(count)
    return {
        _T.SHOWN: shown,
        _T.OPENED: opened,
        _T.ASKED: asked,
        _T.ACCEPTED: answered,
        _T.DECLINED: answered,
        _T.MET: met,
        _T.RATED: rated,
        _T.OUTCOME: outcome,
    }


def _happened(
    need: np.ndarray[tuple[int], np.dtype[np.int64]],
    utility: FloatArray,
    wanted: np.ndarray[tuple[int], np.dtype[np.int64]],
    random: np.random.Generator,
) -> dict[FeedbackType, BoolArray]:
    drawn = random.random((6, len(need)))
    opened = drawn[0] < chance(OPENING, utility)
    asked = opened & (drawn[1] < chance(ASKING, utility))
    yes = drawn[2] < chance(ACCEPTING, utility)
    before = _earlier_in_need(need, asked & yes)
    asked &= before < wanted
    accepted = asked & yes
    met = accepted & (drawn[3] < MEETING)
    return {
        _T.SHOWN: np.ones(len(need), bool),
        _T.OPENED: opened,
        _T.ASKED: asked,
        _T.ACCEPTED: accepted,
        _T.DECLINED: asked & ~yes,
        _T.MET: met,
        _T.RATED: met & (drawn[4] < 0.8),
        _T.OUTCOME: met & (drawn[5] < chance((-0.9, 0.6), utility)),
    }


def _earlier_in_need(
    need: np.ndarray[tuple[int], np.dtype[np.int64]], event: BoolArray
) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    # rows are ordered by need: events before this row, less those before its need began
    before: np.ndarray[tuple[int], np.dtype[np.int64]] = np.cumsum(event) - event
    first = np.searchsorted(need, need, side="left")
    return before - before[first]


def _events(
    course: _Course, taste: KindTaste, needs: Sequence[Need], random: np.random.Generator
) -> Iterator[Feedback]:
    for event in FeedbackType:
        rows = np.flatnonzero(course.happened[event])
        values = _values(event, course, rows, taste.spec.name, random)
        details = _details(event, course, rows, taste.spec.name, random)
        seconds = (course.days[event][rows] * 86_400).astype(np.int64).tolist()
        pairs = zip(course.need[rows].tolist(), course.provider[rows].tolist(), strict=True)
        for (n, q), second, value, detail in zip(pairs, seconds, values, details, strict=True):
            need, provider = needs[n], taste.side.providers[q]
            yield Feedback(
                id=f"f-{need.id}-{provider.id}-{event.value}",
                need_id=need.id,
                provider_id=provider.id,
                type=event,
                at=need.opened_at + dt.timedelta(seconds=second),
                said_by=_SAID_BY[event],
                value=value,
                detail=detail,
            )


def _values(
    event: FeedbackType,
    course: _Course,
    rows: np.ndarray[tuple[int], np.dtype[np.int64]],
    kind: str,
    random: np.random.Generator,
) -> list[float | None]:
    if event is _T.RATED:
        raw = 3.6 + 0.5 * course.utility[rows] + 0.8 * random.standard_normal(len(rows))
        return [float(one) for one in np.clip(np.rint(raw), 1, 5)]
    if event is _T.OUTCOME:
        low, high = _OUTCOMES[kind][1:]
        drawn = low * (high / low) ** random.random(len(rows))
        return [float(round(one)) for one in drawn.tolist()]
    return [None] * len(rows)


def _details(
    event: FeedbackType,
    course: _Course,
    rows: np.ndarray[tuple[int], np.dtype[np.int64]],
    kind: str,
    random: np.random.Generator,
) -> list[str | None]:
    if event is _T.OUTCOME:
        return [_OUTCOMES[kind][0]] * len(rows)
    if event is not _T.DECLINED:
        return [None] * len(rows)
    drawn = (random.random(len(rows)) * 3).astype(int) + 1
    stranger = (course.content[rows] < 0) & (random.random(len(rows)) < 0.6)
    return [REASONS[one] for one in np.where(stranger, 0, drawn).tolist()]
