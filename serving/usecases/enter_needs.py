"""How every need enters the books: with an owner, with its clocks, and with people told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from peipao.domain.notices import Notice, a_notice
from peipao.domain.records import Need, Project
from peipao.domain.states import RANKED
from peipao.domain.working_days import day_of
from peipao.kinds.catalogue import Catalogue
from peipao.store import Transaction
from serving.usecases.owners import owners_of


def enter_needs(
    tx: Transaction, catalogue: Catalogue, needs: Sequence[Need], projects: Mapping[str, Project]
) -> list[Need]:
    """Store needs and return them as they are stored; what was sent before changes nothing.

    A need that names no owner gets one, so that none is left to nobody; the owner is told to
    acknowledge it, the project that it was received.

    Args:
        tx: the transaction of the event.
        catalogue: tells which kind owns needs.
        needs: as stated.
        projects: the projects of the needs, by id.

    Raises:
        AlreadyExistsError: an id is taken by other content.
    """
    stored = {need.id: need for need in tx.needs.get_many([need.id for need in needs])}
    known = [_continued(need, stored.get(need.id)) for need in needs]
    unowned = [need for need in known if need.owner is None]
    owners = owners_of(tx, catalogue, [(need, projects[need.project_id]) for need in unowned])
    owned = [replace(need, owner=need.owner or owners.get(need.id)) for need in known]
    tx.needs.add_many(owned)
    fresh = [need for need in owned if need.id not in stored and need.state in RANKED]
    tx.notices.tell(list(_told(tx, fresh)))
    return owned


def _told(tx: Transaction, needs: Sequence[Need]) -> Iterator[Notice]:
    steps = tx.steps.of_needs([need.id for need in needs])
    due: dict[str, str] = {}
    for step in steps:  # the earliest deadline is the one to act on
        due.setdefault(step.need_id, f"{day_of(step.due_at)}")
    for need in needs:
        params = {"kind": need.kind, "owner": need.owner or "", "due": due[need.id]}
        subject, at = f"need:{need.id}", need.opened_at
        yield a_notice(f"project:{need.project_id}", "need.received", subject, at, params)
        if need.owner is not None:
            yield a_notice(f"officer:{need.owner}", "need.opened", subject, at, params)


def _continued(need: Need, stored: Need | None) -> Need:
    """Return a need with what the service itself has set since it was sent the first time."""
    if stored is None:
        return need
    return replace(
        need,
        opened_at=stored.opened_at,
        owner=need.owner or stored.owner,
        state=stored.state,
        request_id=need.request_id or stored.request_id,
        channel=need.channel or stored.channel,
        version=stored.version,
    )
