"""Store a project with its needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from peipao.clock import Clock
from peipao.domain.records import Need, Project
from peipao.errors import InvalidInputError
from peipao.kinds.catalogue import Catalogue
from peipao.kinds.entities import check_project
from peipao.kinds.spec import AttributeType
from peipao.reference.loader import Reference
from peipao.store import Store
from serving.usecases.answers import AddedProject
from serving.usecases.classify_text import INDUSTRIES, ClassifyText
from serving.usecases.drafts import NeedDraft, ProjectDraft
from serving.usecases.enter_needs import enter_needs
from serving.usecases.open_need import checked_need
from serving.usecases.writing import NewId, version_after


@dataclass(frozen=True, slots=True)
class AddProject:
    """Stores a project and its needs in one go; it is ranked for from then on.

    Attributes:
        topics: reads the texts of a project that does not state its industries.
    """

    store: Store
    catalogue: Catalogue
    reference: Reference
    clock: Clock
    new_id: NewId
    topics: ClassifyText

    def __call__(self, draft: ProjectDraft, *, by: str, why: str = "登记项目") -> AddedProject:
        """Return the ids and the data version; sending the same again changes nothing.

        Raises:
            InvalidInputError: names the field and what would be right; where the industries are
                not stated, also which ones the project's texts suggest.
            AlreadyExistsError: the id is taken by other content.
        """
        self._ask_for_industries(draft)
        project = checked_project(
            draft, draft.id or self.new_id("p"), self.catalogue, self.reference
        )
        needs = [self._need(one, project) for one in self._due(draft)]
        versions = {"rules": self.catalogue.hash, "tables": self.reference.version}
        with self.store.transaction(who=by, why=why, versions=versions) as tx:
            before = tx.data_version()
            tx.projects.add(project)
            enter_needs(tx, self.catalogue, needs, {project.id: project})
        ids = tuple(need.id for need in needs)
        return AddedProject(project.id, version_after(tx, before), ids)

    def _ask_for_industries(self, draft: ProjectDraft) -> None:
        """Refuse a project without industries; its texts suggest some, a person decides."""
        specs = self.catalogue.project.attributes
        asked = [name for name, spec in specs.items() if spec.values == INDUSTRIES]
        missing = [n for n in asked if specs[n].required and not draft.attributes.get(n)]
        texts = [
            str(draft.attributes[name])
            for name, spec in specs.items()
            if spec.type is AttributeType.TEXT and name in draft.attributes
        ]
        hint = self.topics.hint("\n".join([draft.name, *texts])) if missing else ""
        if hint:
            problem = f"缺少必填项“{specs[missing[0]].label}”"
            raise InvalidInputError(f"project.{missing[0]}", problem, hint)

    def _due(self, draft: ProjectDraft) -> Sequence[NeedDraft]:
        if not draft.open_stage_needs:
            return draft.needs
        stated = {need.kind for need in draft.needs}
        stage_kinds = (name for name, spec in self.catalogue.items() if draft.stage in spec.stages)
        return [*draft.needs, *(NeedDraft(name) for name in stage_kinds if name not in stated)]

    def _need(self, draft: NeedDraft, project: Project) -> Need:
        key = draft.id or self.new_id("n")
        at = self.clock.now()
        return checked_need(draft, project.id, self.catalogue, self.reference, key=key, at=at)


def checked_project(
    draft: ProjectDraft, key: str, catalogue: Catalogue, reference: Reference
) -> Project:
    """Return the project that a draft states.

    Raises:
        InvalidInputError: names the field and what would be right.
    """
    stated = Project(
        id=key,
        name=draft.name,
        stage=draft.stage,
        attributes=dict(draft.attributes),
        external_ids=dict(draft.external_ids),
    )
    return check_project(stated, catalogue, reference)
