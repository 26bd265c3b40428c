"""需求: the stored needs and their states."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from peipao.domain.records import Need
from peipao.domain.states import NEED, RANKED, NeedState
from peipao.store.adding import Shelf
from peipao.store.codec import stated_from, stated_text
from peipao.store.schema import needs
from peipao.store.versions import require_version, write_versioned
from peipao.store.work import Work


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

    def add_many(self, records: Sequence[Need]) -> int:
        """Store needs, one ledger line in all, and return how many were new."""
        return _SHELF.add(self.work, records)

    def update(self, need: Need) -> Need:
        """Write attributes, wanted, owner and priority; return the need with its new version.

        Raises:
            StaleWriteError: `need.version` is not the stored one any more.
        """
        stored = self.get(need.id)
        require_version(_SHELF.title, need.id, stored.version, need.version)
        row = _row(need)
        write_versioned(self.work, needs, [{name: row[name] for name in _EDITABLE}], [need])
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
        """Move needs, all or none, with one ledger line; the records are as they were read."""
        for need in records:
            NEED.checked_move(need.id, need.state, to)
        write_versioned(self.work, needs, [{"state": to.value}] * len(records), records)
        ids = [need.id for need in records]
        self.work.note("need.move", "need", ids, to=to.value, reason=reason)
        return [replace(need, state=to, version=need.version + 1) for need in records]

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
        return _SHELF.select(self.work, needs.c.project_id == project_id)

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
