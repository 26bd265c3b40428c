"""How mentors and officers are managed elsewhere, how contests score, and what the law demands."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from peipao.reference.rows import TOP, Row, Sourced, table

MENTOR_FILE, LEGAL_FILE = "mentor_rules.yaml", "legal_requirements.yaml"
_FIGURES = (
    "term_years", "sessions_per_year_min", "session_minutes_min", "age_max", "activities_2y_min",
    "honours_min",
)  # fmt: skip
_TERMS = ("reward", "fail", "authority", "degree_min", "expert_title_min")
_LISTS = ("duties", "categories", "sources_of_mentors")
_BAND = re.compile(r"^(\d{1,3})-(\d{1,3})$")


@dataclass(frozen=True, slots=True, kw_only=True)
class MentorRule(Sourced):
    """One published rule on mentors, here or elsewhere, for comparison.

    Attributes:
        place, title: Chinese.
        projects_min, projects_max: projects a mentor takes; None is not said.
        figures: years, sessions, minutes, ages … by name; only what is said.
        terms, lists: words by name, such as `reward`, `duties`.
    """

    id: str
    place: str
    title: str
    projects_min: int | None
    projects_max: int | None
    figures: Mapping[str, float]
    terms: Mapping[str, str]
    lists: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreRule(Sourced):
    """How a contest or a recognition scores.

    Attributes:
        dims: criteria without weights; empty if weights are given.
        weights: criterion -> points, summing to 100; empty is not published.
        bands: grade -> (least, greatest) points.
    """

    id: str
    place: str
    dims: tuple[str, ...]
    weights: Mapping[str, float]
    bands: Mapping[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class MentorBook:
    """Rules by id.

    Attributes:
        rules, score_rules: by id.
        officer, panel: what is known of service officers and judging panels, JSON values.
        admission_weights: criterion -> weight summing to 1; our proposal, from no document.
    """

    rules: Mapping[str, MentorRule]
    score_rules: Mapping[str, ScoreRule]
    officer: Mapping[str, object]
    panel: Mapping[str, object]
    admission_weights: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalRequirement(Sourced):
    """One legal duty as a requirement on the software.

    Attributes:
        law: short name of the law, explained in `laws` of the file; `law_zh` its Chinese name.
        article: as cited.
        duty, requirement, acceptance_test: English.
        priority: `must` or `should`.
    """

    id: str
    law: str
    law_zh: str
    article: str
    duty: str
    requirement: str
    acceptance_test: str
    priority: str


def read_mentor_rules(content: Mapping[str, object]) -> MentorBook:
    """Return the rules.

    Raises:
        ReferenceDataError: a field is wrong or weights do not sum up.
    """
    top = Row(MENTOR_FILE, TOP, content)
    top.required("meta")
    rules = {k: _rule(row) for k, row in table(MENTOR_FILE, top.get("rules"), "rules").items()}
    scores = table(MENTOR_FILE, top.get("score_rules"), "score_rules")
    for section in ("officer", "panel"):
        top.row(section).origin()
    found = MentorBook(
        rules=rules,
        score_rules={k: _score_rule(row) for k, row in scores.items()},
        officer=top.required("officer"),
        panel=top.required("panel"),
        admission_weights=_admission_weights(top.row("proposed_admission_weights")),
    )
    top.finish()
    return found


def _rule(row: Row) -> MentorRule:
    projects = row.row("projects_per_mentor") if row.get("projects_per_mentor") else None
    found = MentorRule(
        id=row.name,
        place=row.text("place"),
        title=row.text("title"),
        projects_min=None if projects is None else projects.whole("min"),
        projects_max=None if projects is None else projects.whole("max"),
        figures={k: row.number(k, 0) for k in _FIGURES if row.get(k) is not None},
        terms={k: row.text(k) for k in _TERMS if row.get(k) is not None},
        lists={k: row.texts(k) for k in _LISTS if row.get(k) is not None},
        **row.origin(),
    )
    for read in filter(None, (row, projects)):
        read.finish()
    return found


def _score_rule(row: Row) -> ScoreRule:
    weights = row.row("weights") if row.get("weights") is not None else None
    bands = row.row("bands") if row.get("bands") is not None else None
    found = ScoreRule(
        id=row.name,
        place=row.text("place"),
        dims=row.texts("dims"),
        weights={} if weights is None else _weights(weights, total=100),
        bands={} if bands is None else {k: _band(bands, k) for k in bands.keys()},  # noqa: SIM118
        **row.origin(),
    )
    row.finish()
    return found


def _weights(row: Row, total: float, but: str = "") -> dict[str, float]:
    found = {key: row.number(key, 0) for key in row.keys() if key != but}  # noqa: SIM118
    if not math.isclose(sum(found.values()), total):
        raise row.error("-", f"权重合计 {sum(found.values()):g}", f"合计 {total:g}")
    return found


def _admission_weights(row: Row) -> dict[str, float]:
    row.text_or_none("note")
    return _weights(row, total=1, but="note")


def _band(row: Row, key: str) -> tuple[int, int]:
    match = _BAND.match(row.text(key))
    if match is None or int(match[1]) >= int(match[2]):
        raise row.error(key, f"分数段 {row.get(key)!r} 不合法", "低分-高分,如 70-85")
    return int(match[1]), int(match[2])


def read_legal_requirements(content: Mapping[str, object]) -> dict[str, LegalRequirement]:
    """Return the legal requirements by id.

    Raises:
        ReferenceDataError: a field is wrong, a law is not explained, or the count differs.
    """
    top = Row(LEGAL_FILE, TOP, content)
    meta, laws = top.row("meta"), top.row("laws")
    names = {key: laws.text(key) for key in laws.keys()}  # noqa: SIM118
    rows = table(LEGAL_FILE, top.get("requirements"), "requirements")
    found = {key: _requirement(row, names) for key, row in rows.items()}
    top.finish()
    stated = meta.whole_or_none("count")
    if stated is not None and stated != len(found):
        raise meta.error("count", f"写的是 {stated},实际为 {len(found)}", str(len(found)))
    return found


def _requirement(row: Row, laws: Mapping[str, str]) -> LegalRequirement:
    law = row.one_of("law", laws)
    found = LegalRequirement(
        id=row.name,
        law=law,
        law_zh=laws[law],
        article=row.text("article"),
        duty=row.text("duty"),
        requirement=row.text("requirement"),
        acceptance_test=row.text("acceptance_test"),
        priority=row.one_of("priority", ("must", "should")),
        **row.origin(),
    )
    row.finish()
    return found
