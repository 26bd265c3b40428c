"""Projects, needs and providers are held to their kind files."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from peipao.domain.records import Need, Project, Provider
from peipao.domain.values import Place, Stance, Stated
from peipao.errors import (
    InvalidInputError,
    SensitiveFactError,
    UnknownKindError,
    UnknownValueError,
)
from peipao.kinds.catalogue import load_catalogue
from peipao.kinds.entities import check_need, check_project, check_provider
from peipao.kinds.sensitive import SENSITIVE_NAMES
from peipao.reference.loader import load_reference

REFERENCE = load_reference()
CATALOGUE = load_catalogue(REFERENCE)

PROJECT = Project(
    id="P1",
    name="示例海藻科技",
    stage="startup",
    attributes={"industries": ("life-health",), "district": "laoshan", "employees": 12.0},
    external_ids={"portal": "A-77"},
)
NEED = Need(
    id="N1",
    project_id="P1",
    kind="mentor",
    opened_at=dt.datetime(2026, 1, 5, 8, tzinfo=dt.UTC),
    attributes={
        "skills": Stated(("branding", "first_order"), Stance.MUST),
        "topic": Stated("想找到第一批企业客户"),
    },
)
PROVIDER = Provider(
    id="M1",
    kind="mentor",
    name="导师(示例)",
    capacity=2,
    attributes={"industries": ("life-health",), "skills": ("branding",), "years": 15.0},
    districts_served=("laoshan",),
    organisation="示例大学",
)


def checked_project(**change: Any) -> Project:
    return check_project(replace(PROJECT, **change), CATALOGUE, REFERENCE)


def checked_need(**change: Any) -> Need:
    return check_need(replace(NEED, **change), CATALOGUE, REFERENCE)


def checked_provider(**change: Any) -> Provider:
    return check_provider(replace(PROVIDER, **change), CATALOGUE, REFERENCE)


def test_a_project_that_states_its_district_is_placed_there() -> None:
    assert checked_project().attributes == {
        "industries": ("life-health",),
        "district": "laoshan",
        "place": Place("laoshan"),
        "employees": 12.0,
    }


def test_a_project_that_states_its_place_has_its_district_and_zone() -> None:
    place = {"district": "即墨区", "zone": "blue-silicon-valley", "lat": 36.4, "lon": 120.7}
    checked = checked_project(attributes={"industries": ["life-health"], "place": place})
    assert checked.attributes == {
        "industries": ("life-health",),
        "district": "jimo",
        "place": Place("jimo", "blue-silicon-valley", 36.4, 120.7),
        "zone": "blue-silicon-valley",
    }


def test_a_project_in_two_districts_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="与经营位置所在区市不同") as caught:
        checked_project(
            attributes={"industries": ("life-health",), "district": "shinan", "place": "崂山区"}
        )
    assert caught.value.where == "project.district"


def test_checking_twice_changes_nothing() -> None:
    project, need, provider = checked_project(), checked_need(), checked_provider()
    assert check_project(project, CATALOGUE, REFERENCE) == project
    assert check_need(need, CATALOGUE, REFERENCE) == need
    assert check_provider(provider, CATALOGUE, REFERENCE) == provider


def test_codes_are_sorted_and_unique_and_districts_are_ids() -> None:
    checked = checked_provider(
        attributes={
            "industries": ["life-health"],
            "skills": ["branding", "compliance", "branding"],
        },
        districts_served=("市南区", "laoshan", "崂山"),
    )
    assert checked.attributes["skills"] == ("branding", "compliance")
    assert checked.districts_served == ("laoshan", "shinan")


def test_stances_are_kept() -> None:
    stated = checked_need().attributes
    assert (stated["skills"].stance, stated["topic"].stance) == (Stance.MUST, Stance.PREFER)


def test_missing_stays_missing() -> None:
    assert checked_need(attributes={}).attributes == {}
    assert (
        "years"
        not in checked_provider(
            attributes={"industries": ("life-health",), "skills": ("branding",)}
        ).attributes
    )


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"id": "P 1"}, "project.id"),
        ({"id": ""}, "project.id"),
        ({"name": " "}, "project.name"),
        ({"name": "名" * 201}, "project.name"),
        ({"name": "a\ud800"}, "project.name"),
        ({"stage": "teen"}, "project.stage"),
        ({"stage": ""}, "project.stage"),
        ({"attributes": {"district": "laoshan"}}, "project.industries"),
        ({"attributes": {"industries": ("life-health",)}}, "project.district"),
        ({"attributes": {"industry": "x"}}, "project.industry"),
        ({"attributes": {"industries": (), "district": "laoshan"}}, "project.industries"),
        ({"attributes": {"industries": ("coal",)}}, "project.industries[0]"),
        ({"attributes": {"district": "pudong"}}, "project.district"),
        ({"attributes": {"place": {"district": "pudong"}}}, "project.place.district"),
        (
            {"attributes": {"place": {"district": "jimo", "lat": 1e999, "lon": 1}}},
            "project.place.lat",
        ),
        ({"attributes": {"employees": -3}}, "project.employees"),
        ({"attributes": {"employees": float("nan")}}, "project.employees"),
        ({"attributes": {"founded": "1024-01-01"}}, "project.founded"),
        ({"attributes": {"zone": "moon"}}, "project.zone"),
        ({"attributes": {"award_level": "world"}}, "project.award_level"),
        ({"attributes": {"intro": "\x00"}}, "project.intro"),
        ({"external_ids": {"portal": ""}}, "project.external_ids.portal"),
        ({"external_ids": {"a b": "1"}}, "project.external_ids"),
    ],
)
def test_a_wrong_project_is_refused_by_its_place(change: dict[str, Any], where: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        checked_project(**change)
    assert caught.value.where == where
    assert caught.value.right


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"id": "N/1"}, "need.id"),
        ({"project_id": ""}, "need.project_id"),
        ({"wanted": 0}, "need.wanted"),
        ({"wanted": 101}, "need.wanted"),
        ({"wanted": True}, "need.wanted"),
        ({"wanted": 1.0}, "need.wanted"),
        ({"priority": -1}, "need.priority"),
        ({"opened_at": dt.datetime(2026, 1, 5)}, "need.opened_at"),  # noqa: DTZ001  the point
        ({"owner": ""}, "need.owner"),
        ({"attributes": {"skill": Stated(("branding",))}}, "need.skill"),
        ({"attributes": {"skills": Stated(("branding", "magic"))}}, "need.skills[1]"),
        ({"attributes": {"min_years": Stated(-1.0)}}, "need.min_years"),
        ({"attributes": {"topic": Stated("")}}, "need.topic"),
        ({"attributes": {"meet_mode": Stated("phone")}}, "need.meet_mode"),
        ({"attributes": {"topic": {"value": "x", "stance": "very"}}}, "need.topic.stance"),
        ({"kind": "talent", "attributes": {}}, "need.skills"),
    ],
)
def test_a_wrong_need_is_refused_by_its_place(change: dict[str, Any], where: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        checked_need(**change)
    assert caught.value.where == where
    assert caught.value.right


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"id": "M" * 65}, "provider.id"),
        ({"name": ""}, "provider.name"),
        ({"capacity": -1}, "provider.capacity"),
        ({"capacity": 2.5}, "provider.capacity"),
        ({"capacity": 10**5000}, "provider.capacity"),
        ({"used": -1}, "provider.used"),
        ({"organisation": " "}, "provider.organisation"),
        ({"districts_served": ("laoshan", "pudong")}, "provider.districts_served[1]"),
        (
            {"valid_from": dt.date(2026, 2, 1), "valid_to": dt.date(2026, 1, 1)},
            "provider.valid_to",
        ),
        ({"attributes": {"industries": ("life-health",)}}, "provider.skills"),
        ({"attributes": {"years": 1e9}}, "provider.years"),
        ({"attributes": {"rate_percent": 3.0}}, "provider.rate_percent"),
        ({"attributes": {"\ud800": 3.0}}, "provider.'\\ud800'"),
    ],
)
def test_a_wrong_provider_is_refused_by_its_place(change: dict[str, Any], where: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        checked_provider(**change)
    assert caught.value.where == where
    assert caught.value.right


def test_a_capacity_of_zero_is_a_provider_who_takes_nobody() -> None:
    assert checked_provider(capacity=0).capacity == 0


def test_a_day_of_validity_is_enough() -> None:
    day = dt.date(2026, 1, 1)
    assert checked_provider(valid_from=day, valid_to=day).valid_to == day


@pytest.mark.parametrize("kind", ["lawyer", "", "Mentor"])
def test_an_unknown_kind_is_refused(kind: str) -> None:
    with pytest.raises(UnknownKindError, match="mentor"):
        checked_need(kind=kind)
    with pytest.raises(UnknownKindError, match="mentor"):
        checked_provider(kind=kind)


def test_an_unknown_code_lists_the_codes_there_are() -> None:
    with pytest.raises(UnknownValueError, match=r"branding\(品牌建设\)"):
        checked_need(attributes={"skills": Stated(("magic",))})


@pytest.mark.parametrize("name", sorted(SENSITIVE_NAMES))
def test_a_sensitive_fact_cannot_enter_any_profile(name: str) -> None:
    for check in (
        lambda: checked_project(attributes={name: "x"}),
        lambda: checked_need(attributes={name: Stated("x")}),
        lambda: checked_provider(attributes={f"founder_{name}": "x"}),
    ):
        with pytest.raises(SensitiveFactError):
            check()


def test_a_name_is_never_echoed() -> None:
    with pytest.raises(InvalidInputError) as caught:
        checked_provider(name="张三\x07")
    assert "张三" not in str(caught.value)
