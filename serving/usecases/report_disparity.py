"""Report how districts and founder groups fared in judged lists; only totals ever leave it.

This is the one place that reads the founder group beside the ranking, after everything was ranked:
what it reads goes into no feature, no model and no log.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from models.disparity import PROJECT, Cell, Treatment, cells
from peipao.domain.records import Project, Provider, SensitiveFact
from peipao.domain.values import Place
from peipao.errors import SealedFactError
from peipao.reference.loader import Reference
from peipao.reference.policy_terms import CATEGORY_FIELD
from peipao.store import Store, Transaction
from serving.usecases.policy_mapping import FOUNDER_CODES

DISTRICT, FOUNDER = "区市", "创业者群体"
UNSTATED, WHOLE_CITY = "未说明", "全市或未说明"


@dataclass(frozen=True, slots=True)
class ReportDisparity:
    """Joins what the lists did with who is behind the ids, and adds up by group."""

    store: Store
    reference: Reference

    def __call__(self, treated: Sequence[Treatment]) -> tuple[Cell, ...]:
        """Return exposure, affinity and match rate by district of both sides and founder group.

        Without the key of the sealed facts the founder groups are left out.

        Args:
            treated: of an evaluation; projects are named by one of their needs.
        """
        found: list[Cell] = []
        with self.store.reading() as tx:
            for one in treated:
                found += (
                    self._of_projects(tx, one) if one.side == PROJECT else self._others(tx, one)
                )
        return tuple(found)

    def _of_projects(self, tx: Transaction, treated: Treatment) -> list[Cell]:
        needs = tx.needs.get_many(treated.ids.tolist())
        owner = {need.id: need.project_id for need in needs}
        projects = {one.id: one for one in tx.projects.get_many(sorted(set(owner.values())))}
        places = {key: self._district(projects[own]) for key, own in owner.items()}
        found = [*cells(treated, DISTRICT, places, UNSTATED)]
        groups = _founder_groups(tx, projects, self._categories())
        if groups is not None:
            of_need = {key: groups.get(own, UNSTATED) for key, own in owner.items()}
            found += cells(treated, FOUNDER, of_need, UNSTATED)
        return found

    def _others(self, tx: Transaction, treated: Treatment) -> list[Cell]:
        providers = tx.providers.get_many(treated.ids.tolist())
        places = {one.id: self._served(one) for one in providers}
        return [*cells(treated, DISTRICT, places, WHOLE_CITY)]

    def _district(self, project: Project) -> str:
        code = project.attributes.get("district")
        return self._label(code) if isinstance(code, str) else UNSTATED

    def _served(self, provider: Provider) -> str:
        """Return where a provider is, or else the one district that it serves."""
        values = provider.attributes.values()
        places = [value.district for value in values if isinstance(value, Place)]
        codes = places or provider.districts_served
        return self._label(codes[0]) if len(codes) == 1 else WHOLE_CITY

    def _label(self, code: str) -> str:
        return self.reference.label("districts", code)

    def _categories(self) -> frozenset[str]:
        field = self.reference.policy_fields.get(CATEGORY_FIELD)
        return frozenset((*FOUNDER_CODES.values(), *(field.values if field is not None else ())))


def _founder_groups(
    tx: Transaction, projects: Iterable[str], known: frozenset[str]
) -> dict[str, str] | None:
    """Return project id -> group by its latest fact; None where no key opens the facts."""
    try:
        facts = tx.sensitive.of_projects(projects)
    except SealedFactError:
        return None
    return {project: _group(stated, known) for project, stated in facts.items()}


def _group(facts: Sequence[SensitiveFact], known: frozenset[str]) -> str:
    """Return the group of the latest fact; only words of the policies' own list are repeated."""
    stated = [fact for fact in facts if fact.name == CATEGORY_FIELD]
    if not stated:
        return UNSTATED
    latest = max(stated, key=lambda fact: (fact.as_of, fact.source)).value
    word = FOUNDER_CODES.get(latest, latest)
    return word if word in known else UNSTATED
