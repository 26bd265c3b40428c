"""What goes with every new need and every move of one: its clocks, its place, and who is told."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from peipao.domain.notices import Notice, a_notice
from peipao.domain.records import Need
from peipao.domain.states import NeedState
from peipao.domain.steps import NeedStep, first_steps, steps_after
from peipao.store.notices import Notices
from peipao.store.projects import Projects
from peipao.store.schema import needs
from peipao.store.steps import NeedSteps
from peipao.store.work import Work

_DISTRICT = "district"
_CODE = re.compile(r"^[A-Za-z0-9_:.+-]{1,80}$")
_FELL_BACK = frozenset({NeedState.OFFERED, NeedState.MATCHED})


def begin_clocks(
    work: Work, records: Sequence[Need], known: Mapping[str, Sequence[NeedStep]]
) -> None:
    """Write the steps of new needs: those that are known, else the first ones.

    Raises:
        AlreadyExistsError: a need has steps already.
    """
    now = work.clock.now()
    NeedSteps(work).put(
        [
            step
            for need in records
            for step in known.get(need.id) or first_steps(need, now, work.deadlines)
        ]
    )


def move_clocks(work: Work, records: Sequence[Need], to: NeedState, reason: str | None) -> None:
    """End and begin the steps of needs that move; the records are as they were before."""
    steps: dict[str, list[NeedStep]] = {need.id: [] for need in records}
    for one in NeedSteps(work).of_needs(list(steps)):
        steps[one.need_id].append(one)
    now = work.clock.now()
    NeedSteps(work).put(
        [
            step
            for need in records
            for step in steps_after(need, steps[need.id], to, now, work.deadlines, reason=reason)
        ]
    )


def tell_moves(work: Work, records: Sequence[Need], to: NeedState, reason: str | None) -> None:
    """Tell the project and the owner of each need where it stands now."""
    Notices(work).put([one for need in records for one in _told(work, need, to, reason)])


def locate(work: Work, records: Sequence[Need]) -> None:
    """Write down where the projects of new needs are, for figures by district."""
    projects = Projects(work).get_many([need.project_id for need in records])
    districts = {one.id: one.attributes.get(_DISTRICT) for one in projects}
    change = sa.update(needs).where(needs.c.id == sa.bindparam("key"))
    rows = [{"key": need.id, "place": districts.get(need.project_id)} for need in records]
    work.write(change.values(district=sa.bindparam("place")), [row for row in rows if row["place"]])


def _told(work: Work, need: Need, to: NeedState, reason: str | None) -> list[Notice]:
    back = to is NeedState.ACKNOWLEDGED and need.state in _FELL_BACK
    event = "need.waiting" if back else f"need.{to.value}"
    code = reason if reason is not None and _CODE.fullmatch(reason) else ""
    # The version tells two moves of one moment apart.
    params = {
        "kind": need.kind,
        "owner": need.owner or "",
        "reason": code,
        "version": str(need.version + 1),
    }
    owner = [f"officer:{need.owner}"] if need.owner else []
    return [
        a_notice(recipient, event, f"need:{need.id}", work.clock.now(), params)
        for recipient in (f"project:{need.project_id}", *owner)
    ]
