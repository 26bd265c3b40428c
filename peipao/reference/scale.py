"""How large cities are: figures that were read, and the sizes the software is built for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from peipao.reference.rows import TOP, Row, Sourced, table

FILE = "scale.yaml"
COUNTS = (
    "active_projects", "new_projects_per_year", "mentors", "officers", "spaces", "investors",
    "loan_products", "hr_agencies", "associations", "talent_profiles", "policies",
    "interactions_per_year",
)  # fmt: skip
_CITED = re.compile(r"\b[a-z]\d{2}\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation(Sourced):
    """A figure that was read.

    Attributes:
        zh, unit: what is counted and in which unit.
        value: a number, or text where the source gives several (`1049/527/54/17`).
        scope: `qingdao`, `shandong` or `china`; `as_of`: year.
    """

    id: str
    zh: str
    value: float | str
    unit: str
    scope: str
    as_of: int


@dataclass(frozen=True, slots=True)
class ScaleTier:
    """A size the software is built for: a design target, not a fact.

    Attributes:
        id: `S`, `M`, `L`, `XL`.
        counts: how many of what, by the names of `COUNTS`.
        api: expected load, in words.
        basis: what it is derived from; cites observations by id.
    """

    id: str
    name: str
    counts: Mapping[str, int]
    api: str
    basis: str


@dataclass(frozen=True, slots=True)
class Scale:
    """Observations and tiers by id, and ratios derived from the observations."""

    observations: Mapping[str, Observation]
    tiers: Mapping[str, ScaleTier]
    derived: Mapping[str, float]


def read_scale(content: Mapping[str, object]) -> Scale:
    """Return the sizes.

    Raises:
        ReferenceDataError: a field is wrong, a tier cites an unknown observation, or a tier is
            smaller than the one before it.
    """
    top = Row(FILE, TOP, content)
    top.required("meta")
    observations = {
        key: _observation(row)
        for key, row in table(FILE, top.get("observations"), "observations").items()
    }
    tiers: dict[str, ScaleTier] = {}
    for key, row in table(FILE, top.get("tiers"), "tiers").items():
        tiers[key] = _tier(row, observations, list(tiers.values()))
    derived = top.row("derived")
    ratios = {key: derived.number(key) for key in derived.keys()}  # noqa: SIM118
    top.finish()
    return Scale(observations, tiers, ratios)


def _observation(row: Row) -> Observation:
    value = row.required("value")
    found = Observation(
        id=row.name,
        zh=row.text("zh"),
        value=row.text("value") if isinstance(value, str) else row.number("value", 0),
        unit=row.text("unit"),
        scope=row.one_of("scope", ("qingdao", "shandong", "china")),
        as_of=row.whole("as_of", 2000),
        **row.origin(),
    )
    row.finish()
    return found


def _tier(row: Row, observations: Mapping[str, Observation], before: list[ScaleTier]) -> ScaleTier:
    found = ScaleTier(
        id=row.name,
        name=row.text("name"),
        counts={name: row.whole(name) for name in COUNTS},
        api=row.text("api"),
        basis=row.text("basis"),
    )
    row.finish()
    for cited in _CITED.findall(found.basis):
        if cited not in observations:
            raise row.error("basis", f"引用了不存在的观测 {cited!r}", "observations 中的编号")
    for name, count in found.counts.items():
        if before and count < before[-1].counts[name]:
            raise row.error(name, f"{count} 小于上一档", f"不小于 {before[-1].counts[name]}")
    return found
