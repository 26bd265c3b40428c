"""Travel times between districts, and how they were made.

Nobody has surveyed these times: they are estimates, and each row says so. `road_links.csv` states
roads between the seats of neighbouring districts (km, speed) and, for each district, a typical
drive between an address in it and its seat. Jiaozhou Bay is crossed by the tunnel or the bridge
only, or driven round; no link goes over water. `travel.csv` holds the shortest drives over those
roads:

    minutes(a, b) = access(a) + shortest seat-to-seat drive + access(b), rounded to 5 minutes
    minutes(a, a) = 2 x access(a), rounded likewise; access = km / kmh x 60 + fixed_min

so that two addresses in one district are never further apart than through a neighbour. Rows of
`travel.csv` whose basis is `road_links.csv` must equal this computation (the loader compares);
a city that has measured a time states it with a basis of its own. To write the table anew after
a change of the links: `python -m peipao.reference.travel > travel.csv`.
"""

from __future__ import annotations

import csv
import itertools
import math
import sys
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TextIO

from peipao.errors import ReferenceDataError
from peipao.reference.files import parse_csv, parse_yaml, read_files
from peipao.reference.places import read_places
from peipao.reference.rows import Row

LINKS_FILE, TRAVEL_FILE = "road_links.csv", "travel.csv"
LINK_COLUMNS = (
    "from_district", "to_district", "km", "kmh", "fixed_min", "way", "basis", "verified",
)  # fmt: skip
TRAVEL_COLUMNS = ("from_district", "to_district", "minutes", "route", "basis", "verified")
COMPUTED = "road_links.csv"
_STEP = 5

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class RoadLink:
    """A drive between the seats of two neighbouring districts, or inside one.

    Attributes:
        a, b: district ids; equal for the drive between an address and the seat.
        km, kmh: length and mean speed, > 0.
        fixed_min: minutes for starting and parking, >= 0.
        way: Chinese name of the road.
        basis: how the figures were made; `verified` whether somebody checked them.
    """

    a: str
    b: str
    km: float
    kmh: float
    fixed_min: float
    way: str
    basis: str
    verified: bool

    @property
    def minutes(self) -> float:
        """Minutes the drive takes."""
        return self.km / self.kmh * 60 + self.fixed_min


@dataclass(frozen=True, slots=True)
class TravelTime:
    """Minutes between addresses of two districts, the same in both directions.

    Attributes:
        a, b: district ids; equal for inside one district.
        minutes: > 0.
        route: Chinese names of the roads, in order.
        basis: how the figure was made; `verified` whether somebody checked it.
    """

    a: str
    b: str
    minutes: float
    route: str
    basis: str
    verified: bool


def read_links(text: str, districts: Collection[str]) -> dict[Pair, RoadLink]:
    """Return sorted district pair -> link.

    Raises:
        ReferenceDataError: a field is wrong, a pair stands twice, or a district has no access.
    """
    found: dict[Pair, RoadLink] = {}
    for row in _rows(LINKS_FILE, text, LINK_COLUMNS):
        link = RoadLink(
            a=row.one_of("from_district", districts),
            b=row.one_of("to_district", districts),
            km=row.number("km", 0.1, 1000),
            kmh=row.number("kmh", 5, 130),
            fixed_min=row.number("fixed_min", 0, 120),
            way=row.text("way"),
            basis=row.text("basis"),
            verified=row.flag("verified"),
        )
        found[_new_pair(found, row, link.a, link.b)] = link
    for district in sorted(districts):
        if (district, district) not in found:
            raise ReferenceDataError(
                LINKS_FILE, f"{district}-{district}", "to_district", "缺少区内行程", "每区一行"
            )
    return found


def read_travel(
    text: str, districts: Collection[str], links: Mapping[Pair, RoadLink]
) -> dict[Pair, TravelTime]:
    """Return sorted district pair -> travel time, one for each pair of districts.

    Raises:
        ReferenceDataError: a field is wrong, a pair is missing or stands twice, or a row that
            claims to be computed from the links is not.
    """
    computed = compute_travel(links, districts)
    found: dict[Pair, TravelTime] = {}
    for row in _rows(TRAVEL_FILE, text, TRAVEL_COLUMNS):
        time = TravelTime(
            a=row.one_of("from_district", districts),
            b=row.one_of("to_district", districts),
            minutes=row.number("minutes", 1, 1440),
            route=row.text("route"),
            basis=row.text("basis"),
            verified=row.flag("verified"),
        )
        found[_new_pair(found, row, time.a, time.b)] = time
        if time.basis == COMPUTED:
            _check_computed(row, time, computed[_pair(time.a, time.b)])
    for a, b in sorted(set(computed) - set(found)):
        raise ReferenceDataError(TRAVEL_FILE, f"{a}-{b}", "minutes", "缺少这一对区(市)", "每对一行")
    return found


