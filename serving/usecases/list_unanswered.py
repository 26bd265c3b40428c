"""Which needs wait for an answer at a time, and which steps are overdue."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from peipao.clock import Clock
from peipao.domain.states import NEED
from peipao.domain.steps import LABELS, NeedStep
from peipao.domain.working_days import SHANGHAI
from peipao.kinds.catalogue import Catalogue
from peipao.store import Store, Transaction
from serving.usecases.owners import require_officer


@dataclass(frozen=True, slots=True)
class WaitingNeed:
    """A need with an open step.

    Attributes:
        label, step_label, state_label: Chinese; the state is today's.
        overdue: the deadline had passed at the time of the list.
        days_left: calendar days to the deadline, negative after it.
    """

    need_id: str
    project_id: str
    kind: str
    label: str
    district: str | None
    channel: str | None
    state_label: str
    step: str
    step_label: str
    turn: int
    owner: str | None
    started_at: dt.datetime
    due_at: dt.datetime
    days_left: int
    overdue: bool
    assumed: bool


@dataclass(frozen=True, slots=True)
class ListUnanswered:
    """Lists open steps, the most urgent first."""

    store: Store
    catalogue: Catalogue
    clock: Clock

    def __call__(
        self,
        *,
        at: dt.datetime | None = None,
        overdue_only: bool = False,
        owner: str | None = None,
    ) -> list[WaitingNeed]:
        """Return the needs without an answer.

        Args:
            at: the time of the list; None is now. Any time of the past gives the list of then.
            overdue_only: those whose deadline had passed.
            owner: those of one officer.

        Raises:
            NotFoundError: there is no such officer.
        """
        moment = at or self.clock.now()
        with self.store.reading() as tx:
            return self._listed(tx, tx.steps.unanswered(moment), moment, overdue_only, owner)

    def overdue(self, *, owner: str | None = None) -> list[WaitingNeed]:
        """Return every step that is overdue now, of whatever sort.

        Raises:
            NotFoundError: there is no such officer.
        """
        now = self.clock.now()
        with self.store.reading() as tx:
            return self._listed(tx, tx.steps.overdue(now), now, True, owner)

    def _listed(
        self,
        tx: Transaction,
        steps: Sequence[NeedStep],
        at: dt.datetime,
        overdue_only: bool,  # noqa: FBT001  passed on
        owner: str | None,
    ) -> list[WaitingNeed]:
        if owner is not None:
            require_officer(tx, self.catalogue, owner)
        chosen = [
            one
            for one in steps
            if (one.due_at < at or not overdue_only) and owner in {None, one.owner}
        ]
        needs = {need.id: need for need in tx.needs.get_many([one.need_id for one in chosen])}
        districts = tx.needs.districts_of(list(needs))
        return [
            WaitingNeed(
                need_id=one.need_id,
                project_id=needs[one.need_id].project_id,
                kind=needs[one.need_id].kind,
                label=self._label(needs[one.need_id].kind),
                district=districts.get(one.need_id),
                channel=needs[one.need_id].channel,
                state_label=NEED.labels[needs[one.need_id].state],
                step=one.step.value,
                step_label=LABELS[one.step],
                turn=one.turn,
                owner=one.owner,
                started_at=one.started_at,
                due_at=one.due_at,
                days_left=(one.due_at.astimezone(SHANGHAI).date() - _day(at)).days,
                overdue=one.due_at < at,
                assumed=one.assumed,
            )
            for one in chosen
        ]

    def _label(self, kind: str) -> str:
        return self.catalogue[kind].label if kind in self.catalogue else kind


def _day(at: dt.datetime) -> dt.date:
    return at.astimezone(SHANGHAI).date()
