"""One tick: every step once, and a step that fails stops no other."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import structlog

from peipao.errors import PeipaoError
from peipao.store import Store
from serving.jobs.steps import Step

_LOCK = "tick"
_LOG = structlog.get_logger("peipao.jobs")


@dataclass(frozen=True, slots=True)
class Ticked:
    """What a tick did.

    Attributes:
        done: step -> how many records it acted on.
        failed: step -> code of the error that ended it; the next tick tries again.
        skipped: True if another instance was at it; nothing was done then.
    """

    done: Mapping[str, int] = field(default_factory=dict)
    failed: Mapping[str, str] = field(default_factory=dict)
    skipped: bool = False


def tick(store: Store, steps: Sequence[Step], now: dt.datetime) -> Ticked:
    """Run the steps, unless another instance of the service is at it.

    Raises:
        DatabaseNotReadyError: the database cannot be reached at all.
    """
    with store.alone(_LOCK) as mine:
        if not mine:
            return Ticked(skipped=True)
        done: dict[str, int] = {}
        failed: dict[str, str] = {}
        for step in steps:
            try:
                done[step.name] = step.run(now)
            except PeipaoError as error:
                failed[step.name] = error.code
            except Exception as error:  # noqa: BLE001  a defect of one step must not stop the others
                failed[step.name] = "internal"
                # The type alone: the words of a foreign error may hold what a person typed.
                _LOG.error("step failed", step=step.name, error=type(error).__name__)
        return Ticked(done, failed)