def compute_travel(
    links: Mapping[Pair, RoadLink], districts: Collection[str]
) -> dict[Pair, TravelTime]:
    """Return the travel times that follow from the links, by sorted district pair.

    Raises:
        ReferenceDataError: the roads do not reach a district.
    """
    seats = _shortest_drives(links)
    found: dict[Pair, TravelTime] = {}
    for a, b in itertools.combinations_with_replacement(sorted(districts), 2):
        if (a, b) not in seats and a != b:
            raise ReferenceDataError(
                LINKS_FILE, f"{a}-{b}", "to_district", "两地之间没有路", "连通"
            )
        drive, ways = (0.0, (links[a, a].way,)) if a == b else seats[a, b]
        minutes = links[a, a].minutes + drive + links[b, b].minutes
        found[a, b] = TravelTime(
            a, b, _rounded(minutes), " → ".join(ways), COMPUTED, verified=False
        )
    return found


def _shortest_drives(links: Mapping[Pair, RoadLink]) -> dict[Pair, tuple[float, tuple[str, ...]]]:
    """Return ordered pair -> (minutes, roads) between seats, by Floyd and Warshall."""
    best: dict[Pair, tuple[float, tuple[str, ...]]] = {}
    for link in links.values():
        if link.a != link.b:
            best[link.a, link.b] = best[link.b, link.a] = (link.minutes, (link.way,))
    places = sorted({place for pair in best for place in pair})
    for via, a, b in itertools.product(places, repeat=3):
        if a != b and (a, via) in best and (via, b) in best:
            first, second = best[a, via], best[via, b]
            candidate = (first[0] + second[0], first[1] + second[1])
            if (a, b) not in best or candidate[0] < best[a, b][0] - 1e-9:
                best[a, b] = candidate
    return best


def _rounded(minutes: float) -> float:
    return float(max(_STEP, _STEP * math.floor(minutes / _STEP + 0.5)))


def _check_computed(row: Row, stated: TravelTime, computed: TravelTime) -> None:
    if stated.minutes != computed.minutes:
        right = f"{computed.minutes:g}(按 {LINKS_FILE} 推算),或另写 basis"
        raise row.error("minutes", f"写的是 {stated.minutes:g}", right)
    if _pair(stated.a, stated.b) == (stated.a, stated.b) and stated.route != computed.route:
        raise row.error("route", f"写的是 {stated.route!r}", computed.route)


def _rows(file: str, text: str, columns: tuple[str, ...]) -> Iterable[Row]:
    for raw in parse_csv(file, text, columns):
        yield Row(file, f"{raw['from_district']}-{raw['to_district']}", raw)


def _new_pair(found: Collection[Pair], row: Row, a: str, b: str) -> Pair:
    if _pair(a, b) in found:
        raise row.error("to_district", "这一对区(市)重复", "每对一行,不分方向")
    return _pair(a, b)


def _pair(a: str, b: str) -> Pair:
    return (a, b) if a <= b else (b, a)


def write_travel(times: Mapping[Pair, TravelTime], out: TextIO) -> None:
    """Write travel times in the form of `travel.csv`."""
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(TRAVEL_COLUMNS)
    for time in times.values():
        verified = "true" if time.verified else "false"
        writer.writerow([time.a, time.b, f"{time.minutes:g}", time.route, time.basis, verified])


def main() -> None:
    """Write the table that follows from the links of the package to standard output."""
    texts = read_files(None)
    districts, _ = read_places(parse_yaml("districts.yaml", texts["districts.yaml"]))
    links = read_links(texts[LINKS_FILE], districts)
    write_travel(compute_travel(links, districts), sys.stdout)


if __name__ == "__main__":
    main()
