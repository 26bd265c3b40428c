"""Ticks at regular times, in a thread beside the service."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog

from peipao.errors import PeipaoError
from serving.jobs.steps import steps_of
from serving.jobs.tick import Ticked, tick
from serving.wiring import Peipao

_LOG = structlog.get_logger("peipao.jobs")
_PATIENCE_S = 30.0


def tick_once(peipao: Peipao) -> Ticked:
    """Run all steps of a wired service now."""
    return tick(peipao.store, steps_of(peipao), peipao.clock.now())


@contextmanager
def ticking(peipao: Peipao) -> Iterator[None]:
    """Tick in the background until the block ends; the settings may switch it off."""
    every_s = peipao.settings.jobs.every_s
    if every_s == 0:
        yield
        return
    with repeated(lambda: tick_once(peipao), every_s):
        yield


@contextmanager
def repeated(work: Callable[[], object], every_s: float) -> Iterator[None]:
    """Call `work` at once and then every so many seconds, until the block ends.

    One call that is refused or fails does not end the others; a call that runs is waited for.
    """
    over = threading.Event()

    def loop() -> None:
        while True:
            _contained(work)
            if over.wait(every_s):
                return

    thread = threading.Thread(target=loop, name="peipao-ticks", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(_PATIENCE_S)


def _contained(work: Callable[[], object]) -> None:
    try:
        work()
    except PeipaoError as error:
        _LOG.warning("tick refused", code=error.code)
    except Exception as error:  # noqa: BLE001  the thread must outlive a defect
        _LOG.error("tick failed", error=type(error).__name__)
