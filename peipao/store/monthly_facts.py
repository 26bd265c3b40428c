"""月度情况: appended, never overwritten; every figure stands in the ledger too."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from peipao.domain.monthly_facts import MonthlyFact
from peipao.store.schema import monthly_facts
from peipao.store.work import Work, chunks

_F = monthly_facts.c
_PLACE = (_F.project_id, _F.month, _F.name)


def _fact(row: sa.Row[Any]) -> MonthlyFact:
    return MonthlyFact(
        project_id=row.project_id,
        month=row.month,
        name=row.name,
        value=row.value,
        source=row.source,
        confidence=row.confidence,
        number=row.number,
        at=row.at,
        by=row.by,
    )


@dataclass(frozen=True, slots=True)
class MonthlyFacts:
    """The monthly facts within one transaction."""

    work: Work

    def note_many(self, facts: Sequence[MonthlyFact], *, verb: str = "fact.note") -> int:
        """Store what says something new; one ledger line a project and month, figures and all.

        Args:
            facts: at most one for each project, month and name.
            verb: of the ledger lines.

        Returns:
            how many said something new.

        Raises:
            NotFoundError: a project is not stored.
        """
        held = {fact.place: fact for fact in self._of_projects({one.project_id for one in facts})}
        fresh = [self._next(one, held.get(one.place)) for one in facts]
        added = [one for one in fresh if one is not None]
        self.work.insert(monthly_facts, [self._row(one) for one in added])
        for (project, month), group in sorted(_grouped(added).items()):
            figures = {one.name: [one.value, one.source, one.confidence] for one in group}
            self.work.note(verb, "project", [project], month=month, facts=figures)
        return len(added)

    def current(self, *, first: str, last: str) -> list[MonthlyFact]:
        """Return the figures that hold, by project, month and name, of months in [first, last]."""
        return self._held(_F.month >= first, _F.month <= last)

    def of_project(self, project_id: str) -> list[MonthlyFact]:
        """Return the figures of a project that hold, by month and name."""
        return self._held(_F.project_id == project_id)

    def history(self, project_id: str, month: str, name: str) -> list[MonthlyFact]:
        """Return every figure that was ever noted in one place, the first one first."""
        query = sa.select(monthly_facts).where(
            _F.project_id == project_id, _F.month == month, _F.name == name
        )
        return [_fact(row) for row in self.work.rows(query.order_by(_F.number))]

    def _of_projects(self, keys: Iterable[str]) -> list[MonthlyFact]:
        return [fact for chunk in chunks(keys) for fact in self._held(_F.project_id.in_(chunk))]

    def _held(self, *conditions: sa.ColumnElement[bool]) -> list[MonthlyFact]:
        latest = sa.select(*_PLACE, sa.func.max(_F.number).label("number")).where(*conditions)
        last = latest.group_by(*_PLACE).subquery()
        same = [_F[name] == last.c[name] for name in ("project_id", "month", "name", "number")]
        query = sa.select(monthly_facts).join(last, sa.and_(*same))
        return sorted(map(_fact, self.work.rows(query)), key=lambda fact: fact.place)

    @staticmethod
    def _next(one: MonthlyFact, held: MonthlyFact | None) -> MonthlyFact | None:
        if held is None:
            return replace(one, number=0)
        return None if one.says_as(held) else replace(one, number=held.number + 1)

    def _row(self, one: MonthlyFact) -> Mapping[str, Any]:
        return {
            "project_id": one.project_id,
            "month": one.month,
            "name": one.name,
            "number": one.number,
            "value": one.value,
            "source": one.source,
            "confidence": one.confidence,
            "at": self.work.clock.now(),
            "by": self.work.who,
        }


def _grouped(facts: Iterable[MonthlyFact]) -> dict[tuple[str, str], list[MonthlyFact]]:
    found: dict[tuple[str, str], list[MonthlyFact]] = defaultdict(list)
    for one in facts:
        found[one.project_id, one.month].append(one)
    return found
