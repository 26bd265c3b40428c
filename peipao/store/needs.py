"""需求: the stored needs, their states, and with every move their clocks and who is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from peipao.domain.records import Need
from peipao.domain.requests import RequestChannel
from peipao.domain.states import NEED, RANKED, NeedState
from peipao.domain.steps import NeedStep
from peipao.store.adding import Shelf
from peipao.store.clocks import begin_clocks, locate, move_clocks, tell_moves
from peipao.store.codec import stated_from, stated_text
from peipao.store.schema import needs
from peipao.store.steps import NeedSteps
from peipao.store.versions import require_version, write_versioned
from peipao.store.work import Work, chunks


def _row(need: Need) -> dict[str, Any]:
    return {
        "id": need.id,
        "project_id": need.project_id,
        "kind": need.kind,
        "opened_at": need.opened_at,
        "attributes": stated_text(need.attributes),
        "wanted": need.wanted,
        "owner": need.owner,
        "priority": need.priority,
        "state": need.state.value,
        "request_id": need.request_id,
        "channel": need.channel,
        "version": need.version,
    }


def _need(row: sa.Row[Any]) -> Need:
    return Need(
        id=row.id,
        project_id=row.project_id,
        kind=row.kind,
        opened_at=row.opened_at,
        attributes=stated_from(row.attributes),
        wanted=row.wanted,
        owner=row.owner,
        priority=row.priority,
        state=NeedState(row.state),
        request_id=row.request_id,
        channel=None if row.channel is None else RequestChannel(row.channel),
        version=row.version,
    )


_SHELF = Shelf(needs, "need", _row, _need)
_EDITABLE = ("attributes", "wanted", "owner", "priority")


@dataclass(frozen=True, slots=True)
class Needs:
    """The needs within one transaction."""

    work: Work

    def add(self, need: Need) -> Need:
        """Store a need; adding the very same one again is harmless.

        Raises:
            AlreadyExistsError: the id is taken by other content.
            NotFoundError: its project is not stored.
        """
        _SHELF.add(self.work, [need])
        return need

    def add_many(
        self, records: Sequence[Need], steps: Mapping[str, Sequence[NeedStep]] | None = None
    ) -> int:
        """Store needs with their clocks, one ledger line in all; return how many were new.

        Args:
            records: the needs.
            steps: need id -> its steps, where the past is known; of other needs the clocks start.
        """
        fresh = _SHELF.put(self.work, records)
        locate(self.work, fresh)
        begin_clocks(self.work, fresh, steps or {})
        self.work.note("need.add", "need", [need.id for need in fresh])
        return len(fresh)

    def start_clocks(self) -> int:
        """Start the clocks of needs of before there were any; return how many there were."""
        found = self.get_many(NeedSteps(self.work).without_steps())
        now = self.work.clock.now()
        waiting = [replace(need, opened_at=now) for need in found if not NEED.is_final(need.state)]
        begin_clocks(self.work, waiting, {})
        self.work.note("need.clock", "need", [need.id for need in waiting])
        return len(waiting)

    def update(self, need: Need) -> Need:
        """Write attributes, wanted, owner and priority; return the need with its new version.

        Raises:
            StaleWriteError: `need.version` is not the stored one any more.
        """
        stored = self.get(need.id)
        require_version(_SHELF.title, need.id, stored.version, need.version)
        row = _row(need)
        write_versioned(self.work, needs, [{name: row[name] for name in _EDITABLE}], [need])
        if need.owner != stored.owner:
            NeedSteps(self.work).hand_over([(need.id, need.owner)])
        self.work.note("need.update", "need", [need.id], version=need.version + 1)
        return replace(need, state=stored.state, version=need.version + 1)

    def move(
        self, key: str, to: NeedState, *, version: int | None = None, reason: str | None = None
    ) -> Need:
        """Move a need to another state.

        Args:
            key: id of the need.
            to: the state it shall have.
            version: the version the caller saw; None accepts the stored one.
            reason: code noted in the ledger, for `closed` and for falling back.

        Raises:
            IllegalTransitionError: the state does not allow it.
            StaleWriteError: somebody else changed the need in the meantime.
        """
        need = self.get(key)
        require_version(_SHELF.title, key, need.version, version)
        return self.move_many([need], to, reason=reason)[0]

    def move_many(
        self, records: Sequence[Need], to: NeedState, *, reason: str | None = None
    ) -> list[Need]:
        """Move needs, all or none, with one ledger line; the records are as they were read.

        Their steps end and begin with it, and the project and the owner are told.
        """
        for need in records:
            NEED.checked_move(need.id, need.state, to)
        write_versioned(self.work, needs, [{"state": to.value}] * len(records), records)
        move_clocks(self.work, records, to, reason)
        tell_moves(self.work, records, to, reason)
        ids = [need.id for need in records]
        self.work.note("need.move", "need", ids, to=to.value, reason=reason)
        return [replace(need, state=to, version=need.version + 1) for need in records]

    def touch(self, need: Need) -> Need:
        """Let the version of a need grow by one, so that whoever else saw it must look again.

        Raises:
            StaleWriteError: somebody else changed it since it was read.
        """
        write_versioned(self.work, needs, [{"state": need.state.value}], [need])
        return replace(need, version=need.version + 1)

    def get(self, key: str) -> Need:
        """Return one need.

        Raises:
            NotFoundError: nothing of that id is stored.
        """
        return _SHELF.get(self.work, key)

    def get_many(self, keys: Sequence[str]) -> list[Need]:
        """Return the stored ones among the ids, by id."""
        return _SHELF.get_many(self.work, keys)

    def open_of_kind(self, kind: str) -> list[Need]:
        """Return the needs of a kind that enter a round: opened or acknowledged, by id."""
        states = [state.value for state in RANKED]
        return _SHELF.select(self.work, needs.c.kind == kind, needs.c.state.in_(states))

    def of_kind(self, kind: str) -> list[Need]:
        """Return all needs of a kind, whatever their state, by id."""
        return _SHELF.select(self.work, needs.c.kind == kind)

    def of_project(self, project_id: str) -> list[Need]:
        """Return all needs of a project, by id."""
        return _SHELF.equal(self.work, project_id=project_id)

    def districts_of(self, keys: Sequence[str]) -> dict[str, str]:
        """Return need id -> where its project was when it came in, for those where it is known."""
        query = sa.select(needs.c.id, needs.c.district).where(needs.c.district.is_not(None))
        return {
            row.id: row.district
            for chunk in chunks(set(keys))
            for row in self.work.rows(query.where(needs.c.id.in_(chunk)))
        }

    def of_request(self, request_id: str) -> list[Need]:
        """Return the needs that a request opened, by id."""
        return _SHELF.select(self.work, needs.c.request_id == request_id)

    def list(self, *, kind: str | None = None, state: NeedState | None = None) -> list[Need]:
        """Return needs by id, of one kind or state if asked for."""
        conditions: list[sa.ColumnElement[bool]] = []
        if kind is not None:
            conditions.append(needs.c.kind == kind)
        if state is not None:
            conditions.append(needs.c.state == state.value)
        return _SHELF.select(self.work, *conditions)

    def count(self) -> int:
        """Return how many needs are stored."""
        return self.work.count(needs)
