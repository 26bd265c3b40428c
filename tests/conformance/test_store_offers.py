"""Answers, links, free places and kept replies, on SQLite and on PostgreSQL alike."""

from __future__ import annotations

import datetime as dt

import pytest
from store_records import MORNING, a_match, a_round, with_draft, with_people

from peipao.domain.offers import Answer, Filling, Link, Side
from peipao.domain.states import MatchState
from peipao.errors import KeyReusedError, NotFoundError, StaleWriteError
from peipao.store import KEPT, Once, Store

NOON = MORNING + dt.timedelta(hours=3)
ONCE = Once("key:abc", "k-1", "a" * 64)


@pytest.fixture
def offered(store: Store) -> Store:
    """A store with one offer, to be answered by noon."""
    with_people(store, needs=2)
    with_draft(store, a_match(), a_match("k2", need_id="n2"))
    with store.transaction(who="officer", why="推荐") as tx:
        tx.matches.move_many([tx.matches.get("k1")], MatchState.OFFERED, answer_by=NOON)
    return store


def yes(side: Side, *, accepted: bool = True) -> Answer:
    return Answer("k1", side, accepted, MORNING, "link:x", None if accepted else "no-time")


def a_link(key: str = "ab", **changes: object) -> Link:
    stated = {
        "id": key,
        "hash": key * 32,
        "side": Side.PROVIDER,
        "created_at": MORNING,
        "expires_at": NOON,
        "match_id": "k1",
        "provider_id": "m1",
    }
    return Link(**{**stated, **changes})  # type: ignore[arg-type]


def test_an_offer_keeps_its_time_to_answer_and_is_overdue_from_then_on(offered: Store) -> None:
    with offered.reading() as tx:
        assert tx.matches.get("k1").answer_by == NOON
        assert tx.matches.overdue(NOON - dt.timedelta(microseconds=1)) == []
        assert [match.id for match in tx.matches.overdue(NOON)] == ["k1"]


def test_matches_are_paged_by_state_and_kind(offered: Store) -> None:
    with offered.reading() as tx:
        assert [one.id for one in tx.matches.page(limit=1)] == ["k1"]
        assert [one.id for one in tx.matches.page(after="k1")] == ["k2"]
        assert [one.id for one in tx.matches.page(state=MatchState.OFFERED)] == ["k1"]
        assert tx.matches.page(kind="space") == []


def test_a_touched_record_makes_whoever_saw_it_before_look_again(offered: Store) -> None:
    with offered.reading() as tx:
        need, match = tx.needs.get("n1"), tx.matches.get("k1")
    with offered.transaction(who="a", why="x") as tx:
        assert tx.needs.touch(need).version == need.version + 1
        assert tx.matches.touch(match) == tx.matches.get("k1")
    with pytest.raises(StaleWriteError), offered.transaction(who="b", why="x") as tx:
        tx.needs.touch(need)
    with pytest.raises(StaleWriteError), offered.transaction(who="b", why="x") as tx:
        tx.matches.touch(match)


def test_a_side_answers_once_and_what_it_said_first_stands(offered: Store) -> None:
    with offered.transaction(who="link:x", why="答复") as tx:
        assert tx.answers.add(yes(Side.PROVIDER)).accepted
        assert tx.answers.add(yes(Side.PROVIDER, accepted=False)).accepted
        tx.answers.add(yes(Side.FOUNDER, accepted=False))
    with offered.reading() as tx:
        found = tx.answers.of_match("k1")
        assert found == {
            Side.PROVIDER: yes(Side.PROVIDER),
            Side.FOUNDER: yes(Side.FOUNDER, accepted=False),
        }
        assert tx.answers.of_matches(["k1", "k2"]) == {"k1": found}
        verbs = [line.verb for line in tx.ledger.about("match:k1")]
    assert verbs[-2:] == ["offer.accept", "offer.decline"]


def test_an_answer_to_no_match_is_refused(offered: Store) -> None:
    with (
        pytest.raises(NotFoundError, match="对接"),
        offered.transaction(who="link:x", why="答复") as tx,
    ):
        tx.answers.add(Answer("k9", Side.FOUNDER, accepted=True, at=MORNING, by="x"))


