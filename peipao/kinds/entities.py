"""Projects, needs and providers as the kind files allow them, normalised."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from peipao.domain.ids import checked_id
from peipao.domain.records import Need, Project, Provider
from peipao.domain.values import Place, Value
from peipao.errors import InvalidInputError, SensitiveFactError, UnknownValueError
from peipao.kinds.attributes import CodeTables
from peipao.kinds.catalogue import Catalogue
from peipao.kinds.sensitive import is_sensitive
from peipao.kinds.spec import AttributeSpec
from peipao.kinds.values import checked_text, known_district, parse_stated, parse_value, shown_name

MAX_NAME = 200
"""Characters of a name."""

MAX_CAPACITY, MAX_WANTED, MAX_PRIORITY = 100_000, 100, 1000
"""Inclusive limits of places of one provider, places of one need, and a priority."""

_PLACE, _DISTRICT, _ZONE = "place", "district", "zone"

ValueT = TypeVar("ValueT")
_Parse = Callable[[AttributeSpec, object, str, CodeTables], ValueT]


def check_project(project: Project, catalogue: Catalogue, reference: CodeTables) -> Project:
    """Return the project with its values normalised.

    A place says its district and zone as well; a project that states only its district is placed
    there, so that travel can be told.

    Raises:
        InvalidInputError: what is wrong, at `project.<field>`; UnknownValueError for codes.
        SensitiveFactError: an attribute is a sensitive fact.
    """
    checked_id(project.id, "project.id")
    stages = reference.codes("stages")
    if project.stage not in stages:
        raise UnknownValueError("project.stage", str(project.stage)[:80], stages)
    specs = catalogue.project.attributes
    values = _parsed(specs, project.attributes, "project", reference, parse_value)
    values = _placed(specs, values)
    _check_required(specs, values, "project")
    return replace(
        project,
        name=checked_text(project.name, "project.name", MAX_NAME),
        attributes=values,
        external_ids=_checked_external_ids(project.external_ids),
    )


def check_need(need: Need, catalogue: Catalogue, reference: CodeTables) -> Need:
    """Return the need with its values normalised; each keeps its stance.

    Raises:
        UnknownKindError: there is no such kind.
        InvalidInputError: what is wrong, at `need.<field>`; UnknownValueError for codes.
        SensitiveFactError: an attribute is a sensitive fact.
    """
    checked_id(need.id, "need.id")
    checked_id(need.project_id, "need.project_id")
    specs = catalogue[need.kind].need
    _check_whole(need.wanted, "need.wanted", 1, MAX_WANTED)
    _check_whole(need.priority, "need.priority", 0, MAX_PRIORITY)
    _check_moment(need.opened_at, "need.opened_at")
    if need.owner is not None:
        checked_text(need.owner, "need.owner", MAX_NAME)
    values = _parsed(specs, need.attributes, "need", reference, parse_stated)
    _check_required(specs, values, "need")
    return replace(need, attributes=values)


def check_provider(provider: Provider, catalogue: Catalogue, reference: CodeTables) -> Provider:
    """Return the provider with its values normalised.

    Raises:
        UnknownKindError: there is no such kind.
        InvalidInputError: what is wrong, at `provider.<field>`; UnknownValueError for codes.
        SensitiveFactError: an attribute is a sensitive fact.
    """
    checked_id(provider.id, "provider.id")
    specs = catalogue[provider.kind].provider
    _check_whole(provider.capacity, "provider.capacity", 0, MAX_CAPACITY)
    _check_whole(provider.used, "provider.used", 0, MAX_CAPACITY)
    _check_validity(provider.valid_from, provider.valid_to)
    values = _parsed(specs, provider.attributes, "provider", reference, parse_value)
    _check_required(specs, values, "provider")
    organisation = provider.organisation
    return replace(
        provider,
        name=checked_text(provider.name, "provider.name", MAX_NAME),
        attributes=values,
        districts_served=_checked_districts(provider.districts_served, reference),
        organisation=None
        if organisation is None
        else checked_text(organisation, "provider.organisation", MAX_NAME),
    )


def _parsed(
    specs: Mapping[str, AttributeSpec],
    stated: Mapping[str, object],
    noun: str,
    reference: CodeTables,
    parse: _Parse[ValueT],
) -> dict[str, ValueT]:
    """Return what is stated, in the order of the kind file."""
    for name in stated:
        if name not in specs:
            raise _unknown_attribute(name, specs, noun)
    return {
        name: parse(spec, stated[name], f"{noun}.{name}", reference)
        for name, spec in specs.items()
        if name in stated
    }


def _unknown_attribute(name: str, specs: Iterable[str], noun: str) -> InvalidInputError:
    where = f"{noun}.{shown_name(name)}"
    if is_sensitive(name):
        return SensitiveFactError(
            where, "敏感信息不得作为排序属性", "登记为敏感事实,仅供政策计算使用"
        )
    return InvalidInputError(where, "没有这个属性", "、".join(specs))


def _check_required(
    specs: Mapping[str, AttributeSpec], stated: Mapping[str, object], noun: str
) -> None:
    for name, spec in specs.items():
        if spec.required and name not in stated:
            raise InvalidInputError(f"{noun}.{name}", f"缺少必填项“{spec.label}”", "填写此项")


def _placed(specs: Mapping[str, AttributeSpec], values: Mapping[str, Value]) -> dict[str, Value]:
    """Return the values with place, district and zone saying the same."""
    place = values.get(_PLACE)
    said = dict(values)
    if isinstance(place, Place):
        if values.get(_DISTRICT, place.district) != place.district:
            raise InvalidInputError(
                f"project.{_DISTRICT}", "与经营位置所在区市不同", f"{place.district},或改正位置"
            )
        said.setdefault(_DISTRICT, place.district)
        if place.zone is not None:
            said.setdefault(_ZONE, place.zone)
    elif isinstance(values.get(_DISTRICT), str):
        zone = values.get(_ZONE)
        said[_PLACE] = Place(str(values[_DISTRICT]), zone if isinstance(zone, str) else None)
    return {name: said[name] for name in specs if name in said}


def _checked_external_ids(ids: Mapping[str, str]) -> dict[str, str]:
    return {
        checked_id(system, "project.external_ids"): checked_text(
            key, f"project.external_ids.{system}", MAX_NAME
        )
        for system, key in sorted(ids.items())
    }


def _checked_districts(districts: Iterable[str], reference: CodeTables) -> tuple[str, ...]:
    where = "provider.districts_served"
    known = {
        known_district(checked_text(text, f"{where}[{index}]"), f"{where}[{index}]", reference)
        for index, text in enumerate(districts)
    }
    return tuple(sorted(known))


def _check_whole(value: object, where: str, low: int, high: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise InvalidInputError(where, "取值不合适", f"{low} 至 {high} 的整数")


def _check_moment(value: object, where: str) -> None:
    if not isinstance(value, dt.datetime) or value.tzinfo is None:
        raise InvalidInputError(where, "时间缺少时区", "带时区的时间,如 2026-01-01T08:00:00Z")


def _check_validity(start: dt.date | None, end: dt.date | None) -> None:
    if start is not None and end is not None and end < start:
        raise InvalidInputError(
            "provider.valid_to", f"失效日期 {end} 早于生效日期", f"不早于 {start}"
        )
