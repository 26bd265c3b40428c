"""Read a project back, as it was stated."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from peipao.domain.records import Need
from peipao.kinds.values import JsonValue, stated_to_json, value_to_json
from peipao.store import Store


@dataclass(frozen=True, slots=True)
class ShownNeed:
    """A need with its attributes as JSON."""

    id: str
    project_id: str
    kind: str
    state: str
    opened_at: dt.datetime
    wanted: int
    priority: int
    owner: str | None
    attributes: Mapping[str, Mapping[str, JsonValue]]
    version: int


@dataclass(frozen=True, slots=True)
class ShownProject:
    """A project with its attributes as JSON; sensitive facts are no part of it."""

    id: str
    name: str
    stage: str
    attributes: Mapping[str, JsonValue]
    generated: bool
    needs: tuple[ShownNeed, ...]
    data_version: str


@dataclass(frozen=True, slots=True)
class ShowProject:
    """Returns a project and its needs."""

    store: Store

    def __call__(self, project_id: str) -> ShownProject:
        """Return the project.

        Raises:
            NotFoundError: it is not stored.
        """
        with self.store.reading() as tx:
            project = tx.projects.get(project_id)
            needs = tx.needs.of_project(project_id)
            version = tx.data_version()
        stated = {name: value_to_json(value) for name, value in project.attributes.items()}
        return ShownProject(
            id=project.id,
            name=project.name,
            stage=project.stage,
            attributes=stated,
            generated=project.generated,
            needs=tuple(shown_need(need) for need in needs),
            data_version=version,
        )


def shown_need(need: Need) -> ShownNeed:
    """Return a need with its attributes as JSON."""
    return ShownNeed(
        id=need.id,
        project_id=need.project_id,
        kind=need.kind,
        state=need.state.value,
        opened_at=need.opened_at,
        wanted=need.wanted,
        priority=need.priority,
        owner=need.owner,
        attributes={name: stated_to_json(one) for name, one in need.attributes.items()},
        version=need.version,
    )
