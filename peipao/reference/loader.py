"""The reference data as one checked, immutable value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from peipao.errors import UnknownValueError
from peipao.reference.files import content_version, parse_yaml, read_files
from peipao.reference.places import District, Zone, find_district, place_names, read_places
from peipao.reference.programme import SpaceType, Stage, Team, read_programme
from peipao.reference.taxonomy import Industry, nearness_table, read_industries
from peipao.reference.travel import RoadLink, TravelTime, read_links, read_travel

CODE_TABLES = ("districts", "industries", "space_types", "stages", "teams", "zones")
"""Tables whose ids are the codes of attributes in kind files."""


@dataclass(frozen=True, slots=True)
class Reference:
    """What is publicly known of the city, every reference and predicate checked.

    Attributes:
        industries: by id, the 10+1 first, then the overlay `marine` and `outside-10-plus-1`.
        districts, zones, teams, stages, space_types: by id, in file order.
        road_links, travel: by sorted pair of district ids.
        version: SHA-256 over all file contents, in hexadecimal.
    """

    industries: Mapping[str, Industry]
    districts: Mapping[str, District]
    zones: Mapping[str, Zone]
    teams: Mapping[str, Team]
    stages: Mapping[str, Stage]
    space_types: Mapping[str, SpaceType]
    operations: Mapping[str, object]
    road_links: Mapping[tuple[str, str], RoadLink]
    travel: Mapping[tuple[str, str], TravelTime]
    version: str
    _names: Mapping[str, str] = field(repr=False)
    _nearness: Mapping[tuple[str, str], float] = field(repr=False)

    def codes(self, table: str) -> tuple[str, ...]:
        """Return the sorted ids of a code table.

        Raises:
            UnknownValueError: `table` is not one of `CODE_TABLES`.
        """
        return tuple(sorted(self._table(table)))

    def label(self, table: str, code: str) -> str:
        """Return the Chinese word of a code.

        Raises:
            UnknownValueError: no such table, or no such code in it.
        """
        rows = self._table(table)
        if code not in rows:
            raise UnknownValueError(table, code, rows)
        return rows[code].zh

    def district_of(self, text: str) -> str | None:
        """Return the district id a name, alias, zone, GB code or id leads to; None is unknown."""
        return find_district(self._names, text)

    def travel_minutes(self, a: str, b: str) -> float:
        """Return minutes between two districts, > 0, the same in both directions.

        Raises:
            UnknownValueError: one of them is no district id.
        """
        for district in (a, b):
            if district not in self.districts:
                raise UnknownValueError("districts", district, self.districts)
        return self.travel[(a, b) if a <= b else (b, a)].minutes

    def industry_nearness(self, a: str, b: str) -> float:
        """Return how near two industries are, in [0, 1]; the formula is `taxonomy.nearness`.

        1 only for the same one; symmetric; 0 where tier, keywords and tracks show no relation.

        Raises:
            UnknownValueError: one of them is no industry id.
        """
        for industry in (a, b):
            if industry not in self.industries:
                raise UnknownValueError("industries", industry, self.industries)
        return self._nearness[a, b]

    def _table(
        self, table: str
    ) -> Mapping[str, Industry | District | Zone | Team | Stage | SpaceType]:
        tables: dict[str, Mapping[str, Industry | District | Zone | Team | Stage | SpaceType]] = {
            "districts": self.districts,
            "industries": self.industries,
            "space_types": self.space_types,
            "stages": self.stages,
            "teams": self.teams,
            "zones": self.zones,
        }
        if table not in tables:
            raise UnknownValueError("代码表", table, tables)
        return tables[table]


def load_reference(override: Path | None = None) -> Reference:
    """Return the reference data of the package, or of a city that replaces some of its files.

    Args:
        override: folder whose files replace those of the same name; None replaces nothing.

    Raises:
        ReferenceDataError: a file, row or field is wrong; all three are named.
    """
    texts = read_files(override)
    industries = read_industries(parse_yaml("industries.yaml", texts["industries.yaml"]))
    districts, zones = read_places(parse_yaml("districts.yaml", texts["districts.yaml"]))
    programme = read_programme(parse_yaml("teams.yaml", texts["teams.yaml"]))
    links = read_links(texts["road_links.csv"], districts)
    return Reference(
        industries=MappingProxyType(industries),
        districts=MappingProxyType(districts),
        zones=MappingProxyType(zones),
        teams=MappingProxyType(dict(programme.teams)),
        stages=MappingProxyType(dict(programme.stages)),
        space_types=MappingProxyType(dict(programme.space_types)),
        operations=MappingProxyType(dict(programme.operations)),
        road_links=MappingProxyType(links),
        travel=MappingProxyType(read_travel(texts["travel.csv"], districts, links)),
        version=content_version(texts),
        _names=MappingProxyType(place_names(districts, zones)),
        _nearness=MappingProxyType(nearness_table(industries)),
    )
