"""需求环节: the clocks of needs; `Needs` writes them with every move, others read them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from peipao.domain.steps import NeedStep, StepName, StepResult
from peipao.errors import AlreadyExistsError
from peipao.store.schema import need_steps, needs
from peipao.store.work import NOUNS, UniqueViolation, Work, chunks


def _row(one: NeedStep) -> dict[str, Any]:
    return {
        "need_id": one.need_id,
        "step": one.step.value,
        "turn": one.turn,
        "started_at": one.started_at,
        "due_at": one.due_at,
        "due_month": one.due_month,
        "owner": one.owner,
        "assumed": one.assumed,
        "done_at": one.done_at,
        "result": None if one.result is None else one.result.value,
        "overdue_at": one.overdue_at,
        "warned_at": one.warned_at,
    }


def _step(row: sa.Row[Any]) -> NeedStep:
    return NeedStep(
        need_id=row.need_id,
        step=StepName(row.step),
        turn=row.turn,
        started_at=row.started_at,
        due_at=row.due_at,
        owner=row.owner,
        assumed=row.assumed,
        done_at=row.done_at,
        result=None if row.result is None else StepResult(row.result),
        overdue_at=row.overdue_at,
        warned_at=row.warned_at,
    )


_KEY = ("need_id", "step", "turn")
_ORDER = (need_steps.c.due_at, need_steps.c.need_id, need_steps.c.step, need_steps.c.turn)


@dataclass(frozen=True, slots=True)
class NeedSteps:
    """The steps of needs within one transaction."""

    work: Work

    def put(self, steps: Sequence[NeedStep]) -> None:
        """Write steps, new ones and changed ones; the caller owes the ledger a line."""
        known = {(one.need_id, one.step, one.turn) for one in self.of_needs(_needs_of(steps))}
        fresh = [one for one in steps if (one.need_id, one.step, one.turn) not in known]
        self._insert(fresh)
        self._update([one for one in steps if (one.need_id, one.step, one.turn) in known])

    def of_needs(self, keys: Sequence[str]) -> list[NeedStep]:
        """Return all steps of some needs, by need, time and then step."""
        order = (need_steps.c.need_id, need_steps.c.started_at, *_ORDER)
        query = sa.select(need_steps).order_by(*order)
        return [
            _step(row)
            for chunk in chunks(set(keys))
            for row in self.work.rows(query.where(need_steps.c.need_id.in_(chunk)))
        ]

    def overdue(self, now: dt.datetime, *, told: bool | None = None) -> list[NeedStep]:
        """Return the open steps whose deadline has passed, the longest first.

        Args:
            now: a deadline at this very moment has not passed.
            told: only those of which it was told already, or only those of which it was not.
        """
        query = sa.select(need_steps).order_by(*_ORDER)
        query = query.where(need_steps.c.done_at.is_(None), need_steps.c.due_at < now)
        if told is not None:
            was_told = need_steps.c.overdue_at.is_not(None)
            query = query.where(was_told if told else ~was_told)
        return [_step(row) for row in self.work.rows(query)]

    def unanswered(self, at: dt.datetime) -> list[NeedStep]:
        """Return the response steps that were open at a time, the most urgent first."""
        columns = need_steps.c
        query = sa.select(need_steps).order_by(*_ORDER)
        query = query.where(
            columns.step == StepName.RESPOND.value,
            columns.started_at <= at,
            sa.or_(columns.done_at.is_(None), columns.done_at > at),
        )
        return [_step(row) for row in self.work.rows(query)]

    def due_unwarned(self, until: dt.datetime) -> list[NeedStep]:
        """Return the open steps due by a time whose owners were not reminded, by deadline."""
        columns = need_steps.c
        query = sa.select(need_steps).order_by(*_ORDER)
        query = query.where(
            columns.done_at.is_(None), columns.due_at <= until, columns.warned_at.is_(None)
        )
        return [_step(row) for row in self.work.rows(query)]

    def mark_overdue(self, steps: Sequence[NeedStep], now: dt.datetime) -> list[NeedStep]:
        """Note that it was told of steps that they are overdue; return those not told before."""
        marked = self._marked(steps, "overdue_at", now)
        self.work.note("need.overdue", "need", sorted({one.need_id for one in marked}))
        return marked

    def mark_warned(self, steps: Sequence[NeedStep], now: dt.datetime) -> list[NeedStep]:
        """Note that the owners of steps were reminded; return those not reminded before."""
        marked = self._marked(steps, "warned_at", now)
        self.work.note("need.remind", "need", sorted({one.need_id for one in marked}))
        return marked

    def _marked(self, steps: Sequence[NeedStep], column: str, now: dt.datetime) -> list[NeedStep]:
        ticked = sa.update(need_steps).where(
            *(need_steps.c[name] == sa.bindparam(f"of_{name}") for name in _KEY),
            need_steps.c.done_at.is_(None),
            need_steps.c[column].is_(None),
        )
        ticked = ticked.values({column: now})
        return [
            one
            for one in steps
            if self.work.write(ticked, [{f"of_{name}": _row(one)[name] for name in _KEY}])
        ]

    def hand_over(self, owners: Sequence[tuple[str, str | None]]) -> None:
        """Give the open steps of needs to other owners; part of a change of the need."""
        change = sa.update(need_steps).where(
            need_steps.c.need_id == sa.bindparam("of_need"), need_steps.c.done_at.is_(None)
        )
        change = change.values(owner=sa.bindparam("new_owner"))
        self.work.write(change, [{"of_need": key, "new_owner": owner} for key, owner in owners])

    def in_service(self, first: dt.datetime, last: dt.datetime) -> list[str]:
        """Return the ids of needs that were in service at any time in [first, last], by id."""
        columns = need_steps.c
        query = sa.select(columns.need_id).distinct().order_by(columns.need_id)
        query = query.where(
            columns.step == StepName.RESOLVE.value,
            columns.started_at <= last,
            sa.or_(columns.done_at.is_(None), columns.done_at >= first),
        )
        return [row.need_id for row in self.work.rows(query)]

    def assumed(self) -> list[NeedStep]:
        """Return the open steps whose deadline rests on an unknown calendar year, by deadline."""
        query = sa.select(need_steps).where(need_steps.c.done_at.is_(None), need_steps.c.assumed)
        return [_step(row) for row in self.work.rows(query.order_by(*_ORDER))]

    def without_steps(self) -> list[str]:
        """Return the ids of needs that have no step at all."""
        has_one = sa.exists().where(need_steps.c.need_id == needs.c.id)
        return [row.id for row in self.work.rows(sa.select(needs.c.id).where(~has_one))]

    def count(self) -> int:
        """Return how many steps are stored."""
        return self.work.count(need_steps)

    def _insert(self, steps: Sequence[NeedStep]) -> None:
        try:
            self.work.insert(need_steps, [_row(one) for one in steps])
        except UniqueViolation as error:
            raise AlreadyExistsError(
                NOUNS["need_steps"], min(one.need_id for one in steps)
            ) from error

    def _update(self, steps: Sequence[NeedStep]) -> None:
        names = [name for name in need_steps.c.keys() if name not in _KEY]  # noqa: SIM118
        change = sa.update(need_steps).where(
            *(need_steps.c[name] == sa.bindparam(f"of_{name}") for name in _KEY)
        )
        change = change.values({name: sa.bindparam(name) for name in names})
        rows = [_row(one) for one in steps]
        self.work.write(
            change,
            [
                {f"of_{name}": row[name] for name in _KEY} | {name: row[name] for name in names}
                for row in rows
            ],
        )


def _needs_of(steps: Sequence[NeedStep]) -> list[str]:
    return sorted({one.need_id for one in steps})
