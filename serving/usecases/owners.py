"""Who looks after a need when a round finds nobody for it: a named officer, always."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from peipao.domain.records import Need, Project, Provider
from peipao.errors import NotFoundError
from peipao.kinds.catalogue import Catalogue
from peipao.store import Transaction


def owners_of(
    tx: Transaction, catalogue: Catalogue, asked: Sequence[tuple[Need, Project]]
) -> dict[str, str]:
    """Return need id -> officer id; a need is missing only where the city has no officer at all.

    In this order: the owner the need names; the officer who accompanies the project by a match;
    one who serves the project's district, told by a hash of the project's id, so that the duty is
    spread evenly and never moves when other projects come or go.
    """
    kind = catalogue.owner_kind()
    if kind is None:
        return {need.id: need.owner for need, _ in asked if need.owner}
    officers = [one for one in tx.providers.of_kind(kind.name) if not one.paused]
    known = {officer.id for officer in officers}
    matched = _matched(tx, kind.name)
    found = {
        need.id: next((one for one in (need.owner, matched.get(project.id)) if one in known), None)
        or _on_duty(project, officers)
        for need, project in asked
    }
    return {need: officer for need, officer in found.items() if officer is not None}


def require_officer(tx: Transaction, catalogue: Catalogue, key: str) -> None:
    """Do nothing if somebody of that id may own needs, paused or not.

    Raises:
        NotFoundError: there is no such officer.
    """
    kind, found = catalogue.owner_kind(), tx.providers.get_many([key])
    if kind is None or not found or found[0].kind != kind.name:
        raise NotFoundError("服务专员" if kind is None else kind.label, key)


def _matched(tx: Transaction, kind: str) -> Mapping[str, str]:
    held = tx.matches.holding_of_kind(kind)
    needs = {need.id: need for need in tx.needs.get_many([match.need_id for match in held])}
    return {needs[match.need_id].project_id: match.provider_id for match in held}


def _on_duty(project: Project, officers: Sequence[Provider]) -> str | None:
    district = project.attributes.get("district")
    serving = [
        one for one in officers if not one.districts_served or district in one.districts_served
    ]
    candidates = sorted(one.id for one in serving or officers)
    if not candidates:
        return None
    drawn = hashlib.sha256(project.id.encode("utf-8")).digest()
    return candidates[int.from_bytes(drawn[:8], "big") % len(candidates)]
