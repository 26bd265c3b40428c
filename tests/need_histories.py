"""Random histories of needs, and the same figures folded by hand from what was done.

The fold shares nothing with the service: it has a calendar of its own, written down from the
notice of the State Council, and knows only the list of what happened.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from random import Random

from needs_office import Office, SettableClock

from peipao.domain.rates import RateRow
from peipao.domain.requests import RequestChannel, Side
from peipao.domain.states import NeedState
from peipao.store import Store
from serving.usecases.comment_need import CommentNeed
from serving.usecases.drafts import NeedDraft, RequestDraft
from serving.usecases.handle_need import HandleNeed
from serving.usecases.submit_request import SubmitRequest
from serving.usecases.watch_deadlines import WatchDeadlines

PLACES = {"p1": "laoshan", "p2": "shinan"}
KINDS = ("mentor", "service_officer", "space")
CHANNELS = tuple(RequestChannel)
BEGIN = dt.datetime(2026, 1, 5, 1, 0, tzinfo=dt.UTC)

_OFF = {  # days off of 2026, first and last; and the weekend days that are worked
    dt.date(2026, month, day) + dt.timedelta(days=n)
    for month, day, length in (
        (1, 1, 3), (2, 15, 9), (4, 4, 3), (5, 1, 5), (6, 19, 3), (9, 25, 3), (10, 1, 7),
    )
    for n in range(length)
}  # fmt: skip
_ON = {dt.date(2026, *day) for day in ((1, 4), (2, 14), (2, 28), (5, 9), (9, 20), (10, 10))}
_ENDS = {"withdraw": "closed", "close": "closed", "refer": "referred", "resolve": "resolved"}
_MOVES = {
    "acknowledge": ({"opened"}, "acknowledged"),
    "offer": ({"acknowledged"}, "offered"),
    "match": ({"offered"}, "matched"),
    "begin": ({"matched"}, "in_service"),
    "fall": ({"offered", "matched"}, "acknowledged"),
    "resolve": ({"in_service"}, "resolved"),
    "refer": ({"opened", "acknowledged", "offered", "matched", "in_service"}, "referred"),
    "close": ({"opened", "acknowledged", "offered", "matched", "in_service"}, "closed"),
    "withdraw": ({"opened", "acknowledged", "offered", "matched", "in_service"}, "closed"),
}


@dataclass(frozen=True, slots=True)
class Done:
    """One thing that was done to a need."""

    verb: str
    at: dt.datetime
    reason: str = ""


@dataclass(slots=True)
class Told:
    """All that the fold knows of a need."""

    project: str
    kind: str
    channel: str
    opened_at: dt.datetime
    done: list[Done] = field(default_factory=list)

    @property
    def state(self) -> str:
        """Return the state that its moves lead to."""
        now = "opened"
        for one in self.done:
            now = _MOVES[one.verb][1]
        return now


def deadline(start: dt.datetime, days: int) -> dt.datetime:
    """Return the first moment after the last working day, counted day by day."""
    day = (start + dt.timedelta(hours=8)).date()
    while days:
        day += dt.timedelta(days=1)
        days -= (day.weekday() < 5 and day not in _OFF) or day in _ON
    midnight = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), dt.UTC)
    return midnight - dt.timedelta(hours=8)


def folded(needs: dict[str, Told], now: dt.datetime) -> list[RateRow]:
    """Return the figures of the response rate, folded from what was done."""
    due: Counter[tuple[str, str, str, str]] = Counter()
    answered, late = due.copy(), due.copy()
    for one in needs.values():
        limit = deadline(one.opened_at, 5)
        answer = next((d.at for d in one.done if d.verb in {"offer", "refer"}), None)
        taken_back = next((d.at for d in one.done if d.reason in {"withdrawn", "duplicate"}), None)
        if limit > now or (answer is None and taken_back is not None and taken_back < limit):
            continue
        last_day = limit + dt.timedelta(hours=8) - dt.timedelta(days=1)
        cell = (f"{last_day:%Y-%m}", one.kind, one.channel, PLACES[one.project])
        due[cell] += 1
        if answer is not None:
            (answered if answer < limit else late)[cell] += 1
    return sorted(
        RateRow(*cell, number, answered[cell], late[cell]) for cell, number in due.items()
    )


def silent(needs: dict[str, Told], now: dt.datetime) -> set[str]:
    """Return the needs whose answer is due and not there, folded from what was done."""
    waiting = set()
    for key, one in needs.items():
        start = one.opened_at
        for d in one.done:
            start = d.at if d.verb == "fall" else start
        if one.state in {"opened", "acknowledged"} and deadline(start, 5) <= now:
            waiting.add(key)
    return waiting


@dataclass(slots=True)
class History:
    """A history that is being made: the service on one side, what was done on the other."""

    store: Store
    clock: SettableClock
    submit: SubmitRequest
    handle: HandleNeed
    comment: CommentNeed
    watch: WatchDeadlines
    random: Random
    needs: dict[str, Told] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    due: int = 0
    responded: int = 0

    def step(self) -> None:
        """Do one random thing, and look at once whether the need stands as it should."""
        self.clock.at += dt.timedelta(minutes=self.random.choice((0, 7, 90, 600, 1440, 3000)))
        waiting = [key for key, one in self.needs.items() if one.state not in _ENDS.values()]
        if not waiting or self.random.random() < 0.25:
            self._submitted()
        elif self.random.random() < 0.08:
            self._ticked()
        else:
            self._acted(self.random.choice(waiting))

    def check_all(self) -> None:
        """Compare the figures and the lists with the fold."""
        now = self.clock.at
        with self.store.reading() as tx:
            counted = tx.rates.counted(now)
            late = {one.need_id for one in tx.steps.unanswered(now) if one.due_at < now}
        self.due = sum(row.due for row in counted)
        self.responded = sum(row.responded for row in counted)
        self._expect("figures", counted == folded(self.needs, now))
        self._expect("unanswered", late == silent(self.needs, now))
        for key in self.needs:
            self._looked_at(key)

    def _submitted(self) -> None:
        project, channel = self.random.choice(sorted(PLACES)), self.random.choice(CHANNELS)
        kinds = self.random.sample(KINDS, self.random.choice((1, 1, 2)))
        needs = tuple(NeedDraft(kind) for kind in kinds)
        made = self.submit(RequestDraft(project, channel, needs), by="portal")
        for key, kind in zip(made.need_ids, kinds, strict=True):
            self.needs[key] = Told(project, kind, channel.value, self.clock.at)
            self._looked_at(key)

    def _ticked(self) -> None:
        self.watch.raise_overdue(self.clock.at)
        with self.store.reading() as tx:
            untold = tx.steps.overdue(self.clock.at, told=False)
        self._expect("an overdue step without an event", untold == [])

    def _acted(self, key: str) -> None:
        one = self.needs[key]
        verbs = [verb for verb, (states, _) in _MOVES.items() if one.state in states]
        verb = self.random.choice([*verbs, "comment", "hand_over"])
        reason = self.random.choice(("duplicate", "other")) if verb == "close" else ""
        self._actions()[verb](key, reason)
        if verb in _MOVES:
            reason = "withdrawn" if verb == "withdraw" else reason
            one.done.append(Done(verb, self.clock.at, reason))
        self._looked_at(key)

    def _actions(self) -> dict[str, Callable[[str, str], object]]:
        project = {key: one.project for key, one in self.needs.items()}
        handle, officer = self.handle, self.random.choice(("o1", "o2"))
        return {
            "acknowledge": lambda key, _: handle.acknowledge(key, by="o1"),
            "refer": lambda key, _: handle.refer(key, officer, by="o1"),
            "resolve": lambda key, _: handle.resolve(key, by="o1"),
            "close": lambda key, reason: handle.close(key, reason, by="o1"),
            "withdraw": lambda key, _: handle.withdraw(key, project_id=project[key], by="p"),
            "hand_over": lambda key, _: handle.hand_over(key, officer, by="o1"),
            "comment": lambda key, _: self.comment(key, "好的", side=Side.STAFF, by="o1"),
            "offer": lambda key, _: self._moved(key, NeedState.OFFERED),
            "match": lambda key, _: self._moved(key, NeedState.MATCHED),
            "begin": lambda key, _: self._moved(key, NeedState.IN_SERVICE),
            "fall": lambda key, _: self._moved(key, NeedState.ACKNOWLEDGED),
        }

    def _moved(self, key: str, to: NeedState) -> None:
        with self.store.transaction(who="system", why="对接") as tx:
            tx.needs.move(key, to)

    def _looked_at(self, key: str) -> None:
        """A need has the state of the fold, and unless it is at its end somebody's open clock."""
        one = self.needs[key]
        with self.store.reading() as tx:
            need = tx.needs.get(key)
            running = [step for step in tx.steps.of_needs([key]) if step.done_at is None]
            told = [n for n in tx.notices.about(f"need:{key}") if n.to == f"project:{one.project}"]
        self._expect(f"{key} state", need.state.value == one.state)
        ended = one.state in _ENDS.values()
        self._expect(f"{key} silent", ended or {step.owner for step in running} == {need.owner})
        self._expect(f"{key} owner", need.owner is not None)
        self._expect(f"{key} clock after its end", not (ended and running))
        heard = sum(n.event not in {"need.commented", "need.owner_changed"} for n in told)
        self._expect(f"{key} told", heard == 1 + len(one.done))

    def _expect(self, what: str, holds: bool) -> None:  # noqa: FBT001
        if not holds:
            self.wrong.append(f"{self.clock.at:%m-%d %H:%M} {what}")


