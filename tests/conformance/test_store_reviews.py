"""Findings of rounds and promises of seeds, on SQLite and on PostgreSQL alike."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from store_records import MORNING, a_match, a_round, with_draft, with_people

from peipao.domain.findings import Finding
from peipao.domain.lottery import commitment_hash
from peipao.domain.rounds import imported_id
from peipao.domain.states import RoundState
from peipao.errors import IllegalTransitionError, NotFoundError, SealedFactError
from peipao.store import Store

SECRET = "ab" * 32
FOUND = [Finding("r1", 1, "all-equal", "全部相同"), Finding("r1", 2, "needs-fell", "不足半数")]


def with_findings(store: Store) -> None:
    with_people(store)
    with_draft(store, a_match())
    with store.transaction(who="maker", why="预检") as tx:
        tx.findings.add("r1", FOUND)


def promised(store: Store) -> None:
    with store.transaction(who="maker", why="承诺") as tx:
        tx.commitments.add("s1", "mentor", SECRET, "某期公开摇奖")


def test_findings_come_back_equal_in_their_order(store: Store) -> None:
    with_findings(store)
    with store.reading() as tx:
        assert tx.findings.of_round("r1") == FOUND


def test_an_overridden_finding_names_who_answers_for_it_and_why(store: Store) -> None:
    with_findings(store)
    with store.transaction(who="li", why="核对") as tx:
        tx.findings.override("r1", 2, "已与区局核对")
    with store.reading() as tx:
        first, second = tx.findings.of_round("r1")
    assert (first.blocks, second.blocks) == (True, False)
    assert (second.overridden_by, second.override_reason) == ("li", "已与区局核对")


def test_a_finding_keeps_whoever_overrode_it_first(store: Store) -> None:
    with_findings(store)
    for who in ("li", "wang"):
        with store.transaction(who=who, why="核对") as tx:
            tx.findings.override("r1", 1, f"由 {who}")
    with store.reading() as tx:
        assert tx.findings.of_round("r1")[0].overridden_by == "li"


def test_a_finding_that_is_not_there_cannot_be_overridden(store: Store) -> None:
    with_findings(store)
    with pytest.raises(NotFoundError), store.transaction(who="li", why="核对") as tx:
        tx.findings.override("r1", 3, "无此发现")


def test_a_promise_shows_its_hash_and_hides_its_secret(store: Store) -> None:
    promised(store)
    with store.reading() as tx:
        promise = tx.commitments.get("s1")
        lines = [line.payload for line in tx.ledger.about("seed:s1")]
        assert tx.commitments.secret("s1") == SECRET
    assert (promise.hash, promise.secret) == (commitment_hash(SECRET), None)
    assert SECRET not in str(lines)


def test_the_secret_is_stored_sealed(sqlite_store: Store) -> None:
    promised(sqlite_store)
    with sqlite_store.engine.connect() as connection:
        row = connection.exec_driver_sql("SELECT * FROM seed_commitments").one()
    assert SECRET not in str(tuple(row))


def test_a_promise_goes_through_its_steps_once_each(store: Store) -> None:
    with_people(store)
    with_draft(store, a_match())
    promised(store)
    with store.transaction(who="maker", why="封存") as tx:
        tx.commitments.freeze("s1", "c" * 64)
    with store.transaction(who="maker", why="揭示") as tx:
        told = tx.commitments.reveal("s1", "01 02", "r1")
    assert (told.secret, told.value, told.round_id) == (SECRET, "01 02", "r1")
    with store.reading() as tx:
        assert tx.commitments.of_kind("mentor") == [tx.commitments.get("s1")] == [told]
    with pytest.raises(IllegalTransitionError), store.transaction(who="x", why="x") as tx:
        tx.commitments.freeze("s1", "d" * 64)
    with pytest.raises(IllegalTransitionError), store.transaction(who="x", why="x") as tx:
        tx.commitments.reveal("s1", "03", "r1")


def test_a_promise_is_not_revealed_before_its_inputs_are_closed(store: Store) -> None:
    with_people(store)
    with_draft(store, a_match())
    promised(store)
    with pytest.raises(IllegalTransitionError), store.transaction(who="x", why="x") as tx:
        tx.commitments.reveal("s1", "01", "r1")


def test_without_a_key_no_seed_can_be_promised(sqlite_url: str, sqlite_store: Store) -> None:
    keyless = Store.open(sqlite_url, sqlite_store.clock)
    with pytest.raises(SealedFactError), keyless.transaction(who="x", why="x") as tx:
        tx.commitments.add("s1", "mentor", SECRET, "某期")
    keyless.close()


def test_the_standing_rounds_are_those_published_or_closed_by_a_solver(store: Store) -> None:
    with store.transaction(who="maker", why="撮合") as tx:
        tx.rounds.add(a_round("r1", state=RoundState.PUBLISHED))
        tx.rounds.add(a_round("r2", state=RoundState.WITHDRAWN))
        tx.rounds.add(a_round("r3", kind="space", state=RoundState.CLOSED))
        tx.rounds.add(a_round(imported_id("mentor"), state=RoundState.CLOSED))
    with store.reading() as tx:
        assert [one.id for one in tx.rounds.standing("mentor", limit=9)] == ["r1"]
        assert tx.rounds.count_after("mentor", None) == 2


def test_rounds_follow_each_other_by_the_ledger_and_not_by_the_clock(store: Store) -> None:
    early, late = MORNING, MORNING + dt.timedelta(days=1)
    with store.transaction(who="maker", why="撮合") as tx:
        for key, data, at in (("r1", "9", late), ("r2", "10", early), ("r3", "8", early)):
            made = a_round(key, state=RoundState.PUBLISHED)
            versions = replace(made.versions, data=data)
            tx.rounds.add(replace(made, versions=versions, created_at=at))
    with store.reading() as tx:
        assert [one.id for one in tx.rounds.standing("mentor", limit=2)] == ["r2", "r1"]
        assert tx.rounds.count_after("mentor", "9") == 1
