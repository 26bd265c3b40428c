"""Many answer and ask at once: nobody over capacity, nobody twice, one truth."""

from __future__ import annotations

import itertools
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
from offer_desk import LONG, Desk, a_desk, settle

from peipao.clock import FixedClock
from peipao.domain.offers import Side
from peipao.domain.records import FeedbackType
from peipao.domain.states import HOLDING, MatchState, NeedState
from peipao.errors import KeyReusedError, PeipaoError
from peipao.store import Store
from serving.usecases.exactly_once import Call

N_THREADS = 32
Job = Callable[[], object]


@pytest.fixture
def desk(store: Store, clock: FixedClock, tmp_path: Path) -> Desk:
    """The use cases of offers on an empty store."""
    return a_desk(store, clock, tmp_path)


def at_once(jobs: Sequence[Job]) -> Counter[str]:
    """Run the jobs in 32 threads that start together and count what came of them."""
    start = threading.Barrier(N_THREADS)

    def work(share: Sequence[Job]) -> list[str]:
        start.wait()
        return [_outcome(job) for job in share]

    with ThreadPoolExecutor(N_THREADS) as pool:
        shares = [jobs[number::N_THREADS] for number in range(N_THREADS)]
        return Counter(itertools.chain.from_iterable(pool.map(work, shares)))


def _outcome(job: Job) -> str:
    try:
        job()
    except PeipaoError as error:
        return error.code
    return "ok"


def sound(store: Store) -> None:
    """Assert that places, pairs and the ledger agree."""
    with store.reading() as tx:
        assert tx.providers.miscounted() == []
        tx.ledger.verify()


def test_the_last_place_under_32_accepts_at_once_has_one_taker(desk: Desk) -> None:
    settle(desk.store, needs=N_THREADS, providers=1)
    answers = at_once(
        [partial(desk.offer, f"n{k + 1}", "m1", agreed=Side.FOUNDER) for k in range(N_THREADS)]
    )
    assert answers == {"ok": 1, "capacity-taken": 31}
    with desk.store.reading() as tx:
        assert len(tx.matches.holding_of_kind("mentor")) == 1
    sound(desk.store)


def test_a_need_asked_for_by_32_at_once_gets_the_one_place_it_wants(desk: Desk) -> None:
    settle(desk.store, needs=1, providers=N_THREADS)
    answers = at_once([partial(desk.offer, "n1", f"m{k + 1}") for k in range(N_THREADS)])
    assert answers == {"ok": 1, "need-filled": 31}
    sound(desk.store)


def test_both_sides_accept_at_the_same_moment_and_it_is_accepted_once(desk: Desk) -> None:
    settle(desk.store, needs=16, providers=16)
    for k in range(16):
        desk.offer(f"n{k + 1}", f"m{k + 1}")
    matches = [desk.match_of(f"n{k + 1}").id for k in range(16)]

    answers = at_once(
        [
            partial(desk.answer, match, side, accept=True, call=Call(side.value))
            for match in matches
            for side in Side
        ]
    )

    assert answers == {"ok": 32}
    with desk.store.reading() as tx:
        assert {one.state for one in tx.matches.get_many(matches)} == {MatchState.ACCEPTED}
        told = Counter(event.type for event in tx.feedback.of_kind("mentor"))
        assert {need.state for need in tx.needs.list()} == {NeedState.MATCHED}
    assert told == {FeedbackType.ASKED: 16, FeedbackType.ACCEPTED: 16}
    sound(desk.store)


def test_accepting_declining_and_expiring_at_once_leaves_one_state_each(desk: Desk) -> None:
    settle(desk.store, needs=8, providers=8)
    for k in range(8):
        desk.offer(f"n{k + 1}", f"m{k + 1}", agreed=Side.FOUNDER)
    matches = [desk.match_of(f"n{k + 1}") for k in range(8)]
    over = matches[0].answer_by
    assert over is not None

    at_once(
        [
            job
            for match in matches
            for job in (
                partial(desk.answer, match.id, Side.PROVIDER, accept=True, call=Call("a")),
                partial(
                    desk.answer,
                    match.id,
                    Side.PROVIDER,
                    accept=False,
                    reason="no-time",
                    call=Call("b"),
                ),
                partial(desk.expire, over),
                partial(desk.run.met, match.id, said_by="staff", call=Call("c")),
            )
        ]
    )

    with desk.store.reading() as tx:
        for match in tx.matches.get_many([one.id for one in matches]):
            held = match.state in HOLDING
            assert (tx.vacancies.of_match(match.id) is None) is held
            told = Counter(event.type for event in tx.feedback.of_need(match.need_id))
            assert told[FeedbackType.ACCEPTED] + told[FeedbackType.DECLINED] == 1
            assert set(told.values()) <= {1}
    sound(desk.store)


def test_a_key_sent_five_times_at_once_has_one_effect_and_one_answer(desk: Desk) -> None:
    settle(desk.store, needs=8, providers=8)
    bodies: dict[int, set[str]] = {k: set() for k in range(8)}

    def send(k: int) -> None:
        bodies[k].add(desk.offer(f"n{k + 1}", f"m{k + 1}", key=f"key-{k}").body)

    answers = at_once([partial(send, k) for k in range(8) for _ in range(5)])

    assert answers == {"ok": 40}
    assert {len(found) for found in bodies.values()} == {1}
    with pytest.raises(KeyReusedError):
        desk.offer("n1", "m2", key="key-0")
    with desk.store.reading() as tx:
        assert len(tx.matches.page()) == tx.replies.count() == 8
    sound(desk.store)


def test_an_answer_after_the_deadline_is_too_late_even_before_the_tick(
    desk: Desk, clock: FixedClock
) -> None:
    settle(desk.store, needs=1, providers=1)
    desk.offer("n1", "m1")
    match = desk.match_of("n1")
    late = a_desk(desk.store, FixedClock(clock.now() + LONG), Path("unused"))
    assert at_once([lambda: late.answer(match.id, Side.FOUNDER, accept=True, call=Call("x"))]) == {
        "answer-too-late": 1
    }
    assert desk.expire(clock.now() + LONG) == 1
    assert desk.match_of("n1").ended_reason == "no-answer:provider+founder"
    assert desk.expire(clock.now() + LONG) == 0
