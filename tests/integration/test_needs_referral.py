"""A need that nobody fits is given to a named officer before it is overdue."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

from trained_city import NOW, Wired

from peipao.domain.requests import RequestChannel
from peipao.domain.states import NeedState
from serving.usecases.drafts import NeedDraft, RequestDraft
from serving.wiring import Peipao

FRIDAY = NOW + dt.timedelta(days=4)
"""A working day before the response to a need of that Monday is due."""


def asked(peipao: Peipao) -> str:
    """Ask for a mentor and return the need."""
    draft = RequestDraft("p0001", RequestChannel.PORTAL, (NeedDraft("mentor"),))
    return peipao.submit_request(draft, by="portal").need_ids[0]


def reminded(peipao: Peipao) -> None:
    """Remind until nothing is left to look at."""
    while peipao.watch_deadlines.remind(FRIDAY):
        pass


def pause_all_mentors(peipao: Peipao) -> None:
    """Take every mentor off duty."""
    with peipao.store.transaction(who="clerk", why="暂停") as tx:
        for one in tx.providers.of_kind("mentor"):
            tx.providers.update(replace(one, paused=True))


def state_of(peipao: Peipao, need: str) -> tuple[NeedState, str | None]:
    """Return state and owner of a need."""
    with peipao.store.reading() as tx:
        found = tx.needs.get(need)
    return found.state, found.owner


def test_a_need_that_nobody_fits_goes_to_its_officer_and_is_answered_in_time(
    home: Path, peipao: Peipao, wired: Wired
) -> None:
    need = asked(peipao)
    pause_all_mentors(peipao)
    later = wired(home, at=FRIDAY)
    reminded(later)
    state, owner = state_of(later, need)
    assert state is NeedState.REFERRED
    assert owner is not None
    events = {one.event for one in later.show_needs.notices("project:p0001")}
    assert "need.referred" in events
    step = next(one for one in later.show_needs.need(need).steps if one.step == "respond")
    assert (step.result, step.overdue) == ("done", False)


def test_a_need_that_somebody_fits_waits_for_an_offer_and_its_officer_is_reminded(
    home: Path, peipao: Peipao, wired: Wired
) -> None:
    need = asked(peipao)
    later = wired(home, at=FRIDAY)
    reminded(later)
    state, owner = state_of(later, need)
    assert state is NeedState.OPENED
    told = [
        one.subject
        for one in later.show_needs.notices(f"officer:{owner}")
        if one.event == "need.due_soon"
    ]
    assert f"need:{need}" in told
