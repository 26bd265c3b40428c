"""How long each step of a need may take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from peipao.domain.steps import Deadlines, StepName
from peipao.reference.files import parse_yaml
from peipao.reference.rows import TOP, Row, Sourced, table

FILE = "deadlines.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Term(Sourced):
    """The time one step may take.

    Attributes:
        id, zh: of the step.
        working_days: Chinese working days, >= 1.
        basis: how the figure was made.
    """

    id: str
    zh: str
    working_days: int
    basis: str


def read_terms(content: Mapping[str, object]) -> dict[str, Term]:
    """Return the terms by the id of their step.

    Raises:
        ReferenceDataError: a field is wrong, or a step is missing or unknown.
    """
    top = Row(FILE, TOP, content)
    top.required("meta")
    rows = table(FILE, top.get("steps"), "steps")
    top.finish()
    known = {step.value for step in StepName}
    for key, row in rows.items():
        if key not in known:
            raise row.error("id", f"没有环节 {key!r}", "、".join(sorted(known)))
    for key in sorted(known - set(rows)):
        raise top.error("steps", f"缺少环节 {key!r}", "、".join(sorted(known)))
    return {key: _term(row) for key, row in rows.items()}


def deadlines_of(terms: Mapping[str, Term]) -> Deadlines:
    """Return the deadlines that terms state."""
    return Deadlines({StepName(key): term.working_days for key, term in terms.items()})


@cache
def packaged_deadlines() -> Deadlines:
    """Return the deadlines of the package, for a store that is opened without a city's own."""
    text = resources.files("peipao.reference").joinpath(FILE).read_text(encoding="utf-8")
    return deadlines_of(read_terms(parse_yaml(FILE, text)))


def _term(row: Row) -> Term:
    found = Term(
        id=row.name,
        zh=row.text("zh"),
        working_days=row.whole("working_days", 1),
        basis=row.text("basis"),
        **row.origin(),
    )
    row.finish()
    return found