def test_a_link_is_found_by_its_hash_used_once_and_revoked_for_good(offered: Store) -> None:
    with offered.transaction(who="officer", why="链接") as tx:
        tx.links.add(a_link())
        assert [tx.links.note_use("ab"), tx.links.note_use("ab")] == [True, False]
        revoked = tx.links.revoke("ab")
        assert tx.links.revoke("ab") == revoked
    with offered.reading() as tx:
        assert tx.links.by_hash("ab" * 32) == revoked
        assert tx.links.by_hash("cd" * 32) is None
        assert tx.links.of_match("k1") == [revoked]
    assert revoked.used_at == revoked.revoked_at == MORNING
    assert not revoked.is_valid(MORNING)
    assert a_link().is_valid(NOON - dt.timedelta(seconds=1))
    assert not a_link().is_valid(NOON)


def test_a_vacancy_is_opened_once_and_closed_once(offered: Store) -> None:
    with offered.transaction(who="system", why="候补") as tx:
        tx.vacancies.open("k1", "n1")
        tx.vacancies.open("k1", "n1")
        (vacancy,) = tx.vacancies.still_open()
        closed = tx.vacancies.close(vacancy, Filling.ALTERNATE, filled_by="k2")
    with offered.reading() as tx:
        assert tx.vacancies.still_open() == []
        assert tx.vacancies.of_match("k1") == closed
        assert tx.vacancies.of_need("n1") == [closed]
        assert tx.vacancies.of_match("k2") is None
    with pytest.raises(StaleWriteError), offered.transaction(who="system", why="候补") as tx:
        tx.vacancies.close(vacancy, Filling.WAITING)


def test_a_kept_reply_is_given_again_and_never_for_something_else(store: Store) -> None:
    with store.transaction(who="key:abc", why="x") as tx:
        assert tx.replies.reserve(ONCE) is None
        tx.replies.keep(ONCE, '{"id":1}')
    with store.transaction(who="key:abc", why="x") as tx:
        assert tx.replies.reserve(ONCE) == tx.replies.find(ONCE) == '{"id":1}'
        assert tx.replies.reserve(Once("key:xyz", "k-1", "b" * 64)) is None
    with (
        pytest.raises(KeyReusedError, match="k-1"),
        store.transaction(who="key:abc", why="x") as tx,
    ):
        tx.replies.reserve(Once("key:abc", "k-1", "b" * 64))


def reserve_and_fail(store: Store) -> None:
    with store.transaction(who="key:abc", why="x") as tx:
        tx.replies.reserve(ONCE)
        raise ZeroDivisionError


def test_a_call_that_failed_leaves_no_reply(store: Store) -> None:
    with pytest.raises(ZeroDivisionError):
        reserve_and_fail(store)
    with store.reading() as tx:
        assert (tx.replies.find(ONCE), tx.replies.count()) == (None, 0)


def test_replies_are_forgotten_after_eight_days_and_not_before(store: Store) -> None:
    with store.transaction(who="key:abc", why="x") as tx:
        tx.replies.reserve(ONCE)
    with store.transaction(who="system", why="x") as tx:
        assert tx.replies.forget(MORNING) == 0
        assert not tx.replies.any_before(MORNING + dt.timedelta(days=7) - KEPT)
        assert tx.replies.any_before(MORNING + dt.timedelta(seconds=1))
        assert tx.replies.forget(MORNING + dt.timedelta(seconds=1)) == 1
        assert tx.replies.count() == 0


def test_a_match_says_whose_place_it_took(offered: Store) -> None:
    with offered.transaction(who="system", why="候补") as tx:
        tx.rounds.add(a_round("r2"))
        tx.matches.add(a_match("k3", round_id="r2", need_id="n2", instead_of="k1"))
    with offered.reading() as tx:
        assert tx.matches.get("k3").instead_of == "k1"
        assert tx.matches.get("k1").instead_of is None
