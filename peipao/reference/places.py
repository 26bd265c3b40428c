"""Districts and functional zones, and how people name them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from peipao.reference.rows import TOP, Origin, Row, Sourced, table

FILE = "districts.yaml"
_GB_CODE = re.compile(r"^\d{6}$")
_OUTER = ("山东省", "青岛市")


@dataclass(frozen=True, slots=True, kw_only=True)
class District(Sourced):
    """区(市): an administrative unit.

    Attributes:
        id: such as `shinan`; `zh` its Chinese name.
        code: GB/T 2260, six digits; `former_codes` may stand in old records.
        kind: `市辖区` or `县级市`.
        latitude, longitude: degrees, GCJ-02-like, seat of the district government.
        aliases: other names people use.
    """

    id: str
    code: str
    zh: str
    kind: str
    latitude: float
    longitude: float
    aliases: tuple[str, ...]
    former_codes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone(Sourced):
    """功能区: a zone inside one district (where it spans several: its main one).

    Attributes:
        id, zh, kind, aliases: as in `District`.
        district: id of the district.
        code: statistical code of six digits, or None.
        latitude, longitude: degrees of a middle point; `centroid_basis` says how good it is.
    """

    id: str
    zh: str
    district: str
    code: str | None
    kind: str
    latitude: float
    longitude: float
    aliases: tuple[str, ...]
    centroid_basis: str


def read_places(content: Mapping[str, object]) -> tuple[dict[str, District], dict[str, Zone]]:
    """Return districts and zones by id.

    Raises:
        ReferenceDataError: a field is wrong, or a zone lies in no known district.
    """
    top = Row(FILE, TOP, content)
    meta = top.row("meta")
    source, zone_source = meta.texts("source"), meta.texts("zone_sources")
    districts = {
        key: _district(row, source)
        for key, row in table(FILE, top.get("districts"), "districts").items()
    }
    zones = {
        key: _zone(row, zone_source, districts)
        for key, row in table(FILE, top.get("zones"), "zones").items()
    }
    top.finish()
    return districts, zones


def place_names(districts: Mapping[str, District], zones: Mapping[str, Zone]) -> dict[str, str]:
    """Return every plain name, alias, code and id -> district id.

    Raises:
        ReferenceDataError: one name leads to two districts.
    """
    names: dict[str, str] = {}
    for district in districts.values():
        known = (district.id, district.zh, district.code, *district.aliases, *district.former_codes)
        _add_names(names, district.id, known, district.id)
    for zone in zones.values():
        known = (zone.id, zone.zh, *zone.aliases, *filter(None, [zone.code]))
        _add_names(names, zone.id, known, zone.district)
    return names


def find_district(names: Mapping[str, str], text: str) -> str | None:
    """Return the district id that a name, alias, zone, code or id leads to; None is unknown."""
    plain = _plain(text)
    for outer in ("", *_OUTER):
        plain = plain.removeprefix(outer)
        if plain in names:
            return names[plain]
    return None


def _add_names(names: dict[str, str], row: str, known: Iterable[str], district: str) -> None:
    for name in known:
        if names.setdefault(_plain(name), district) != district:
            other = names[_plain(name)]
            raise Row(FILE, row, {}).error(
                "aliases",
                f"名称 {name!r} 同时指向 {other} 与 {district}",
                "一个名称只指向一个区(市)",
            )


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def _district(row: Row, source: tuple[str, ...]) -> District:
    found = District(
        id=row.name,
        code=_gb_code(row, "code", row.text("code")),
        zh=row.text("zh"),
        kind=row.one_of("kind", ("市辖区", "县级市")),
        latitude=row.number("lat", -90, 90),
        longitude=row.number("lon", -180, 180),
        aliases=row.texts("aliases"),
        former_codes=tuple(
            _gb_code(row, "former_codes", code) for code in row.texts("former_codes")
        ),
        **_origin(row, source),
    )
    row.finish()
    return found


def _zone(row: Row, source: tuple[str, ...], districts: Mapping[str, District]) -> Zone:
    code = row.text_or_none("code")
    found = Zone(
        id=row.name,
        zh=row.text("zh"),
        district=row.one_of("district", districts),
        code=None if code is None else _gb_code(row, "code", code),
        kind=row.text("kind"),
        latitude=row.number("lat", -90, 90),
        longitude=row.number("lon", -180, 180),
        aliases=row.texts("aliases"),
        centroid_basis=row.text("centroid_basis"),
        **_origin(row, source),
    )
    row.finish()
    return found


def _origin(row: Row, source: tuple[str, ...]) -> Origin:
    # the file states its sources once, for all rows
    return Origin(
        source=source,
        verified=row.flag("verified"),
        published=None,
        grade=None,
        note=row.text_or_none("note"),
    )


def _gb_code(row: Row, field: str, code: str) -> str:
    if _GB_CODE.match(code) is None:
        raise row.error(field, f"行政区划代码 {code!r} 不合法", "六位数字")
    return code
