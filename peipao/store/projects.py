"""项目: the stored projects."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from peipao.canonical import canonical_json
from peipao.domain.records import Project
from peipao.errors import NotFoundError
from peipao.store.adding import Shelf
from peipao.store.codec import values_from, values_text
from peipao.store.schema import projects
from peipao.store.work import Work


def _row(project: Project) -> dict[str, Any]:
    return {
        "id": project.id,
        "name": project.name,
        "stage": project.stage,
        "attributes": values_text(project.attributes),
        "external_ids": canonical_json(dict(project.external_ids)),
        "generated": project.generated,
    }


def _project(row: sa.Row[Any]) -> Project:
    return Project(
        id=row.id,
        name=row.name,
        stage=row.stage,
        attributes=values_from(row.attributes),
        external_ids=json.loads(row.external_ids),
        generated=row.generated,
    )


_SHELF = Shelf(projects, "project", _row, _project)


@dataclass(frozen=True, slots=True)
class Projects:
    """The projects within one transaction."""

    work: Work

    def add(self, project: Project) -> Project:
        """Store a project; adding the very same one again is harmless.

        Raises:
            AlreadyExistsError: the id is taken by other content.
        """
        _SHELF.add(self.work, [project])
        return project

    def add_many(self, records: Sequence[Project]) -> int:
        """Store projects, one ledger line in all, and return how many were new."""
        return _SHELF.add(self.work, records)

    def update(self, project: Project) -> Project:
        """Write all fields of a stored project; the last write wins.

        Raises:
            NotFoundError: it is not stored.
        """
        row = _row(project)
        key = row.pop("id")
        change = sa.update(projects).where(projects.c.id == sa.bindparam("key"))
        if not self.work.write(change, [{**row, "key": key}]):
            raise NotFoundError(_SHELF.title, key)
        self.work.note("project.update", "project", [key])
        return project

    def get(self, key: str) -> Project:
        """Return one project.

        Raises:
            NotFoundError: nothing of that id is stored.
        """
        return _SHELF.get(self.work, key)

    def get_many(self, keys: Sequence[str]) -> list[Project]:
        """Return the stored ones among the ids, by id."""
        return _SHELF.get_many(self.work, keys)

    def list(self, *, stage: str | None = None) -> list[Project]:
        """Return all projects, or those of one stage, by id."""
        return _SHELF.select(self.work, *([] if stage is None else [projects.c.stage == stage]))

    def count(self) -> int:
        """Return how many projects are stored."""
        return self.work.count(projects)
