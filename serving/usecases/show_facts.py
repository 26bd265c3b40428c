"""Show what the books know of a project."""

from __future__ import annotations

from dataclasses import dataclass

from peipao.domain.monthly_facts import MonthlyFact
from peipao.store import Store


@dataclass(frozen=True, slots=True)
class ShowFacts:
    """Returns the monthly facts of one project that hold."""

    store: Store

    def __call__(self, project_id: str) -> list[MonthlyFact]:
        """Return the facts by month and name.

        Raises:
            NotFoundError: the project is not stored.
        """
        with self.store.reading() as tx:
            tx.projects.get(project_id)
            return tx.monthly_facts.of_project(project_id)
