"""What is stored of a project, as facts of the policy calculator: one table, and nothing beyond it.

What the table does not say stays unknown. docs/policy.md repeats it for people; a test compares.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from peipao.domain.records import Project, SensitiveFact
from peipao.errors import InvalidInputError
from peipao.policy.facts import Fact, Facts, FactValue, read_text, read_value
from peipao.reference.policy_words import FieldWords

UNDATED = dt.date.min
"""Attributes of a project bear no date: they hold on every asked day until a dated fact follows."""

LATEST = dt.date(2100, 12, 31)
REGISTRATION, OWN_READING = 1.0, 0.8
OUTSIDE = "outside-10-plus-1"
CITY = "青岛市"
_AWARDS = {
    "none": "无",
    "district": "区市级",
    "city": "市级",
    "province": "省级",
    "nation": "国家级",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table.

    Attributes:
        attribute: of `project.toml`; fact: of the policy calculator.
        reading: Chinese, how the one becomes the other.
        read: the project -> value of the fact; None is not known.
        confidence: in (0, 1]; below 1 where it is our reading.
    """

    attribute: str
    fact: str
    reading: str
    read: Callable[[Project], FactValue | None]
    confidence: float = REGISTRATION


def _founded(project: Project) -> dt.date | None:
    value = project.attributes.get("founded")
    return value if isinstance(value, dt.date) and value <= LATEST else None


def _employees(project: Project) -> float | None:
    value = project.attributes.get("employees")
    return value if isinstance(value, float) and value.is_integer() else None


def _award(project: Project) -> str | None:
    value = project.attributes.get("award_level")
    return _AWARDS.get(value) if isinstance(value, str) else None


def _in_10_plus_1(project: Project) -> bool | None:
    value = project.attributes.get("industries")
    if not isinstance(value, tuple) or not value:
        return None
    return any(one != OUTSIDE for one in value)


def _city(project: Project) -> str | None:
    # every district of the table is of this city; what is not registered has no city yet
    value = project.attributes.get("district")
    return CITY if isinstance(value, str) and _founded(project) is not None else None


TABLE = (
    Row("founded", "registration_date", "成立日期即登记注册日期", _founded),
    Row("employees", "employees", "从业人数(整数)", _employees),
    Row("award_level", "award_level_best", "无、区市级、市级、省级、国家级", _award),
    Row(
        "industries",
        "industry_in_10_plus_1",
        "有一个产业在“10+1”之内即为是;全部在外为否",
        _in_10_plus_1,
    ),
    Row(
        "district",
        "registered_city",
        "已有成立日期时,所在区市属青岛即视为注册在青岛市(我们的理解)",
        _city,
        OWN_READING,
    ),
)
"""Attribute of a project -> fact; attributes that are not listed say nothing."""

FOUNDER_CODES: Mapping[str, str] = {
    "graduate": "高校毕业生",
    "returnee": "留学人员",
    "veteran": "退役军人",
    "rural_returnee": "返乡入乡人员",
    "unemployed": "城乡失业人员",
}
"""Codes of `founder_category` in imported rows -> word; of the other words they say nothing."""

SOURCES: Mapping[str, tuple[str, float]] = {
    "register": ("登记机关", 1.0),
    "department": ("部门数据", 1.0),
    "document": ("证照文书", 0.95),
    "officer": ("服务专员核实", 0.9),
    "founder": ("创业者申报", 0.8),
}
"""Where a fact comes from: code -> word and confidence. Fixed, since it is stored in plain text."""

_RANKS = {word: -rank for rank, (word, _) in enumerate(SOURCES.values(), start=-len(SOURCES))}


@dataclass(frozen=True, slots=True)
class ProjectFacts:
    """What is known of one project.

    Attributes:
        facts: for the calculator.
        unread: names of stored facts that the calculator cannot read, sorted.
        personal: whether facts about people were looked at.
    """

    facts: Facts
    unread: tuple[str, ...]
    personal: bool


def is_personal(words: FieldWords) -> bool:
    """Tell whether a fact is one about a person, which only some may see."""
    return words.sensitive or words.about in {"person", "hire"}


def facts_of(
    project: Project,
    stored: Iterable[SensitiveFact],
    words: Mapping[str, FieldWords],
    *,
    personal: bool,
) -> ProjectFacts:
    """Return the facts of a project.

    Args:
        project: with its attributes.
        stored: its stated facts; from their day on they win over attributes.
        words: of all facts.
        personal: False leaves out what is about people, as if it were unknown.
    """
    found, unread = stated_facts(stored, words)
    shown = [fact for fact in found if personal or not is_personal(words[fact.name])]
    dated = {(fact.name, fact.as_of) for fact in shown}
    attributes = [one for one in _of_attributes(project) if (one.name, one.as_of) not in dated]
    return ProjectFacts(Facts((*attributes, *shown)), unread if personal else (), personal)


def stated_facts(
    stored: Iterable[SensitiveFact], words: Mapping[str, FieldWords]
) -> tuple[list[Fact], tuple[str, ...]]:
    """Return the facts of stored rows, and the names of rows that cannot be read.

    Of two rows of one name and day the more confident one counts, then the one of the better
    source, then that whose source comes first by name.
    """
    best: dict[tuple[str, dt.date], Fact] = {}
    unread = set()
    for row in stored:
        fact = _fact(row, words)
        if fact is None:
            unread.add(row.name)
            continue
        rival = best.get((fact.name, fact.as_of))
        if rival is None or _strength(fact) > _strength(rival):
            best[fact.name, fact.as_of] = fact
    return list(best.values()), tuple(sorted(unread))


def value_text(raw: object) -> str:
    """Return how a checked JSON value is stored."""
    return json.dumps(raw, ensure_ascii=False)


def _of_attributes(project: Project) -> Iterable[Fact]:
    for row in TABLE:
        value = row.read(project)
        if value is not None:
            yield Fact(row.fact, value, UNDATED, "项目登记", row.confidence)


def _strength(fact: Fact) -> tuple[float, int, list[int]]:
    return fact.confidence, _RANKS.get(fact.source, 0), [-ord(letter) for letter in fact.source]


def _fact(row: SensitiveFact, words: Mapping[str, FieldWords]) -> Fact | None:
    code = FOUNDER_CODES.get(row.value) if row.name == "founder_category" else None
    if code is not None:
        return Fact(row.name, (code,), row.as_of, row.source, row.confidence, complete=False)
    for value in _readings(row, words):
        too_late = isinstance(value, dt.date) and value > LATEST
        return None if too_late else Fact(row.name, value, row.as_of, row.source, row.confidence)
    return None


def _readings(row: SensitiveFact, words: Mapping[str, FieldWords]) -> Iterable[FactValue]:
    """Yield what a row says: as JSON if it is that, else as text."""
    for read in (_by_json, _by_text):
        try:
            yield read(row, words)
        except (InvalidInputError, ValueError, RecursionError):
            continue


def _by_json(row: SensitiveFact, words: Mapping[str, FieldWords]) -> FactValue:
    return read_value(row.name, json.loads(row.value), words)


def _by_text(row: SensitiveFact, words: Mapping[str, FieldWords]) -> FactValue:
    return read_text(row.name, row.value, words)
