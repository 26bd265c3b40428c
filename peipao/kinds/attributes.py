"""What attributes a profile has, by name, and which codes a coded attribute may take."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from peipao.kinds.spec import AttributeSpec, AttributeType, KindSpec, ProjectSpec

PROJECT_PREFIX = "project."
"""What the attributes of the project bear in front of their names on the need side."""

STAGE_NAME = "stage"
STAGE = AttributeSpec(
    type=AttributeType.CATEGORY,
    label="所处阶段",
    values="stages",
    required=True,
    source="项目记录",
)
"""The stage is a field of the project record; profiles hold it as `project.stage`."""


class CodeTables(Protocol):
    """What kinds ask of the reference data; `peipao.reference.loader.Reference` has it."""

    def codes(self, table: str, /) -> tuple[str, ...]:
        """Return the sorted ids of a table."""
        ...

    def label(self, table: str, code: str, /) -> str:
        """Return the Chinese word of a code."""
        ...

    def district_of(self, text: str, /) -> str | None:
        """Return the district id that a name, alias, zone, code or id means; None if unknown."""
        ...


def project_attributes(project: ProjectSpec) -> dict[str, AttributeSpec]:
    """Return the project's part of a need profile by its full names, `project.stage` included."""
    named = {PROJECT_PREFIX + STAGE_NAME: STAGE}
    named.update({PROJECT_PREFIX + name: spec for name, spec in project.attributes.items()})
    return named


def need_side_attributes(kind: KindSpec, project: ProjectSpec) -> dict[str, AttributeSpec]:
    """Return every attribute a comparison or rule may name as `need`, the project's first."""
    return {**project_attributes(project), **kind.need}


def codes_of(spec: AttributeSpec, reference: CodeTables) -> tuple[str, ...]:
    """Return the codes of a category or multi attribute, in the order of the file or the table.

    Any other type has none and gives an empty tuple.
    """
    if spec.values is None:
        return ()
    if isinstance(spec.values, str):
        return reference.codes(spec.values)
    return spec.values


def code_labels(spec: AttributeSpec, reference: CodeTables) -> Mapping[str, str]:
    """Return code -> Chinese word of a category or multi attribute; empty for other types."""
    if isinstance(spec.values, str):
        table = spec.values
        return {code: reference.label(table, code) for code in reference.codes(table)}
    return spec.labels


_TOPICS = {"industries": "产业", "stages": "阶段", "districts": "区市", "zones": "区市"}


def topic_of(name: str, spec: AttributeSpec) -> str:
    """Return the one word people use for what an attribute of the need side is about.

    Args:
        name: full name, `project.` in front of those of the project.
        spec: what its file says of it.
    """
    if spec.type is AttributeType.PLACE:
        return "区市"
    if spec.type is AttributeType.TEXT:
        return "文本"
    if isinstance(spec.values, str) and spec.values in _TOPICS:
        return _TOPICS[spec.values]
    return "项目" if name.startswith(PROJECT_PREFIX) else "需求"
