"""Needs of projects: open ones, and those of the past two years."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from peipao.domain.records import Need, Provider
from peipao.domain.states import NeedState
from peipao.domain.values import Stated
from peipao.kinds.spec import KindSpec
from peipao.sample.draws import STAGES, need_values
from peipao.sample.grammar import labels, said
from peipao.sample.projects import MadeProject
from peipao.sample.scene import Scene
from peipao.sample.streams import Dice

DAYS = 730
"""Length of the history, in days before today."""

SETTLED = 46
"""A past need was opened at least so many days ago; all its feedback lies before today."""

FRESH = 5.0
"""Days within which a need that waits was opened: five working days are never over by then."""

OVERLOOKED = 0.01
"""Share of the open needs that waited far longer, because nobody looked; an assumption."""

_UNSEEN = -math.expm1(-1 / 12)
"""Share of the open needs that nobody looked at: those of the last hours, and the overlooked."""

_LAST_WEEKS = (8.0, float(SETTLED))
"""Days ago that needs were opened which officers took themselves: nothing else is known of them."""

ONE_TO_ONE = ("mentor", "service_officer")
"""Kinds of which every project under way has exactly one open need: the action accompanies it."""

_OPEN = {  # chance of an open need by stage; assumptions that give about 3,000 at size S
    "space": (0.35, 0.22, 0.12, 0.04),
    "investor": (0.25, 0.18, 0.26, 0.05),
    "loan_product": (0.04, 0.14, 0.24, 0.20),
    "association": (0.0, 0.06, 0.32, 0.45),
    "hr_agency": (0.03, 0.11, 0.20, 0.20),
    "talent": (0.06, 0.12, 0.16, 0.08),
    "service_org": (0.30, 0.16, 0.06, 0.04),
}
_PAST = {  # past needs a year of a project, while it existed
    "mentor": 1.15,
    "service_officer": 0.55,
    "space": 0.25,
    "investor": 0.3,
    "loan_product": 0.25,
    "association": 0.2,
    "hr_agency": 0.2,
    "talent": 0.25,
    "service_org": 0.25,
}
_TAGS = ("skills", "policy_areas", "services", "purposes")


def open_needs(scene: Scene, projects: Sequence[MadeProject]) -> list[Need]:
    """Return the open needs of projects under way, without owners; numbers must be consecutive."""
    found: list[Need] = []
    for kind in (*ONE_TO_ONE, *_OPEN):
        for project, one in _with_dice(scene, projects, "open", kind):
            chances = _OPEN.get(kind, (1.0,) * len(STAGES))
            if one.chance(chances[STAGES.index(project.record.stage)]):
                found.append(_open_need(scene, kind, project, one))
    return found


def past_needs(scene: Scene, projects: Sequence[MadeProject], history: float) -> list[Need]:
    """Return closed needs of the last two years, without owners; numbers must be consecutive.

    `history` is how many there are in relation to size S.
    """
    found: list[Need] = []
    for kind, rate in _PAST.items():
        dated = {
            project.number: _past_days(scene, project, rate * history, one)
            for project, one in _with_dice(scene, projects, "past", kind)
        }
        for turn in range(max(map(len, dated.values()), default=0)):
            for project, one in _with_dice(scene, projects, "past", kind, f"{turn}"):
                if turn < len(dated[project.number]):
                    opened = _before(scene.now, dated[project.number][turn])
                    found.append(_past_need(scene, kind, project, (turn + 1, opened), one))
    return found


def recent_needs(scene: Scene, projects: Sequence[MadeProject], history: float) -> list[Need]:
    """Return needs of the weeks before today that have ended, without owners and feedback.

    `history` is how many there are in relation to size S; consecutive numbers as above.
    """
    found: list[Need] = []
    for kind, rate in _PAST.items():
        for project, one in _with_dice(scene, projects, "recent", kind):
            length = min(_LAST_WEEKS[1], float((scene.today - project.founded).days))
            share = max(length - _LAST_WEEKS[0], 0.0) / 365.25
            if one.chance(1.0 - math.exp(-rate * history * share)):
                opened = _before(scene.now, one.between(_LAST_WEEKS[0], length))
                made = _past_need(scene, kind, project, (0, opened), one)
                found.append(replace(made, id=f"n-{project.record.id}-{kind}-r"))
    return found


def _past_days(scene: Scene, project: MadeProject, rate: float, one: Dice) -> list[float]:
    oldest = min(DAYS, (scene.today - project.founded).days)
    length = max(oldest - SETTLED, 0)
    count = min(one.count(rate * length / 365.25), 8)
    return sorted((one.between(SETTLED, oldest) for _ in range(count)), reverse=True)


def _with_dice(
    scene: Scene, projects: Sequence[MadeProject], *path: str
) -> Iterator[tuple[MadeProject, Dice]]:
    if not projects:
        return iter(())
    first, last = projects[0], projects[-1]
    numbers = scene.dice(first.group, *path, start=first.number, stop=last.number + 1)
    return zip(projects, numbers, strict=True)


def _open_need(scene: Scene, kind: str, project: MadeProject, one: Dice) -> Need:
    share = one.unit()
    days = FRESH * share if share > OVERLOOKED else 10.0 + 40.0 * share / OVERLOOKED
    seen = share > _UNSEEN and one.chance(0.7)
    return Need(
        id=f"n-{project.record.id}-{kind}",
        project_id=project.record.id,
        kind=kind,
        opened_at=_before(scene.now, days),
        attributes=_attributes(scene, scene.catalogue[kind], project, one),
        wanted=scene.catalogue[kind].pairing.wanted,
        priority=int(one.chance(0.05)),
        state=NeedState.ACKNOWLEDGED if seen else NeedState.OPENED,
    )


def _past_need(
    scene: Scene, kind: str, project: MadeProject, turn: tuple[int, dt.datetime], one: Dice
) -> Need:
    return Need(
        id=f"n-{project.record.id}-{kind}-{turn[0]}",
        project_id=project.record.id,
        kind=kind,
        opened_at=turn[1],
        attributes=_attributes(scene, scene.catalogue[kind], project, one),
        wanted=scene.catalogue[kind].pairing.wanted,
        state=NeedState.CLOSED,
    )


def _before(now: dt.datetime, days: float) -> dt.datetime:
    return now - dt.timedelta(seconds=int(days * 86_400))


def _attributes(
    scene: Scene, spec: KindSpec, project: MadeProject, one: Dice
) -> Mapping[str, Stated]:
    stage = project.record.stage
    stated = need_values(spec.name, spec.need, stage, one, scene.reference)
    tag = "这方面"
    for name in _TAGS:
        value = stated[name].value if name in stated else ()
        if isinstance(value, tuple) and value:
            tag = labels(spec.need[name], value[:1])
    if one.chance(0.9):
        topic = said(scene.words, f"need_topics.{spec.name}", project.line, one, {"tag": tag})
        stated["topic"] = Stated(topic)
    return stated


def project_owners(projects: Sequence[MadeProject], officers: Sequence[Provider]) -> dict[str, str]:
    """Return project id -> owner of its needs: the officers of its district in turn.

    Empty if there are no officers.
    """
    by_district: dict[object, list[str]] = {}
    for officer in officers:
        place = officer.attributes.get("place")
        by_district.setdefault(getattr(place, "district", None), []).append(officer.id)
    everybody = [officer.id for officer in officers]
    owners: dict[str, str] = {}
    for project in projects:
        turn = by_district.get(project.record.attributes["district"]) or everybody
        if turn:
            owners[project.record.id] = turn[project.number % len(turn)]
    return owners
