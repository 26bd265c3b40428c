"""Store one provider."""

from __future__ import annotations

from dataclasses import dataclass, replace

from peipao.domain.records import Provider
from peipao.kinds.catalogue import Catalogue
from peipao.kinds.entities import check_provider
from peipao.reference.loader import Reference
from peipao.store import Store
from serving.usecases.answers import Added
from serving.usecases.drafts import ProviderDraft
from serving.usecases.writing import NewId, version_after


@dataclass(frozen=True, slots=True)
class AddProvider:
    """Stores a provider; it is ranked from then on."""

    store: Store
    catalogue: Catalogue
    reference: Reference
    new_id: NewId

    def __call__(self, draft: ProviderDraft, *, by: str, why: str = "登记资源方") -> Added:
        """Return the id and the data version; sending the same again changes nothing.

        Raises:
            InvalidInputError: names the field and what would be right.
            AlreadyExistsError: the id is taken by other content.
        """
        provider = self._checked(draft)
        versions = {"rules": self.catalogue.rules_hash(provider.kind)}
        with self.store.transaction(who=by, why=why, versions=versions) as tx:
            before = tx.data_version()
            stored = tx.providers.get_many([provider.id])
            held = [replace(provider, used=s.used, version=s.version) for s in stored]
            if held != stored or not stored:
                tx.providers.add(provider)
        return Added(provider.id, version_after(tx, before))

    def _checked(self, draft: ProviderDraft) -> Provider:
        default = self.catalogue[draft.kind].pairing.capacity
        stated = Provider(
            id=draft.id or self.new_id("r"),
            kind=draft.kind,
            name=draft.name,
            capacity=default if draft.capacity is None else draft.capacity,
            attributes=dict(draft.attributes),
            districts_served=draft.districts_served,
            valid_from=draft.valid_from,
            valid_to=draft.valid_to,
            paused=draft.paused,
            organisation=draft.organisation,
        )
        return check_provider(stated, self.catalogue, self.reference)
