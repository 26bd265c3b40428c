"""Store one need of a stored project."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from peipao.clock import Clock
from peipao.domain.records import Need
from peipao.kinds.catalogue import Catalogue
from peipao.kinds.entities import check_need
from peipao.reference.loader import Reference
from peipao.store import Store, Transaction
from serving.usecases.answers import Added
from serving.usecases.drafts import NeedDraft
from serving.usecases.writing import NewId, version_after


@dataclass(frozen=True, slots=True)
class OpenNeed:
    """Opens a need; it enters the next round of its kind."""

    store: Store
    catalogue: Catalogue
    reference: Reference
    clock: Clock
    new_id: NewId

    def __call__(
        self, project_id: str, draft: NeedDraft, *, by: str, why: str = "提出需求"
    ) -> Added:
        """Return the id and the data version; sending the same again changes nothing.

        Raises:
            NotFoundError: the project is not stored.
            InvalidInputError: names the field and what would be right.
            AlreadyExistsError: the id is taken by other content.
        """
        key, at = draft.id or self.new_id("n"), self.clock.now()
        need = checked_need(draft, project_id, self.catalogue, self.reference, key=key, at=at)
        versions = {"rules": self.catalogue.rules_hash(need.kind)}
        with self.store.transaction(who=by, why=why, versions=versions) as tx:
            before = tx.data_version()
            tx.projects.get(project_id)
            tx.needs.add_many(as_stored_before(tx, [need]))
        return Added(need.id, version_after(tx, before))


def checked_need(
    draft: NeedDraft,
    project_id: str,
    catalogue: Catalogue,
    reference: Reference,
    *,
    key: str,
    at: dt.datetime,
) -> Need:
    """Return the need that a draft states.

    Raises:
        UnknownKindError: there is no such kind.
        InvalidInputError: names the field and what would be right.
    """
    wanted = catalogue[draft.kind].pairing.wanted if draft.wanted is None else draft.wanted
    stated = Need(
        id=key,
        project_id=project_id,
        kind=draft.kind,
        opened_at=at,
        attributes=dict(draft.attributes),
        wanted=wanted,
        owner=draft.owner,
        priority=draft.priority,
    )
    return check_need(stated, catalogue, reference)


def as_stored_before(tx: Transaction, needs: Sequence[Need]) -> list[Need]:
    """Return needs with what the service itself has set since they were sent the first time."""
    stored = {need.id: need for need in tx.needs.get_many([need.id for need in needs])}
    return [_continued(need, stored.get(need.id)) for need in needs]


def _continued(need: Need, stored: Need | None) -> Need:
    if stored is None:
        return need
    return replace(
        need,
        opened_at=stored.opened_at,
        owner=need.owner or stored.owner,
        state=stored.state,
        version=stored.version,
    )
