"""What the books note of an accompanied project every month."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from peipao.reference.rows import TOP, Row, Sourced, table

FILE = "monthly_facts.yaml"
UNITS = ("元", "人", "分钟")


@dataclass(frozen=True, slots=True, kw_only=True)
class FactKind(Sourced):
    """One figure of a project and month; none is ever negative.

    Attributes:
        id, zh: code and Chinese name.
        unit: one of `UNITS`; money in CNY.
        whole: only whole numbers are right.
        required: chased for every accompanied project and month.
    """

    id: str
    zh: str
    unit: str
    whole: bool
    required: bool


@dataclass(frozen=True, slots=True)
class BookRules:
    """What is noted, and when it is chased.

    Attributes:
        facts: by id, in file order.
        chase_after_working_days: after the end of a month, >= 1.
    """

    facts: Mapping[str, FactKind]
    chase_after_working_days: int


def read_monthly_facts(content: Mapping[str, object]) -> BookRules:
    """Return the rules.

    Raises:
        ReferenceDataError: a field is wrong.
    """
    top = Row(FILE, TOP, content)
    meta = top.row("meta")
    meta.text("note")
    meta.text("chase_basis")
    days = meta.whole("chase_after_working_days", 1)
    facts = {key: _fact(row) for key, row in table(FILE, top.get("facts"), "facts").items()}
    for read in (meta, top):
        read.finish()
    return BookRules(facts, days)


def _fact(row: Row) -> FactKind:
    found = FactKind(
        id=row.name,
        zh=row.text("zh"),
        unit=row.one_of("unit", UNITS),
        whole=row.flag("whole"),
        required=row.flag("required"),
        **row.origin(),
    )
    row.finish()
    return found
