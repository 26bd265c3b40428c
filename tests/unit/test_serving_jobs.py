"""A tick runs every step, and what fails stops nothing else."""

from __future__ import annotations

import datetime as dt
import threading

from peipao.errors import NotFoundError
from peipao.store import Store
from serving.jobs.schedule import repeated
from serving.jobs.steps import Step
from serving.jobs.tick import Ticked, tick

NOW = dt.datetime(2026, 3, 2, 1, 30, tzinfo=dt.UTC)


def a_step(name: str, run: object) -> Step:
    """Return a step that returns a number or raises an error."""

    def act(_now: dt.datetime) -> int:
        if isinstance(run, Exception):
            raise run
        assert isinstance(run, int)
        return run

    return Step(name, name, act)


def test_a_tick_runs_every_step_and_counts(sqlite_store: Store) -> None:
    assert tick(sqlite_store, (a_step("a", 2), a_step("b", 0)), NOW) == Ticked({"a": 2, "b": 0})


def test_a_step_that_is_refused_stops_no_other(sqlite_store: Store) -> None:
    steps = (a_step("a", NotFoundError("需求", "n1")), a_step("b", 3))
    assert tick(sqlite_store, steps, NOW) == Ticked({"b": 3}, {"a": "not-found"})


def test_a_defect_of_one_step_stops_no_other_and_says_nothing_private(
    sqlite_store: Store,
) -> None:
    steps = (a_step("a", ValueError("13800000000")), a_step("b", 3))
    assert tick(sqlite_store, steps, NOW) == Ticked({"b": 3}, {"a": "internal"})


def test_work_is_repeated_until_the_block_ends_even_if_it_fails() -> None:
    calls, third = [], threading.Event()

    def work() -> None:
        calls.append(1)
        if len(calls) == 3:
            third.set()
        raise ValueError("a defect")

    with repeated(work, 0.001):
        assert third.wait(10)
    assert "peipao-ticks" not in {thread.name for thread in threading.enumerate()}
