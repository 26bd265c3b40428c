"""Say what match kinds there are and what each declares."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from peipao.kinds.catalogue import Catalogue
from peipao.kinds.describing import AttributeRow, describe_kind
from peipao.reference.loader import Reference
from peipao.store import Store


@dataclass(frozen=True, slots=True)
class ShowKinds:
    """Describes kinds as JSON values."""

    store: Store
    catalogue: Catalogue
    reference: Reference

    def __call__(self) -> list[dict[str, Any]]:
        """Return every kind with its active model, by name."""
        with self.store.reading() as tx:
            active = {one.kind: one.version for one in tx.models.list() if one.active}
        return [
            {
                "name": spec.name,
                "label": spec.label,
                "team": spec.team,
                "stages": list(spec.stages),
                "capacity": spec.pairing.capacity,
                "model_version": active.get(spec.name),
                "rules_version": self.catalogue.rules_hash(spec.name),
            }
            for spec in self.catalogue.values()
        ]

    def one(self, kind: str) -> dict[str, Any]:
        """Return what a kind declares.

        Raises:
            UnknownKindError: there is no such kind.
        """
        spec = self.catalogue[kind]
        return {
            "name": spec.name,
            "label": spec.label,
            "team": spec.team,
            "stages": list(spec.stages),
            "rules_version": self.catalogue.rules_hash(kind),
            "attributes": [asdict(row) for row in self.attributes(kind)],
            "comparisons": [item.model_dump(mode="json") for item in spec.comparisons],
            "rules": [rule.model_dump(mode="json") for rule in spec.rules],
            "pairing": spec.pairing.model_dump(mode="json"),
        }

    def attributes(self, kind: str) -> list[AttributeRow]:
        """Return every attribute of a kind with its unit and source.

        Raises:
            UnknownKindError: there is no such kind.
        """
        return describe_kind(self.catalogue[kind], self.catalogue.project, self.reference)
