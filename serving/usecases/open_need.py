"""Store one need of a stored project."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from peipao.clock import Clock
from peipao.domain.records import Need
from peipao.kinds.catalogue import Catalogue
from peipao.kinds.entities import check_need
from peipao.reference.loader import Reference
from peipao.store import Store
from serving.usecases.answers import Added
from serving.usecases.drafts import NeedDraft
from serving.usecases.enter_needs import enter_needs
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
            project = tx.projects.get(project_id)
            enter_needs(tx, self.catalogue, [need], {project.id: project})
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
