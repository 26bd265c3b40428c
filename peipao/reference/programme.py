"""The programme as its document sets it: eight teams, four kinds of space, four stages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from peipao.reference.rows import TOP, Row, Sourced, table

FILE = "teams.yaml"
CARDINALITIES = ("one_to_one", "one_to_one_with_capacity", "shared", "shared_with_slots")


@dataclass(frozen=True, slots=True, kw_only=True)
class Team(Sourced):
    """陪跑团: one of the support teams.

    Attributes:
        id, zh: code and Chinese name.
        members: who it consists of.
        resource_type: kind of provider it brings; a team may bring further kinds.
        needs_served: what it helps with.
        cardinality: one of `CARDINALITIES`.
        capacity, capacity_min, capacity_max: projects a member takes; None is not limited.
        capacity_basis: how the figure was made; `capacity_verified` whether it was read.
        stages: stage ids it serves; `stages_verified` whether they were read.
    """

    id: str
    zh: str
    members: str
    resource_type: str
    needs_served: tuple[str, ...]
    cardinality: str
    capacity: int | None
    capacity_min: int | None
    capacity_max: int | None
    capacity_basis: str
    capacity_verified: bool
    stages: tuple[str, ...]
    stages_verified: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SpaceType(Sourced):
    """陪跑空间类型: one of the four kinds of space.

    Attributes:
        host, role: who runs it and what it offers.
        geo_scope: `city`, `district`, `neighbourhood` or `campus`.
        radius_m: metres it reaches; None is not said.
        per_city: how many a city has; None is not limited.
        extra: further service, such as `second_incubation`; None is none.
    """

    id: str
    zh: str
    host: str
    role: str
    geo_scope: str
    radius_m: float | None = None
    per_city: int | None = None
    extra: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage(Sourced):
    """发展阶段: where a project stands; in the order of a project's life.

    Attributes:
        measures: what the document foresees for it.
        engine: what that asks of this software.
    """

    id: str
    zh: str
    measures: tuple[str, ...]
    engine: str


@dataclass(frozen=True, slots=True)
class Programme:
    """Teams, space types and stages by id, and how the programme is run.

    Attributes:
        operations: targets, groups, ledger fields …, JSON values as in the file.
    """

    teams: Mapping[str, Team]
    space_types: Mapping[str, SpaceType]
    stages: Mapping[str, Stage]
    operations: Mapping[str, object]


def read_programme(content: Mapping[str, object]) -> Programme:
    """Return the programme.

    Raises:
        ReferenceDataError: a field is wrong or a team serves an unknown stage.
    """
    top = Row(FILE, TOP, content)
    top.required("meta")
    stages = {k: _stage(row) for k, row in table(FILE, top.get("stages"), "stages").items()}
    teams = {k: _team(row, stages) for k, row in table(FILE, top.get("teams"), "teams").items()}
    types = table(FILE, top.get("space_types"), "space_types")
    space_types = {k: _space_type(row) for k, row in types.items()}
    operations = top.required("operations")
    top.finish()
    return Programme(teams, space_types, stages, operations)


def _stage(row: Row) -> Stage:
    found = Stage(
        id=row.name,
        zh=row.text("zh"),
        measures=row.texts("seed_measures"),
        engine=row.text("engine"),
        **row.origin(),
    )
    row.finish()
    return found


def _team(row: Row, stages: Mapping[str, Stage]) -> Team:
    capacity = row.row("capacity")
    per_member = capacity.row("projects_per_member")
    found = Team(
        id=row.name,
        zh=row.text("zh"),
        members=row.text("members"),
        resource_type=row.text("resource_type"),
        needs_served=row.texts("needs_served"),
        cardinality=row.one_of("cardinality", CARDINALITIES),
        capacity=per_member.whole_or_none("default"),
        capacity_min=per_member.whole_or_none("min"),
        capacity_max=per_member.whole_or_none("max"),
        capacity_basis=capacity.text("basis"),
        capacity_verified=row.flag("capacity_verified"),
        stages=row.some_of("stages", stages),
        stages_verified=row.flag("stages_verified"),
        **row.origin(),
    )
    for read in (row, capacity, per_member):
        read.finish()
    _check_capacity(per_member, found)
    return found


def _check_capacity(row: Row, team: Team) -> None:
    low, middle, high = team.capacity_min, team.capacity, team.capacity_max
    if middle is None:
        return
    if not (low or 0) <= middle <= (middle if high is None else high):
        raise row.error("default", f"{middle} 不在 {low} 与 {high} 之间", "min <= default <= max")


def _space_type(row: Row) -> SpaceType:
    found = SpaceType(
        id=row.name,
        zh=row.text("zh"),
        host=row.text("host"),
        role=row.text("role"),
        geo_scope=row.one_of("geo_scope", ("city", "district", "neighbourhood", "campus")),
        radius_m=row.number_or_none("radius_m", low=0),
        per_city=row.whole_or_none("per_city"),
        extra=row.text_or_none("extra"),
        **row.origin(),
    )
    row.finish()
    return found
