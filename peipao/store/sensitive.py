"""Sensitive facts about people: apart from all else, for policy eligibility only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from peipao.domain.records import SensitiveFact
from peipao.errors import AlreadyExistsError
from peipao.store.schema import sensitive_facts
from peipao.store.work import NOUNS, UniqueViolation, Work


@dataclass(frozen=True, slots=True)
class SensitiveFacts:
    """The sensitive facts within one transaction; no other repository reads this table."""

    work: Work

    def add_many(self, facts: Sequence[SensitiveFact]) -> int:
        """Store facts; one fact per project, name, date and source.

        Raises:
            AlreadyExistsError: such a fact is stored already; the message names the project only.
            NotFoundError: a project is not stored.
        """
        rows = [
            {
                "project_id": fact.project_id,
                "name": fact.name,
                "as_of": fact.as_of,
                "source": fact.source,
                "value": fact.value,
            }
            for fact in facts
        ]
        try:
            self.work.insert(sensitive_facts, rows)
        except UniqueViolation as error:
            first = min(fact.project_id for fact in facts)
            raise AlreadyExistsError(NOUNS["sensitive_facts"], first) from error
        # The ledger learns whose facts were entered, never which.
        self.work.note("sensitive.add", "project", sorted({fact.project_id for fact in facts}))
        return len(rows)

    def of_project(self, project_id: str) -> list[SensitiveFact]:
        """Return the facts of a project, by name, date and source."""
        columns = sensitive_facts.c
        query = (
            sa.select(sensitive_facts)
            .where(columns.project_id == project_id)
            .order_by(columns.name, columns.as_of, columns.source)
        )
        return [
            SensitiveFact(row.project_id, row.name, row.value, row.as_of, row.source)
            for row in self.work.rows(query)
        ]
