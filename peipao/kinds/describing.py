"""What a kind knows, row by row, for people: `peipao kinds show KIND`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from peipao.kinds.attributes import CodeTables, code_labels, project_attributes
from peipao.kinds.spec import AttributeSpec, KindSpec, ProjectSpec
from peipao.kinds.units import unit_of


@dataclass(frozen=True, slots=True)
class AttributeRow:
    """One attribute of a kind.

    Attributes:
        side: `project`, `need` or `provider`.
        name: as in the profile, `project.<name>` for the project's.
        label: Chinese word.
        type: `category`, `multi`, `number`, `date`, `text` or `place`.
        unit: Chinese word of the unit; empty but for numbers.
        source: where the value comes from.
        required: whoever enters the record must state it.
        codes: Chinese words of the codes it may take; empty for free values.
        used_in: comparisons (`name(group, weight)`) and rules (`rules[0]`, with the reason).
    """

    side: str
    name: str
    label: str
    type: str
    unit: str
    source: str
    required: bool
    codes: tuple[str, ...]
    used_in: tuple[str, ...]


def describe_kind(
    kind: KindSpec, project: ProjectSpec, reference: CodeTables
) -> list[AttributeRow]:
    """Return a row for every attribute, the project's first, then the need's and provider's."""
    sides: dict[str, Mapping[str, AttributeSpec]] = {
        "project": project_attributes(project),
        "need": kind.need,
        "provider": kind.provider,
    }
    return [
        _row(kind, side, name, spec, reference)
        for side, named in sides.items()
        for name, spec in named.items()
    ]


def _row(
    kind: KindSpec, side: str, name: str, spec: AttributeSpec, reference: CodeTables
) -> AttributeRow:
    return AttributeRow(
        side=side,
        name=name,
        label=spec.label,
        type=spec.type.value,
        unit=unit_of(spec.unit).word,
        source=spec.source,
        required=spec.required,
        codes=tuple(code_labels(spec, reference).values()),
        used_in=tuple(_uses(kind, side, name)),
    )


def _uses(kind: KindSpec, side: str, name: str) -> Iterator[str]:
    """Yield where an attribute is used; `name` decides between project and need by its prefix."""
    for one in kind.comparisons:
        if name == (one.provider if side == "provider" else one.need):
            yield f"{one.name}({one.label},{one.weight:g})"
    for index, rule in enumerate(kind.rules):
        if name == (rule.provider if side == "provider" else rule.need):
            yield f"rules[{index}]({rule.reason})"
