"""Calls, bids and marks, on SQLite and on PostgreSQL alike."""

from __future__ import annotations

import datetime as dt

import pytest
from store_records import MORNING, with_people

from peipao.domain.calls import AwardRule, Bid, Call, CallState
from peipao.errors import AlreadyExistsError, IllegalTransitionError, StaleWriteError
from peipao.store import Store

RULE = AwardRule(25, 25, 25, 25, floor=1, waiting_days=30)
CALL = Call(
    "c1", "mentor", "首单突破", MORNING, "zhao", MORNING + dt.timedelta(days=7), ("n1", "n2"), RULE
)


def a_bid(key: str = "b1", need: str = "n1", provider: str = "m1") -> Bid:
    return Bid(key, "c1", need, provider, "方案", MORNING, "link:x")


@pytest.fixture
def called(store: Store) -> Store:
    """A store with a call for two needs and one bid."""
    with_people(store, needs=2, providers=2)
    with store.transaction(who="zhao", why="发榜") as tx:
        tx.calls.add(CALL)
        tx.bids.add(a_bid())
    return store


def test_a_call_comes_back_as_it_went_in_and_its_rule_stands_in_the_ledger(called: Store) -> None:
    with called.reading() as tx:
        assert tx.calls.get("c1") == CALL
        assert tx.calls.list(state=CallState.OPEN, kind="mentor") == [CALL]
        assert tx.calls.list(state=CallState.AWARDED) == []
        (line,) = tx.ledger.about("call:c1")
    assert (line.verb, line.payload["rule"]) == (
        "call.open",
        {
            "affinity": 25,
            "strength": 25,
            "results": 25,
            "waiting": 25,
            "floor": 1,
            "waiting_days": 30,
        },
    )


def test_a_draft_is_kept_with_who_made_it_and_may_be_made_anew(called: Store) -> None:
    for who, award in (("zhao", "{}"), ("qian", '{"a":1}')):
        with called.transaction(who=who, why="拟定") as tx:
            tx.calls.move(tx.calls.get("c1"), CallState.DRAFTED, award=award)
    with called.transaction(who="sun", why="公布") as tx:
        awarded = tx.calls.move(tx.calls.get("c1"), CallState.AWARDED)
    with called.reading() as tx:
        assert tx.calls.get("c1") == awarded
    assert (awarded.drafted_by, awarded.award) == ("qian", '{"a":1}')


def test_a_call_goes_no_way_that_is_not_there_and_not_by_an_old_version(called: Store) -> None:
    with pytest.raises(IllegalTransitionError), called.transaction(who="a", why="x") as tx:
        tx.calls.move(CALL, CallState.AWARDED)
    with called.transaction(who="a", why="x") as tx:
        tx.calls.move(CALL, CallState.CANCELLED)
    with pytest.raises(StaleWriteError), called.transaction(who="a", why="x") as tx:
        tx.calls.move(CALL, CallState.DRAFTED, award="{}")


def test_a_provider_bids_once_for_a_need_and_the_plan_is_not_in_the_ledger(called: Store) -> None:
    with pytest.raises(AlreadyExistsError), called.transaction(who="a", why="x") as tx:
        tx.bids.add(a_bid("b2"))
    with called.transaction(who="a", why="x") as tx:
        other = tx.bids.add(a_bid("b2", need="n2"))
    with called.reading() as tx:
        assert tx.bids.of_call("c1") == [a_bid(), other]
        assert tx.bids.of_need("n2") == [other]
        assert tx.bids.of_provider("m1") == [a_bid(), other]
        assert all("方案" not in repr(line.payload) for line in tx.ledger.list())


def test_a_reviewer_has_one_mark_and_may_change_it(called: Store) -> None:
    for who, mark in (("li", 60), ("wang", 80), ("li", 70)):
        with called.transaction(who=who, why="评分") as tx:
            tx.bids.mark("b1", mark)
    with called.reading() as tx:
        assert tx.bids.get("b1").marks == {"li": 70, "wang": 80}


def test_a_bid_is_taken_back_once_and_for_all(called: Store) -> None:
    with called.transaction(who="link:x", why="撤回") as tx:
        gone = tx.bids.withdraw("b1")
        assert tx.bids.withdraw("b1") == gone
    assert gone.withdrawn_at == MORNING
