from __future__ import annotations

import io
import itertools
import math
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peipao.errors import ReferenceDataError
from peipao.reference.loader import Reference, load_reference
from peipao.reference.places import District
from peipao.reference.travel import RoadLink, compute_travel, read_links, write_travel

REFERENCE = load_reference()
DISTRICTS = REFERENCE.codes("districts")
OLD_CITY = ("shinan", "shibei", "licang", "laoshan")


def straight_km(a: District, b: District) -> float:
    north = (a.latitude - b.latitude) * 111.2
    east = (a.longitude - b.longitude) * 111.2 * math.cos(math.radians(36.1))
    return math.hypot(north, east)


@pytest.mark.parametrize(
    ("text", "district"),
    [
        ("西海岸新区", "huangdao"),
        ("青岛西海岸新区", "huangdao"),
        ("黄岛", "huangdao"),
        ("青岛市黄岛区", "huangdao"),
        ("山东省青岛市黄岛区", "huangdao"),
        (" 黄 岛 区 ", "huangdao"),
        ("370211", "huangdao"),
        ("huangdao", "huangdao"),
        ("HUANGDAO", "huangdao"),
        ("中德生态园", "huangdao"),
        ("370284", "huangdao"),
        ("高新区", "chengyang"),
        ("青岛高新区", "chengyang"),
        ("370271", "chengyang"),
        ("四方", "shibei"),
        ("四方区", "shibei"),
        ("即墨市", "jimo"),
        ("370282", "jimo"),
        ("蓝谷", "jimo"),
        ("blue-silicon-valley", "jimo"),
        ("上合示范区", "jiaozhou"),
        ("莱西市", "laixi"),
        ("青岛", None),
        ("青岛市", None),
        ("370200", None),
        ("烟台市", None),
        ("", None),
    ],
)
def test_a_district_is_found_by_any_of_its_names(text: str, district: str | None) -> None:
    assert REFERENCE.district_of(text) == district


def test_every_zone_name_leads_to_the_district_of_the_zone() -> None:
    for zone in REFERENCE.zones.values():
        for name in (zone.id, zone.zh, *zone.aliases):
            assert REFERENCE.district_of(name) == zone.district


@given(st.text(max_size=20))
def test_any_text_gives_a_known_district_or_none(text: str) -> None:
    assert REFERENCE.district_of(text) in {None, *DISTRICTS}


@given(st.sampled_from(DISTRICTS), st.sampled_from(DISTRICTS))
def test_travel_is_symmetric_and_positive(a: str, b: str) -> None:
    assert REFERENCE.travel_minutes(a, b) == REFERENCE.travel_minutes(b, a) > 0


def test_nowhere_is_nearer_than_ones_own_district() -> None:
    for a, b in itertools.combinations(DISTRICTS, 2):
        assert REFERENCE.travel_minutes(a, b) > REFERENCE.travel_minutes(a, a)


def test_going_through_a_third_district_is_never_shorter() -> None:
    for a, b, via in itertools.permutations(DISTRICTS, 3):
        detour = REFERENCE.travel_minutes(a, via) + REFERENCE.travel_minutes(via, b)
        assert REFERENCE.travel_minutes(a, b) <= detour


def test_the_bay_is_crossed_by_tunnel_or_bridge_or_driven_round() -> None:
    for town in OLD_CITY:
        route = REFERENCE.travel[tuple(sorted(("huangdao", town)))].route  # type: ignore[index]
        assert "胶州湾隧道" in route or "胶州湾大桥" in route
    for town in ("chengyang", "jiaozhou"):
        pair = REFERENCE.travel[tuple(sorted(("huangdao", town)))]  # type: ignore[index]
        assert "隧道" not in pair.route
        assert "大桥" not in pair.route
    assert REFERENCE.travel["huangdao", "shinan"].route == "胶州湾隧道"


def test_huangdao_is_much_further_from_shinan_than_it_looks() -> None:
    here = REFERENCE.districts
    across = straight_km(here["huangdao"], here["shinan"])
    along = straight_km(here["licang"], here["chengyang"])
    assert across < 1.3 * along
    assert REFERENCE.travel_minutes("huangdao", "shinan") >= 85
    assert REFERENCE.travel_minutes("huangdao", "shinan") > 2 * across  # twice a km a minute
    assert REFERENCE.travel_minutes("huangdao", "shinan") > REFERENCE.travel_minutes(
        "licang", "chengyang"
    )


def test_no_road_is_shorter_than_the_straight_line() -> None:
    for link in REFERENCE.road_links.values():
        if link.a != link.b:
            line = straight_km(REFERENCE.districts[link.a], REFERENCE.districts[link.b])
            assert 1.05 * line < link.km < 2.2 * line, link


def test_travel_figures_say_how_they_were_made_and_that_nobody_checked_them() -> None:
    for time in REFERENCE.travel.values():
        assert (time.basis, time.verified) == ("road_links.csv", False)
    for link in REFERENCE.road_links.values():
        assert "not surveyed" in link.basis
        assert not link.verified


def test_the_committed_travel_table_is_what_the_links_give() -> None:
    out = io.StringIO()
    write_travel(compute_travel(REFERENCE.road_links, DISTRICTS), out)
    committed = resources.files("peipao.reference").joinpath("travel.csv")
    assert out.getvalue() == committed.read_text(encoding="utf-8")


def test_shortest_drives_agree_with_trying_every_route() -> None:
    seat = {pair: link.minutes for pair, link in REFERENCE.road_links.items()}

    def best(a: str, b: str, seen: frozenset[str]) -> float:
        if a == b:
            return 0.0
        steps = [
            seat[pair] + best(c, b, seen | {c})
            for c in DISTRICTS
            if c not in seen and (pair := (min(a, c), max(a, c))) in seat and a != c
        ]
        return min(steps, default=math.inf)

    for a, b in itertools.combinations(DISTRICTS, 2):
        minutes = seat[a, a] + best(a, b, frozenset({a})) + seat[b, b]
        assert abs(REFERENCE.travel_minutes(a, b) - minutes) <= 2.5


def test_a_measured_time_may_replace_a_computed_one(tmp_path: Path) -> None:
    text = shipped("travel.csv").replace(
        "huangdao,shinan,85,胶州湾隧道,road_links.csv,false",
        "shinan,huangdao,72,胶州湾隧道,2026 年 3 月实测中位数,true",
    )
    city = override(tmp_path, "travel.csv", text)
    assert city.travel_minutes("huangdao", "shinan") == 72
    assert city.travel["huangdao", "shinan"].verified


def test_districts_that_no_road_reaches_are_named() -> None:
    links = {
        (place, place): RoadLink(place, place, 1, 30, 0, "路", "估", verified=False)
        for place in ("a", "b")
    }
    with pytest.raises(ReferenceDataError, match="a-b"):
        compute_travel(links, ("a", "b"))


def test_links_need_a_row_inside_each_district() -> None:
    text = shipped("road_links.csv")
    kept = "\n".join(line for line in text.splitlines() if not line.startswith("jimo,jimo"))
    with pytest.raises(ReferenceDataError, match="jimo-jimo"):
        read_links(kept + "\n", DISTRICTS)


def shipped(name: str) -> str:
    return resources.files("peipao.reference").joinpath(name).read_text(encoding="utf-8")


def override(folder: Path, name: str, text: str) -> Reference:
    (folder / name).write_text(text, encoding="utf-8")
    return load_reference(folder)
