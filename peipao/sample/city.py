"""The sample city: one call, one value; large cities come in chunks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from peipao.domain.records import Feedback, Need, Project, Provider, SensitiveFact
from peipao.domain.requests import Request
from peipao.domain.steps import NeedStep
from peipao.errors import InvalidInputError
from peipao.kinds.catalogue import Catalogue
from peipao.reference.deadlines import deadlines_of
from peipao.reference.loader import Reference
from peipao.sample.feedback import past_feedback
from peipao.sample.history import with_history
from peipao.sample.likeness import ProviderSide
from peipao.sample.listed import listed_providers, listed_sources
from peipao.sample.needs import open_needs, past_needs, project_owners, recent_needs
from peipao.sample.people import MADE_KINDS, MadeProvider, make_providers
from peipao.sample.projects import MadeProject, make_projects
from peipao.sample.scene import Scene, make_scene
from peipao.sample.size import CitySize
from peipao.sample.streams import BLOCK
from peipao.sample.taste import (
    KindTaste,
    ProjectTaste,
    Truth,
    draw_kind_taste,
    project_tastes,
)

Record = TypeVar("Record", Project, Need, Request)


@dataclass(frozen=True, slots=True)
class City:
    """A sample city, or a chunk of one; plain records.

    Attributes:
        projects: sorted by id; those under way (`p…`) and those that ended (`e…`).
        needs: sorted by id; open ones and those of the past two years.
        providers: sorted by kind and id; generated and real ones.
        requests: sorted by id; one a need.
        steps: need id -> the steps that led to its state.
        feedback: sorted by time and id; all of it lies in the two years before today.
        sensitive_facts: what serves policy eligibility only.
        sources: id of a real provider -> where its row was read.
        truth: the hidden taste.
    """

    projects: tuple[Project, ...]
    requests: tuple[Request, ...]
    needs: tuple[Need, ...]
    steps: Mapping[str, tuple[NeedStep, ...]]
    providers: tuple[Provider, ...]
    feedback: tuple[Feedback, ...]
    sensitive_facts: tuple[SensitiveFact, ...]
    sources: Mapping[str, tuple[str, ...]]
    truth: Truth


def generate_city(
    size: CitySize, seed: int, reference: Reference, catalogue: Catalogue, today: dt.date
) -> City:
    """Return the city of a seed; equal arguments give equal records on every machine.

    What is made of one entity depends on the seed and its own number alone: the same ids stand for
    the same mentors and projects whatever the other sizes are. Only feedback depends on all.

    Args:
        size: how many of what.
        seed: >= 0.
        reference: real districts, industries and providers.
        catalogue: the nine kinds.
        today: the day the city is looked at; the history ends before it.

    Raises:
        InvalidInputError: the seed is negative.
    """
    chunks = list(iter_city_chunks(size, seed, reference, catalogue, today))
    return City(
        projects=_by_id(chunk.projects for chunk in chunks),
        requests=_by_id(chunk.requests for chunk in chunks),
        needs=_by_id(chunk.needs for chunk in chunks),
        steps={key: one for chunk in chunks for key, one in chunk.steps.items()},
        providers=chunks[0].providers,
        feedback=_in_time(one for chunk in chunks for one in chunk.feedback),
        sensitive_facts=tuple(fact for chunk in chunks for fact in chunk.sensitive_facts),
        sources=chunks[0].sources,
        truth=replace(
            chunks[0].truth,
            projects={key: one for chunk in chunks for key, one in chunk.truth.projects.items()},
        ),
    )


def iter_city_chunks(
    size: CitySize, seed: int, reference: Reference, catalogue: Catalogue, today: dt.date
) -> Iterator[City]:
    """Yield the same city in chunks of `BLOCK` projects under way; memory stays bounded.

    The first chunk bears all providers, the others none; there is always a first. The truth of a
    chunk knows the projects of that chunk.

    Raises:
        InvalidInputError: the seed is negative.
    """
    if seed < 0:
        raise InvalidInputError("seed", "不能小于 0", ">= 0")
    scene = make_scene(seed, today, reference, catalogue)
    made = _made_providers(scene, size)
    listed = listed_providers(scene)
    tastes = {kind: _kind_taste(scene, kind, made, listed) for kind in catalogue}
    everybody = [*(one.record for ones in made.values() for one in ones), *listed]
    providers = tuple(sorted(everybody, key=lambda one: (one.kind, one.id)))
    for number in range(max(-(-max(size.projects, size.earlier) // BLOCK), 1)):
        first = number == 0
        yield replace(
            _chunk(scene, size, tastes, number),
            providers=providers if first else (),
            sources=listed_sources(reference) if first else {},
        )


def _made_providers(scene: Scene, size: CitySize) -> dict[str, list[MadeProvider]]:
    counts = (size.mentors, size.officers, size.talents, size.service_points)
    return {
        kind: make_providers(scene, kind, count)
        for kind, count in zip(MADE_KINDS, counts, strict=True)
    }


def _kind_taste(
    scene: Scene, kind: str, made: Mapping[str, list[MadeProvider]], listed: Iterable[Provider]
) -> KindTaste:
    own = made.get(kind, [])
    real = [one for one in listed if one.kind == kind]
    side = ProviderSide(
        [*(one.record for one in own), *real], [*(one.line for one in own), *[None] * len(real)]
    )
    return draw_kind_taste(scene, kind, side, [*(one.group for one in own), *[-1] * len(real)])


def _chunk(scene: Scene, size: CitySize, tastes: Mapping[str, KindTaste], number: int) -> City:
    under_way = _block(scene, "project", size.projects, number)
    earlier = _block(scene, "earlier", size.earlier, number)
    truth = Truth(scene, tastes, _tastes(scene, under_way) | _tastes(scene, earlier))
    past = past_needs(scene, under_way, size.history) + past_needs(scene, earlier, size.history)
    needs, feedback = open_needs(scene, under_way), list[Feedback]()
    for kind in tastes:
        of_kind = [need for need in past if need.kind == kind]
        ended, events = past_feedback(scene, truth, kind, of_kind, number)
        needs.extend(ended)
        feedback.extend(events)
    needs += recent_needs(scene, under_way, size.history)
    officers = tastes["service_officer"].side.providers if "service_officer" in tastes else ()
    owners = project_owners([*under_way, *earlier], officers)
    owned = [replace(need, owner=owners.get(need.project_id)) for need in needs]
    deadlines = deadlines_of(scene.reference.terms)
    past_of = with_history(scene.seed, owned, feedback, scene.now, deadlines)
    everyone = [*under_way, *earlier]
    return City(
        projects=_by_id([[one.record for one in everyone]]),
        requests=_by_id([past_of.requests]),
        needs=_by_id([past_of.needs]),
        steps=past_of.steps,
        providers=(),
        feedback=_in_time(feedback),
        sensitive_facts=tuple(fact for one in everyone for fact in one.facts),
        sources={},
        truth=truth,
    )


def _block(scene: Scene, group: str, count: int, number: int) -> list[MadeProject]:
    start = min(number * BLOCK, count)
    return make_projects(scene, group, start, min(start + BLOCK, count))


def _tastes(scene: Scene, made: list[MadeProject]) -> dict[str, ProjectTaste]:
    if not made:
        return {}
    records, lines = [one.record for one in made], [one.line for one in made]
    return project_tastes(scene, made[0].group, records, lines, made[0].number)


def _by_id(groups: Iterable[Iterable[Record]]) -> tuple[Record, ...]:
    return tuple(sorted((one for group in groups for one in group), key=lambda one: one.id))


def _in_time(events: Iterable[Feedback]) -> tuple[Feedback, ...]:
    return tuple(sorted(events, key=lambda one: (one.at, one.id)))
