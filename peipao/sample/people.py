"""Generated providers: mentors, service officers, talents and service points."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from peipao.domain.records import Provider
from peipao.domain.values import Value
from peipao.kinds.spec import KindSpec
from peipao.sample.draws import STAGES, provider_values
from peipao.sample.grammar import (
    MARK,
    address_parts,
    company_name,
    drawn_district,
    drawn_line,
    drawn_place,
    industries_of,
    industry_word,
    labels,
    person_name,
    said,
)
from peipao.sample.projects import make_projects
from peipao.sample.scene import Scene
from peipao.sample.streams import Dice
from peipao.sample.words import Line

BACKGROUNDS = ("founder", "executive", "marketer", "scholar", "investor", "craftsman", "advisor")
"""What a mentor was before; the introduction tells it, and the hidden taste knows it."""

_STYLES = {
    "founder": "business_management",
    "executive": "business_management",
    "marketer": "business_management",
    "scholar": "industry_technology",
    "investor": "finance_economics",
    "craftsman": "industry_technology",
    "advisor": "finance_economics",
}
_PREFIX = {"mentor": "m", "service_officer": "o", "talent": "t", "service_org": "g"}
_NOUN = {"mentor": "导师", "service_officer": "专员", "talent": "人才", "service_org": "网点"}
_TAGS = {
    "mentor": "skills",
    "service_officer": "policy_areas",
    "talent": "skills",
    "service_org": "services",
}
_OWN_FIRM = 0.03

MADE_KINDS = tuple(_PREFIX)
"""Kinds whose providers are generated; those of the other kinds are real."""


@dataclass(frozen=True, slots=True)
class MadeProvider:
    """A provider with what only its maker knows.

    Attributes:
        line: what it really knows; None for real providers.
        group: row of `BACKGROUNDS` for mentors, else -1.
    """

    record: Provider
    line: Line | None
    group: int


@dataclass(frozen=True, slots=True)
class _Draft:
    """A provider half made.

    Attributes:
        number: 0-based within the kind.
        group: row of `BACKGROUNDS` for mentors, else -1.
    """

    spec: KindSpec
    number: int
    line: Line
    group: int
    district: str


def make_providers(scene: Scene, kind: str, count: int) -> list[MadeProvider]:
    """Return the first `count` generated providers of one of `MADE_KINDS`."""
    drawn = scene.dice(kind, start=0, stop=count)
    return [_make(scene, scene.catalogue[kind], n, one) for n, one in enumerate(drawn)]


def _make(scene: Scene, spec: KindSpec, number: int, one: Dice) -> MadeProvider:
    kind, reference = spec.name, scene.reference
    line = drawn_line(scene.words, reference, one)
    second = drawn_line(scene.words, reference, one) if one.chance(0.35) else None
    district = drawn_district(reference, one)
    if kind == "service_officer":
        # every district has officers: the first turn goes round all of them
        codes = reference.codes("districts")
        district = codes[number] if number < len(codes) else district
    place = drawn_place(reference, district, one)
    group = int(one.unit() * len(BACKGROUNDS)) if kind == "mentor" else -1
    draft = _Draft(spec, number, line, group, district)
    attributes: dict[str, Value] = {"industries": industries_of(reference, line, second)}
    if one.chance(0.92) or kind == "service_officer":
        attributes["place"] = place
    attributes.update(provider_values(kind, spec.provider, one, reference))
    attributes.update(_stages(draft, one))
    if kind == "mentor" and one.chance(0.93):
        attributes["style"] = _STYLES[BACKGROUNDS[group]]
    intro = _intro(scene, draft, attributes, one)
    if one.chance(0.97):
        attributes["intro"] = intro
    return MadeProvider(_record(scene, draft, attributes, one), line, group)


def _stages(draft: _Draft, one: Dice) -> dict[str, Value]:
    if "stages" not in draft.spec.provider or not one.chance(0.93):
        return {}
    others = one.some([stage for stage in STAGES if stage != "startup"], 0, 2)
    usual = ["startup"] if one.chance(0.8) or not others else []
    return {"stages": tuple(sorted([*others, *usual]))}


def _intro(scene: Scene, draft: _Draft, stated: dict[str, Value], one: Dice) -> str:
    kind, line, words = draft.spec.name, draft.line, scene.words
    given = address_parts(words, scene.reference, draft.district, one)
    given["industry"] = industry_word(scene.reference, line)
    years, codes = stated.get("years"), stated.get(_TAGS[kind])
    given["years"] = int(years) if isinstance(years, float) else 8
    tags = codes[:3] if isinstance(codes, tuple) else ()
    given["tags"] = labels(draft.spec.provider[_TAGS[kind]], tags)
    if kind == "mentor":
        given["background"] = one.pick(words.lists[f"mentor.{BACKGROUNDS[draft.group]}"])
    return said(words, f"intros.{kind}", line, one, given)


def _record(scene: Scene, draft: _Draft, attributes: dict[str, Value], one: Dice) -> Provider:
    kind = draft.spec.name
    ended = one.chance(0.02)
    return Provider(
        id=f"{_PREFIX[kind]}{draft.number + 1:04d}",
        kind=kind,
        name=_name(scene, draft, one),
        capacity=_capacity(draft.spec, one),
        attributes=attributes,
        districts_served=_served(scene, draft, one),
        valid_from=scene.today - dt.timedelta(days=800 + int(one.unit() * 900)),
        valid_to=scene.today - dt.timedelta(days=10) if ended else None,
        paused=one.chance(0.02),
        organisation=_organisation(scene, draft, one),
        generated=True,
    )


def _name(scene: Scene, draft: _Draft, one: Dice) -> str:
    kind, number = draft.spec.name, draft.number + 1
    if kind != "service_org":
        return person_name(scene.words, _NOUN[kind], number, one)
    zh = scene.reference.label("districts", draft.district)
    return f"{zh}{one.pick(scene.words.lists['service.form'])}{number:04d}{MARK}"


def _capacity(spec: KindSpec, one: Dice) -> int:
    usual = spec.pairing.capacity
    if spec.name != "mentor":
        return usual
    return max(one.weighted((usual, usual - 1, usual + 1), (0.86, 0.07, 0.07)), 0)


def _served(scene: Scene, draft: _Draft, one: Dice) -> tuple[str, ...]:
    kind, near = draft.spec.name, scene.reference.travel_minutes
    if kind == "talent" or not one.chance({"service_officer": 0.85}.get(kind, 0.12)):
        return ()
    count = 2 + int(one.unit() * 3)
    codes = scene.reference.codes("districts")
    ordered = sorted(codes, key=lambda other: (near(draft.district, other), other))
    return tuple(sorted({draft.district, *ordered[:count]}))


def _organisation(scene: Scene, draft: _Draft, one: Dice) -> str | None:
    if draft.spec.name in {"service_officer", "service_org"} or not one.chance(0.6):
        return None
    if draft.spec.name == "mentor" and one.chance(_OWN_FIRM):
        # this mentor works for a project of the city: the recusal rule has something to find
        return make_projects(scene, "project", draft.number, draft.number + 1)[0].record.name
    return company_name(scene.words, draft.line, "growth", one)
