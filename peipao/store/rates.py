"""响应率: counted by the database, from the first response step of every need."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa

from peipao.domain.rates import RateRow
from peipao.domain.steps import StepName, StepResult
from peipao.store.schema import need_steps, needs
from peipao.store.work import Work

_STEP = need_steps.c
_GROUP = (_STEP.due_month, needs.c.kind, needs.c.channel, needs.c.district)
_DONE = _STEP.result == StepResult.DONE.value
_IN_TIME = _STEP.done_at <= _STEP.due_at
_EXEMPT = sa.and_(_STEP.result.is_not(None), _STEP.result == StepResult.WITHDRAWN.value, _IN_TIME)


def _counted(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.sum(sa.case((condition, 1), else_=0))


@dataclass(frozen=True, slots=True)
class Rates:
    """The figures within one transaction."""

    work: Work

    def counted(
        self, at: dt.datetime, *, first: str | None = None, last: str | None = None
    ) -> list[RateRow]:
        """Return the figures as they were at a time, one row a cell, sorted.

        Args:
            at: needs whose deadline lies at or after it are not due yet, and what was done
                after it does not count.
            first: no month before this one, such as `2026-03`; None is no bound.
            last: no month after this one; None is no bound.
        """
        then_done = sa.and_(_DONE, _STEP.done_at <= at)
        columns = (
            sa.func.count().label("due"),
            _counted(sa.and_(then_done, _IN_TIME)).label("responded"),
            _counted(sa.and_(then_done, ~_IN_TIME)).label("late"),
        )
        query = sa.select(*_GROUP, *columns).join(needs, needs.c.id == _STEP.need_id)
        query = query.where(
            _STEP.step == StepName.RESPOND.value,
            _STEP.turn == 1,
            _STEP.due_at < at,
            sa.or_(_STEP.result.is_(None), ~_EXEMPT),
        )
        if first is not None:
            query = query.where(_STEP.due_month >= first)
        if last is not None:
            query = query.where(_STEP.due_month <= last)
        return sorted(
            RateRow(
                row.due_month,
                row.kind,
                row.channel or "",
                row.district or "",
                row.due,
                int(row.responded),
                int(row.late),
            )
            for row in self.work.rows(query.group_by(*_GROUP))
        )
