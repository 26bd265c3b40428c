"""What the clocks of needs bring about by themselves: reminders, referrals, overdue events."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from peipao.clock import Clock
from peipao.domain.notices import STAFF, Notice, a_notice
from peipao.domain.records import Need
from peipao.domain.states import RANKED
from peipao.domain.steps import NeedStep, StepName
from peipao.domain.working_days import day_of, deadline_after
from peipao.errors import ModelPackageError, NoActiveModelError, UnknownKindError
from peipao.kinds.catalogue import Catalogue
from peipao.store import Store
from serving.usecases.handle_need import refer
from serving.usecases.rank import Rank

WHO = "system"
_LISTS_AT_ONCE = 50
"""Needs that one call ranks for; a tick must not keep the service from answering."""


@dataclass(frozen=True, slots=True)
class WatchDeadlines:
    """Acts on deadlines; running it again at the same time does nothing more.

    Attributes:
        at_once: steps that one call handles at most; the rest follow with the next call.
    """

    store: Store
    catalogue: Catalogue
    rank: Rank
    clock: Clock
    at_once: int = 500

    def raise_overdue(self, now: dt.datetime) -> int:
        """Tell owners and staff of steps whose deadline has passed; return how many are new."""
        with self.store.reading() as tx:
            if not tx.steps.overdue(now, told=False):
                return 0
        with self.store.transaction(who=WHO, why="环节逾期") as tx:
            steps = tx.steps.overdue(now, told=False)[: self.at_once]
            marked = tx.steps.mark_overdue(steps, now)
            tx.notices.tell([one for step in marked for one in _of_step("need.overdue", step, now)])
        return len(marked)

    def remind(self, now: dt.datetime) -> int:
        """Remind owners a working day ahead; a need that nobody fits is referred to its owner.

        Returns:
            How many steps were looked at for the first time.
        """
        until = deadline_after(now, 1).at
        with self.store.reading() as tx:
            steps = tx.steps.due_unwarned(until)[:_LISTS_AT_ONCE]
            needs = {need.id: need for need in tx.needs.get_many([one.need_id for one in steps])}
        if not steps:
            return 0
        alone = {
            one.need_id
            for one in steps
            if one.step is StepName.RESPOND and self._nobody_fits(needs[one.need_id])
        }
        with self.store.transaction(who=WHO, why="临期提醒") as tx:
            marked = tx.steps.mark_warned(steps, now)
            tx.notices.tell(
                [
                    one
                    for step in marked
                    if step.need_id not in alone
                    for one in _of_step("need.due_soon", step, now)
                ]
            )
            for key in sorted(alone & {one.need_id for one in marked}):
                refer(tx, self.catalogue, self.clock, tx.needs.get(key), None)
        return len(marked)

    def settle_assumed(self) -> int:
        """Set deadlines anew that rest on a year which the calendar knows by now."""
        with self.store.reading() as tx:
            assumed = tx.steps.assumed()
        known = [one for one in map(self._again, assumed) if not one.assumed]
        if not known:
            return 0
        with self.store.transaction(who=WHO, why="节假日安排已公布,重算期限") as tx:
            tx.steps.put(known)
            tx.ledger.append("need.deadlines", "need:*", {"count": len(known)})
        return len(known)

    def _again(self, one: NeedStep) -> NeedStep:
        due = self.store.deadlines.of(one.step, one.started_at)
        return replace(one, due_at=due.at, assumed=due.assumed)

    def _nobody_fits(self, need: Need) -> bool:
        if need.state not in RANKED or need.owner is None:
            return False
        try:
            return self.rank.need(need.id, 1).n_eligible == 0
        except (ModelPackageError, NoActiveModelError, UnknownKindError):
            return False  # nothing is known about who fits


def _of_step(event: str, step: NeedStep, at: dt.datetime) -> Sequence[Notice]:
    params = {
        "step": step.step.value,
        "turn": str(step.turn),
        "due": f"{day_of(step.due_at)}",
        "owner": step.owner or "",
    }
    owner = [f"officer:{step.owner}"] if step.owner else []
    recipients = [*owner, STAFF] if event == "need.overdue" or not owner else owner
    return [a_notice(to, event, f"need:{step.need_id}", at, params) for to in recipients]
