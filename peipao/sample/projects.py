"""Generated projects: those under way and those that ended inside the two years."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from peipao.domain.records import Project, SensitiveFact
from peipao.domain.values import Place, Value
from peipao.sample.draws import STAGES
from peipao.sample.grammar import (
    company_name,
    drawn_district,
    drawn_line,
    drawn_place,
    industries_of,
    project_intro,
)
from peipao.sample.scene import Scene
from peipao.sample.streams import Dice
from peipao.sample.words import Line

STAGE_SHARES = (0.08, 0.62, 0.24, 0.06)
"""Shares of seed, startup, growth and mature: the action is about start-ups (an assumption)."""

_AGE_YEARS = {
    "seed": (0.05, 1.2),
    "startup": (0.2, 3.0),
    "growth": (1.5, 6.0),
    "mature": (4.0, 15.0),
}
_STAFF = {"seed": (1, 6), "startup": (2, 25), "growth": (8, 90), "mature": (30, 400)}
_AWARDS = ("none", "district", "city", "province", "nation")
_AWARD_SHARES = (0.72, 0.12, 0.09, 0.05, 0.02)
_FOUNDERS = ("graduate", "returnee", "veteran", "rural_returnee", "unemployed")


@dataclass(frozen=True, slots=True)
class MadeProject:
    """A project with what only its maker knows.

    Attributes:
        line: what it really does.
        number: 0-based among the projects of its group.
        founded: the true date, even where the record does not state it.
        group: `project` (under way) or `earlier`.
    """

    record: Project
    line: Line
    number: int
    founded: dt.date
    group: str
    facts: tuple[SensitiveFact, ...]


def make_projects(scene: Scene, group: str, start: int, stop: int) -> list[MadeProject]:
    """Return the projects `start` to `stop` (excluded) of a group."""
    drawn = scene.dice(group, start=start, stop=stop)
    return [_make(scene, group, number, one) for number, one in enumerate(drawn, start=start)]


def _make(scene: Scene, group: str, number: int, one: Dice) -> MadeProject:
    words, reference, today = scene.words, scene.reference, scene.today
    line = drawn_line(words, reference, one)
    second = drawn_line(words, reference, one) if one.chance(0.22) else None
    stage = one.weighted(STAGES, STAGE_SHARES)
    years = one.between(*_AGE_YEARS[stage]) + (one.between(0.3, 2.0) if group == "earlier" else 0)
    founded = today - dt.timedelta(days=1 + int(years * 365.25))
    district = drawn_district(reference, one)
    place = drawn_place(reference, district, one)
    key = f"{'p' if group == 'project' else 'e'}{number + 1:04d}"
    name = company_name(words, line, stage, one)
    attributes: dict[str, Value] = {
        "industries": industries_of(reference, line, second),
        "district": district,
        **_optional(scene, line, stage, place, one),
    }
    if one.chance(0.95):
        attributes["founded"] = founded
    record = Project(key, name, stage, attributes, generated=True)
    return MadeProject(record, line, number, founded, group, _facts(key, today, one))


def _optional(scene: Scene, line: Line, stage: str, place: Place, one: Dice) -> dict[str, Value]:
    # a missing value is an absent key: some projects leave things out, as people do
    exact = one.chance(0.93)
    found: dict[str, Value] = {"place": place if exact else Place(place.district)}
    if exact and place.zone is not None:
        found["zone"] = place.zone
    intro = project_intro(scene.words, scene.reference, line, (stage, place.district), one)
    if one.chance(0.97):
        found["intro"] = intro
    if one.chance(0.85):
        found["employees"] = float(round(one.scaled(*_STAFF[stage])))
    if one.chance(0.9):
        found["award_level"] = one.weighted(_AWARDS, _AWARD_SHARES)
    return found


def _facts(key: str, today: dt.date, one: Dice) -> tuple[SensitiveFact, ...]:
    if not one.chance(0.3):
        return ()
    value = one.pick(_FOUNDERS)
    return (SensitiveFact(key, "founder_category", value, today, "样例生成"),)
