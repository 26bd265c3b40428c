"""What is told stands in the outbox with its event, on SQLite and on PostgreSQL alike."""

from __future__ import annotations

import datetime as dt

import pytest
from store_records import MORNING

from peipao.domain.notices import Delivery, DeliveryState, Notice, a_notice, words_of
from peipao.errors import InvalidInputError, NotFoundError, UnknownValueError
from peipao.store import Store

HOUR = dt.timedelta(hours=1)


def told(number: int = 1, at: dt.datetime = MORNING) -> Notice:
    """Return a notice to project p1 about a need."""
    return a_notice("project:p1", "need.referred", f"need:n{number}", at, {"owner": f"o{number}"})


def tell(store: Store, *notices: Notice) -> int:
    """Tell notices in one transaction."""
    with store.transaction(who="clerk", why="受理") as tx:
        return tx.notices.tell(notices)


def tell_and_fail(store: Store) -> None:
    """Tell something and fail before the end."""
    with store.transaction(who="clerk", why="受理") as tx:
        tx.notices.tell([told()])
        tx.needs.get("nobody")


def note(store: Store, *tried: Delivery) -> None:
    """Note how tries went, in one transaction."""
    with store.transaction(who="system", why="投递") as tx:
        tx.notices.note_deliveries(tried)


def due(store: Store, now: dt.datetime = MORNING + HOUR, since: dt.datetime = MORNING) -> list[str]:
    """Return the subjects of what the portal's channel is to try."""
    with store.reading() as tx:
        return [one.subject for one in tx.notices.due("portal", now, since, 10)]


def test_a_notice_comes_back_equal_and_says_its_words(store: Store) -> None:
    tell(store, told())
    with store.reading() as tx:
        assert tx.notices.get(told().id) == told()
        assert tx.notices.about("need:n1") == tx.notices.of("project:p1") == [told()]
    assert words_of(told()) == "需求 n1 已转服务专员 o1 专人跟进。"


def test_an_invitation_says_until_when_in_the_time_of_shanghai() -> None:
    params = {"need": "n1", "until": "2026-12-07T15:59+00:00"}
    offered = a_notice("project:p1", "offer.made", "match:r1", MORNING, params)
    said = "需求 n1 有一项推荐(r1)待您答复,请于 2026-12-07 23:59 前接受或谢绝。"
    assert words_of(offered) == said
    assert offered.params["until"] == "2026-12-07T15:59+00:00"


@pytest.mark.parametrize(
    ("event", "reason", "words"),
    [
        ("offer.declined", "no-time", "近期没有时间"),
        ("offer.declined", "smaller-load", "资源方减少名额"),
        ("offer.expired", "no-answer:provider+founder", "资源方、项目方"),
        ("match.ended", "mismatch", "双方不合适"),
        ("match.ended", "need-duplicate", "需求已关闭:与另一需求重复"),
        ("match.ended", "resolved", "需求已办结"),
        ("bid.lost", "outscored", "名额授予得分更高者"),
        ("match.ended", "of-another-release", "of-another-release"),
    ],
)
def test_a_notice_gives_its_reason_in_words(event: str, reason: str, words: str) -> None:
    told = a_notice("provider:m1", event, "match:r1", MORNING, {"need": "n1", "reason": reason})
    assert f"({words})" in words_of(told)


def test_telling_the_same_twice_tells_it_once(store: Store) -> None:
    assert tell(store, told(), told(2)) == 2
    assert tell(store, told(2), told(3)) == 1
    with store.reading() as tx:
        assert tx.notices.count() == 3


def test_what_is_told_disappears_with_the_event_that_failed(store: Store) -> None:
    with pytest.raises(NotFoundError):
        tell_and_fail(store)
    with store.reading() as tx:
        assert tx.notices.count() == 0


def test_a_channel_is_given_the_oldest_that_it_never_tried(store: Store) -> None:
    tell(store, told(1, MORNING + HOUR / 2), told(2), told(3, MORNING - HOUR))
    assert due(store) == ["need:n2", "need:n1"]


def test_a_failed_try_is_due_again_at_its_time_and_never_after_the_last(store: Store) -> None:
    tell(store, told(1), told(2), told(3))
    waiting = Delivery(
        told(1).id, "portal", DeliveryState.WAITING, 1, MORNING + 2 * HOUR, None, "timeout"
    )
    sent = Delivery(told(2).id, "portal", DeliveryState.SENT, 1, None, MORNING)
    failed = Delivery(told(3).id, "portal", DeliveryState.FAILED, 9, None, MORNING, "refused")
    note(store, waiting, sent, failed)
    assert due(store) == []
    assert due(store, MORNING + 2 * HOUR) == ["need:n1"]
    again = Delivery(told(1).id, "portal", DeliveryState.SENT, 2, None, MORNING + 2 * HOUR)
    note(store, again)
    assert due(store, MORNING + 3 * HOUR) == []
    with store.reading() as tx:
        assert tx.notices.deliveries_of([told(1).id, told(2).id]) == sorted(
            [again, sent], key=lambda one: one.notice_id
        )


def test_another_channel_tries_what_one_has_sent(store: Store) -> None:
    tell(store, told())
    note(store, Delivery(told().id, "mail", DeliveryState.SENT, 1, None, MORNING))
    assert due(store) == ["need:n1"]


@pytest.mark.parametrize(
    ("to", "event", "subject", "params", "error"),
    [
        ("somebody", "need.referred", "need:n1", {"owner": "o1"}, InvalidInputError),
        ("project:张三", "need.referred", "need:n1", {"owner": "o1"}, InvalidInputError),
        ("staff", "need.lost", "need:n1", {}, UnknownValueError),
        ("staff", "need.referred", "n1", {"owner": "o1"}, InvalidInputError),
        ("staff", "need.referred", "need:n1", {}, InvalidInputError),
        ("staff", "need.referred", "need:n1", {"owner": "张三"}, InvalidInputError),
    ],
)
def test_a_notice_that_names_a_person_or_has_no_words_is_refused(
    to: str, event: str, subject: str, params: dict[str, str], error: type[Exception]
) -> None:
    with pytest.raises(error):
        a_notice(to, event, subject, MORNING, params)


def test_only_one_process_at_a_time_holds_a_named_lock(postgresql_url: str, clock: object) -> None:
    one, other = (Store.open(postgresql_url, clock) for _ in range(2))  # type: ignore[arg-type]
    with one.alone("tick") as first, other.alone("tick") as second, other.alone("else") as third:
        assert (first, second, third) == (True, False, True)
    with other.alone("tick") as later:
        assert later
    one.close()
    other.close()
