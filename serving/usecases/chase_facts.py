"""催报清单: which accompanied projects still owe figures of a month, and whose officer asks."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from peipao.clock import Clock
from peipao.domain.working_days import deadline_after, month_of
from peipao.errors import InvalidInputError
from peipao.kinds.catalogue import Catalogue
from peipao.reference.monthly_facts import BookRules
from peipao.store import Store
from serving.usecases.months import bounds
from serving.usecases.owners import owners_of
from serving.usecases.response_rate import checked_month


@dataclass(frozen=True, slots=True)
class Owed:
    """One project that owes figures.

    Attributes:
        missing: ids of the required facts that are not there.
        officer: provider id of whoever looks after the project; None in a city without officers.
    """

    project_id: str
    name: str
    missing: tuple[str, ...]
    officer: str | None


@dataclass(frozen=True, slots=True)
class ChaseList:
    """Who is to be asked.

    Attributes:
        due_at: when the figures of the month should be there; aware, UTC.
        overdue: that time has passed.
        accompanied: projects that owe figures of the month at all.
    """

    month: str
    due_at: dt.datetime
    overdue: bool
    accompanied: int
    owed: tuple[Owed, ...]


@dataclass(frozen=True, slots=True)
class ChaseFacts:
    """Lists what is missing.

    A project is accompanied in a month if a need of it was in service before the month ended:
    its first meeting had taken place and it was not yet resolved or closed when the month began.
    """

    store: Store
    catalogue: Catalogue
    rules: BookRules
    clock: Clock

    def __call__(self, month: str | None = None) -> ChaseList:
        """Return the list of a month; None is the last one that is over.

        Raises:
            InvalidInputError: the month is malformed or has not begun.
        """
        now = self.clock.now()
        asked = checked_month(month or _before(month_of(now)))
        if asked > month_of(now):
            raise InvalidInputError("month", f"{asked} 尚未开始", f"不晚于 {month_of(now)}")
        start, end = bounds(asked)
        due = deadline_after(end, self.rules.chase_after_working_days).at
        required = [name for name, kind in self.rules.facts.items() if kind.required]
        with self.store.reading() as tx:
            needs = tx.needs.get_many(tx.steps.in_service(start, end))
            held = {fact.place for fact in tx.monthly_facts.current(first=asked, last=asked)}
            serving = {need.project_id: need for need in reversed(needs)}
            owing = {
                key: tuple(name for name in required if (key, asked, name) not in held)
                for key in serving
            }
            late = tx.projects.get_many([key for key, missing in owing.items() if missing])
            pairs = [(serving[project.id], project) for project in late]
            owners = owners_of(tx, self.catalogue, pairs)
        owed = tuple(Owed(p.id, p.name, owing[p.id], owners.get(need.id)) for need, p in pairs)
        return ChaseList(asked, due, now > due, len(serving), owed)


def _before(month: str) -> str:
    start, _ = bounds(month)
    return month_of(start - dt.timedelta(days=1))