@contextmanager
def a_history(office: Office, seed: int) -> Iterator[History]:
    """Yield the beginning of a history: the people of an office in an empty database of its own."""
    clock, numbers, wired = SettableClock(BEGIN), itertools.count(1), office.peipao
    store = Store.open("sqlite://", clock)
    try:
        store.migrate()
        with wired.store.reading() as tx, store.transaction(who="clerk", why="登记") as fresh:
            fresh.projects.add_many(tx.projects.list())
            fresh.providers.add_many(tx.providers.of_kind("service_officer"))
        handle = replace(wired.handle_need, store=store, clock=clock)
        yield History(
            store=store,
            clock=clock,
            submit=replace(
                wired.submit_request,
                store=store,
                clock=clock,
                new_id=lambda prefix: f"{prefix}-{next(numbers)}",
            ),
            handle=handle,
            comment=replace(
                wired.comment_need,
                store=store,
                clock=clock,
                new_id=lambda prefix: f"{prefix}-{next(numbers)}",
            ),
            watch=replace(wired.watch_deadlines, store=store, clock=clock),
            random=Random(seed),  # noqa: S311
        )
    finally:
        store.close()


def lived(office: Office, seed: int, events: int) -> History:
    """Return a history of so many events, compared with its fold every hundred and at the end."""
    with a_history(office, seed) as history:
        for number in range(events):
            history.step()
            if number % 100 == 99 or number == events - 1:
                history.check_all()
        return history
