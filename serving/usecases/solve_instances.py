"""Solve instances in the background: how far it is, and the best plan so far when asked to stop."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from matching.budget import Budget, Progress
from matching.validate import SCALE
from peipao.clock import Clock
from peipao.errors import NotFoundError, PeipaoError, TooManySolvesError
from serving.usecases.writing import NewId

MOST_RUNNING = 2
KEPT = dt.timedelta(minutes=30)
LONGEST_S = 3600.0


class JobState(StrEnum):
    """How a job stands."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class SolveJob:
    """An instance that is being solved, or was.

    Attributes:
        spent_s: seconds searched, as last told; searches that are flows tell nothing.
        best, bound: affinity units; objective of the best plan so far, and what none exceeds.
        cancelled: somebody asked it to stop; the answer is then the best found until then.
        answer: as of `solve_instance`, once done.
        code, detail: of the refusal, once failed.
    """

    id: str
    state: JobState
    started_at: dt.datetime
    spent_s: float = 0.0
    best: float | None = None
    bound: float | None = None
    cancelled: bool = False
    answer: Mapping[str, Any] | None = None
    code: str | None = None
    detail: str | None = None

    @property
    def gap(self) -> float | None:
        """Return by how much a better plan could exceed the best so far, affinity units."""
        if self.best is None or self.bound is None:
            return None
        return max(self.bound - self.best, 0.0)


@dataclass(slots=True)
class _Running:
    """A job at work; its fields change under the lock of all jobs."""

    id: str
    by: str
    started_at: dt.datetime
    stop: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)
    state: JobState = JobState.RUNNING
    progress: Progress | None = None
    answer: Mapping[str, Any] | None = None
    failed: PeipaoError | None = None


class SolveInstances:
    """Keeps a few solves at work in this process, and their answers for half an hour."""

    def __init__(self, clock: Clock, new_id: NewId, most: int = MOST_RUNNING) -> None:
        """Start without any job.

        Args:
            clock: of start and expiry.
            new_id: names jobs.
            most: jobs that run at the same time.
        """
        self._clock, self._new_id, self._most = clock, new_id, most
        self._lock, self._jobs = threading.Lock(), dict[str, _Running]()

    def start(self, instance: Mapping[str, Any], *, by: str) -> SolveJob:
        """Begin to solve an instance and return at once.

        Raises:
            InvalidInputError: naming what cannot be used.
            TooManySolvesError: as many jobs as allowed are running.
        """
        from matching.instance_reader import read_instance

        read_instance(instance)
        with self._lock:
            self._forget()
            running = [one for one in self._jobs.values() if one.state is JobState.RUNNING]
            if len(running) >= self._most:
                raise TooManySolvesError(self._most)
            job = _Running(self._new_id("solve"), by, self._clock.now())
            self._jobs[job.id] = job
            shown = _shown(job)
        threading.Thread(target=self._work, args=(job, instance), name=job.id, daemon=True).start()
        return shown

    def show(self, job_id: str, *, by: str, wait_s: float = 0.0) -> SolveJob:
        """Return how a job stands; only to whoever started it.

        Args:
            job_id: of `start`.
            by: who asks.
            wait_s: seconds to wait at most for its end.

        Raises:
            NotFoundError: there is no such job (any more).
        """
        with self._lock:
            job = self._mine(job_id, by)
        job.over.wait(wait_s)
        with self._lock:
            return _shown(job)

    def cancel(self, job_id: str, *, by: str) -> SolveJob:
        """Ask a job to stop with the best plan so far; it ends when its search looks up.

        Raises:
            NotFoundError: there is no such job (any more).
        """
        with self._lock:
            job = self._mine(job_id, by)
            job.stop.set()
            return _shown(job)

    def _mine(self, job_id: str, by: str) -> _Running:
        self._forget()
        job = self._jobs.get(job_id)
        if job is None or job.by != by:
            raise NotFoundError("求解任务", job_id)
        return job

    def _forget(self) -> None:
        """Drop what ended long ago."""
        oldest = self._clock.now() - KEPT
        for key, job in list(self._jobs.items()):
            if job.state is not JobState.RUNNING and job.started_at < oldest:
                del self._jobs[key]

    def _work(self, job: _Running, instance: Mapping[str, Any]) -> None:
        from matching.instance import solve_instance

        def told(progress: Progress) -> None:
            with self._lock:
                job.progress = progress

        budget = Budget(told=told, cancelled=job.stop.is_set)
        try:
            answer = solve_instance(instance, longest_s=LONGEST_S, budget=budget)
        except PeipaoError as failed:
            self._end(job, JobState.FAILED, failed=failed)
        else:
            self._end(job, JobState.DONE, answer=answer)

    def _end(
        self,
        job: _Running,
        state: JobState,
        *,
        answer: Mapping[str, Any] | None = None,
        failed: PeipaoError | None = None,
    ) -> None:
        with self._lock:
            job.answer, job.failed, job.state = answer, failed, state
        job.over.set()


def _shown(job: _Running) -> SolveJob:
    progress = job.progress
    best = None if progress is None or progress.best is None else progress.best / SCALE
    return SolveJob(
        id=job.id,
        state=job.state,
        started_at=job.started_at,
        spent_s=0.0 if progress is None else round(progress.spent_s, 3),
        best=best,
        bound=None if progress is None else progress.bound / SCALE,
        cancelled=job.stop.is_set(),
        answer=job.answer,
        code=None if job.failed is None else job.failed.code,
        detail=None if job.failed is None else str(job.failed),
    )
