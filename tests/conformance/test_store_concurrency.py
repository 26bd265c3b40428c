"""Many at once: nobody over capacity, no pair twice, one chain."""

from __future__ import annotations

import itertools
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from random import Random

import pytest
from store_records import a_match, a_project, with_draft, with_people

from peipao.clock import FixedClock
from peipao.domain.records import Match
from peipao.domain.states import HOLDING, NeedState
from peipao.errors import CapacityTakenError, DuplicateMatchError, StaleWriteError
from peipao.store import Store

N_THREADS, N_PROVIDERS, N_NEEDS, CAPACITY = 16, 20, 40, 3


def at_once(jobs: Sequence[Callable[[], str]]) -> Counter[str]:
    """Run the jobs in 16 threads that start together and count their answers."""
    start = threading.Barrier(N_THREADS)

    def work(share: Sequence[Callable[[], str]]) -> list[str]:
        start.wait()
        return [job() for job in share]

    with ThreadPoolExecutor(N_THREADS) as pool:
        shares = [jobs[number::N_THREADS] for number in range(N_THREADS)]
        return Counter(itertools.chain.from_iterable(pool.map(work, shares)))


def an_offer(store: Store, key: str) -> Callable[[], str]:
    """Return a job that tries to offer one stored match and says what came of it."""

    def job() -> str:
        try:
            with store.transaction(who="officer", why="推荐") as tx:
                tx.matches.offer(tx.matches.get(key))
        except (CapacityTakenError, DuplicateMatchError) as error:
            return error.code
        return "ok"

    return job


def every_pair_in(round_id: str) -> list[Match]:
    """Return a proposed match for every pair of 40 needs and 20 providers."""
    return [
        a_match(f"{round_id}-{n}-{m}", round_id=round_id, need_id=f"n{n}", provider_id=f"m{m}")
        for n in range(1, N_NEEDS + 1)
        for m in range(1, N_PROVIDERS + 1)
    ]


def test_1600_offers_at_once_fill_20_providers_and_not_one_place_more(store: Store) -> None:
    with_people(store, needs=N_NEEDS, providers=N_PROVIDERS, capacity=CAPACITY)
    proposed = every_pair_in("r1") + every_pair_in("r2")
    with_draft(store, *proposed[:800], round_id="r1")
    with_draft(store, *proposed[800:], round_id="r2")
    Random(7).shuffle(proposed)  # noqa: S311  no secret

    answers = at_once([an_offer(store, match.id) for match in proposed])

    with store.reading() as tx:
        held = tx.matches.holding_of_kind("mentor")
        used = tx.providers.used("mentor")
        assert tx.providers.miscounted() == []
        assert tx.ledger.verify().sequence == tx.ledger.head().sequence == 5 + answers["ok"]
    assert set(answers) <= {"ok", "capacity-taken", "duplicate-match"}
    assert answers.total() == len(proposed)
    assert answers["ok"] == len(held) == N_PROVIDERS * CAPACITY
    assert set(used.values()) == {CAPACITY}
    assert max(Counter(match.provider_id for match in held).values()) == CAPACITY
    assert max(Counter((match.need_id, match.provider_id) for match in held).values()) == 1


def test_the_same_pair_offered_in_16_rounds_at_once_is_offered_once(store: Store) -> None:
    with_people(store, capacity=99)
    rounds = [f"r{number}" for number in range(N_THREADS)]
    for name in rounds:
        with_draft(store, a_match(f"k-{name}", round_id=name), round_id=name)

    answers = at_once([an_offer(store, f"k-{name}") for name in rounds])

    assert answers == {"ok": 1, "duplicate-match": 15}
    with store.reading() as tx:
        states = [match.state for match in tx.matches.of_need("n1")]
        assert sum(state in HOLDING for state in states) == 1
        assert tx.providers.used("mentor") == {"m1": 1}


def test_one_of_16_who_saw_the_same_version_wins(store: Store) -> None:
    with_people(store)
    with store.reading() as tx:
        seen = tx.needs.get("n1")

    def job() -> str:
        try:
            with store.transaction(who="officer", why="受理") as tx:
                tx.needs.move_many([seen], NeedState.ACKNOWLEDGED)
        except StaleWriteError as error:
            return error.code
        return "ok"

    assert at_once([job] * N_THREADS) == {"ok": 1, "stale-write": 15}
    with store.reading() as tx:
        assert tx.needs.get("n1").version == 2


def test_the_chain_never_forks_under_160_writers(store: Store) -> None:
    def a_writer(number: int) -> Callable[[], str]:
        def job() -> str:
            with store.transaction(who=f"clerk-{number}", why="登记") as tx:
                tx.projects.add(a_project(f"p{number}"))
                tx.ledger.append("project.note", f"project:p{number}")
            return "ok"

        return job

    assert at_once([a_writer(number) for number in range(160)]) == {"ok": 160}
    with store.reading() as tx:
        assert tx.ledger.verify().sequence == 320
        assert tx.projects.count() == 160


def test_a_store_in_memory_is_shared_by_threads_without_mixing_transactions(
    clock: FixedClock,
) -> None:
    store = Store.open("sqlite://", clock)
    store.migrate()
    with_people(store, capacity=5)

    def job() -> str:
        with store.reading() as tx:
            count = tx.projects.count()
        with store.transaction(who="clerk", why="登记") as tx:
            tx.projects.add(a_project(f"q{threading.get_ident()}-{count}"))
        return "ok"

    assert at_once([job] * 64) == {"ok": 64}
    with store.reading() as tx:
        tx.ledger.verify()
    store.close()


def test_a_transaction_inside_a_transaction_is_a_defect_and_not_a_deadlock(
    sqlite_store: Store,
) -> None:
    with (
        sqlite_store.transaction(who="a", why="外层") as tx,
        pytest.raises(RuntimeError, match="open in this thread"),
        sqlite_store.transaction(who="b", why="内层"),
    ):
        tx.projects.count()
