"""The machine's clock jumps (P25): nothing happens twice, and what expired stays expired."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from api_caller import Caller
from needs_office import MONDAY, Office, SettableClock, open_office
from trained_city import NOW, Wired

from peipao.clock import ForwardClock
from peipao.config import Settings
from peipao.errors import UnauthenticatedError
from serving.api.app import create_app
from serving.jobs.steps import steps_of
from serving.jobs.tick import tick
from serving.wiring import Peipao, wire

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
JUMPS = (  # a leap year's end of February, a year's end, and back again after each jump
    "2028-02-28 23:59",
    "2028-02-29 00:01",
    "2028-02-28 23:01",
    "2028-03-01 00:30",
    "2028-12-31 23:59",
    "2029-01-01 00:00",
    "2028-12-31 23:00",
    "2029-01-02 09:00",
)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with open_office(tmp_path) as opened:
        yield opened


def ticked(office: Office) -> None:
    done = tick(office.peipao.store, steps_of(office.peipao), office.clock.now())
    assert not done.failed
    assert not done.skipped


def stored(peipao: Peipao) -> tuple[int, ...]:
    """Return how many needs, rounds, matches and notices there are."""
    with peipao.store.reading() as tx:
        return tx.needs.count(), len(tx.rounds.list()), tx.matches.count(), tx.notices.count()


def test_ticks_under_a_clock_that_jumps_make_no_round_and_tell_nothing_twice(
    office: Office,
) -> None:
    office.submit("mentor")
    office.submit("space", project="p2")
    for moment in JUMPS:
        office.clock.set(moment)
        ticked(office)
        ticked(office)
    told = []
    with office.peipao.store.reading() as tx:
        assert len(tx.rounds.list()) == 0
        needs = tx.needs.list()
        for need in needs:
            told += [
                (one.to, one.event, one.subject, one.params.get("step"))
                for one in tx.notices.about(f"need:{need.id}")
            ]
    assert len(needs) == 2
    assert {event for _, event, _, _ in told} >= {"need.overdue"}
    assert [one for one, times in Counter(told).items() if times > 1] == []


def test_a_tick_after_the_clock_went_back_changes_nothing(office: Office) -> None:
    office.submit("mentor")
    office.clock.at = MONDAY + 14 * DAY
    ticked(office)
    before = stored(office.peipao)
    for back in (HOUR, DAY, 13 * DAY):
        office.clock.at = MONDAY + 14 * DAY - back
        ticked(office)
    assert stored(office.peipao) == before


def test_the_ledger_goes_by_its_sequence_where_its_times_go_back(office: Office) -> None:
    office.submit("mentor")
    office.clock.at = MONDAY - HOUR
    office.submit("space")
    with office.peipao.store.reading() as tx:
        lines = tx.ledger.list(limit=1_000)
        head = tx.ledger.verify([tx.ledger.head()])
        assert tx.ledger.latest_time() == MONDAY
    assert [one.sequence for one in lines] == list(range(1, head.sequence + 1))
    assert lines[-1].at == MONDAY - HOUR < max(one.at for one in lines)


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock(NOW)


@pytest.fixture
def movable(home: Path, clock: SettableClock) -> Iterator[Peipao]:
    peipao = wire(Settings(home=home), clock)
    yield peipao
    peipao.close()


def test_a_key_and_a_link_that_expired_stay_dead_when_the_clock_goes_back(
    movable: Peipao, clock: SettableClock
) -> None:
    key = movable.keys("短", ["read"], by="tests", days=1).text
    link = movable.make_link.for_provider("m0001", by="tests", days=1).text
    app = create_app(movable)
    paths = {key: "/v1/kinds", link: "/v1/answer/notices"}
    assert {Caller(app, key=text).get(path).status_code for text, path in paths.items()} == {200}
    clock.at = NOW + DAY
    assert {Caller(app, key=text).get(path).status_code for text, path in paths.items()} == {401}
    clock.at = NOW + DAY - HOUR
    assert {Caller(app, key=text).get(path).status_code for text, path in paths.items()} == {401}


def test_a_restart_with_the_clock_set_back_revives_no_key(
    movable: Peipao, clock: SettableClock, wired: Wired
) -> None:
    key = movable.keys("短", ["read"], by="tests", days=1).text
    clock.at = NOW + DAY
    movable.keys("另一把", ["read"], by="tests")  # anything that the ledger notes
    again = wired(movable.settings.home, at=NOW + DAY - HOUR)
    with pytest.raises(UnauthenticatedError, match="已过期"):
        again.authenticate(key, from_loopback=True)


def test_a_forward_clock_never_goes_back(clock: SettableClock) -> None:
    forward = ForwardClock(clock)
    assert forward.now() == NOW
    clock.at = NOW - HOUR
    assert forward.now() == NOW
    clock.at = NOW + HOUR
    assert forward.now() == NOW + HOUR
    forward.begin(NOW + DAY)
    assert forward.now() == NOW + DAY
