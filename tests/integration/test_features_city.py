"""The real kinds on a small sample city: features, admission and indicators together."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pytest

from features.builder import encode_needs, encode_providers, fit_schema
from features.eligibility import eligibility
from features.facts import PairFacts, need_facts, provider_facts
from features.indicators import indicators
from features.pairs import compare
from features.schema import FeatureSchema
from features.text import NgramEncoder
from features.wording import LONGEST, Wording
from peipao.domain.records import Need, Project, Provider
from peipao.domain.values import Place, Stance, Stated
from peipao.errors import SensitiveFactError
from peipao.kinds.catalogue import Catalogue, load_catalogue
from peipao.kinds.entities import check_need, check_project, check_provider
from peipao.kinds.spec import KindSpec, Measure
from peipao.reference.loader import Reference, load_reference
from peipao.sample.city import City, generate_city
from peipao.sample.size import CitySize
from peipao.tables.pairs import PairTable

TODAY = dt.date(2026, 3, 2)
SIZE = CitySize(projects=40, earlier=10, mentors=30, officers=12, talents=15, service_points=5)


@dataclass(frozen=True)
class Setting:
    """What every test reads."""

    reference: Reference
    catalogue: Catalogue
    city: City

    def needs(self, kind: str) -> list[tuple[Need, Project]]:
        projects = {project.id: project for project in self.city.projects}
        return [(need, projects[need.project_id]) for need in self.city.needs if need.kind == kind]

    def providers(self, kind: str) -> list[Provider]:
        return [provider for provider in self.city.providers if provider.kind == kind]

    def schema(self, kind: str) -> FeatureSchema:
        return fit_schema(
            self.catalogue[kind],
            self.catalogue.project,
            self.reference,
            self.needs(kind),
            self.providers(kind),
            NgramEncoder(),
        )


@pytest.fixture(scope="module")
def setting() -> Setting:
    reference = load_reference()
    catalogue = load_catalogue(reference)
    return Setting(reference, catalogue, generate_city(SIZE, 5, reference, catalogue, TODAY))


KINDS = (
    "association",
    "hr_agency",
    "investor",
    "loan_product",
    "mentor",
    "service_officer",
    "service_org",
    "space",
    "talent",
)


def features_of(
    schema: FeatureSchema, needs: Sequence[tuple[Need, Project]], providers: Sequence[Provider]
) -> PairTable:
    """Return the comparisons of all eligible pairs."""
    encoded = encode_needs(schema, needs), encode_providers(schema, providers)
    facts = PairFacts(TODAY, need_facts(needs), provider_facts(providers))
    return compare(schema, *encoded, eligibility(schema, *encoded, facts))


def test_the_kinds_of_this_file_are_those_of_the_catalogue(setting: Setting) -> None:
    assert tuple(setting.catalogue) == KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_a_need_alone_gets_the_bits_of_the_whole_city(setting: Setting, kind: str) -> None:
    needs, providers = setting.needs(kind), setting.providers(kind)
    schema = setting.schema(kind)
    batch = features_of(schema, needs, providers)
    assert len(batch.need)
    for at, need_id in enumerate(batch.need_ids.tolist()):
        one = [pair for pair in needs if pair[0].id == need_id]
        alone = features_of(schema, one, providers)
        rows = batch.need == at
        assert alone.provider.tolist() == batch.provider[rows].tolist()
        assert alone.values.tobytes() == batch.values[rows].tobytes()


@pytest.mark.parametrize("kind", KINDS)
def test_the_order_of_the_entities_changes_no_bit(setting: Setting, kind: str) -> None:
    needs, providers = setting.needs(kind), setting.providers(kind)
    schema = setting.schema(kind)
    spec, project = setting.catalogue[kind], setting.catalogue.project
    again = fit_schema(
        spec, project, setting.reference, needs[::-1], providers[::-1], NgramEncoder()
    )
    assert again.hash == schema.hash
    found = features_of(again, needs[::-1], providers[::-1]).values
    assert found.tobytes() == features_of(schema, needs, providers).values.tobytes()


@pytest.mark.parametrize("kind", KINDS)
def test_indicators_sum_to_one_where_anything_is_known(setting: Setting, kind: str) -> None:
    schema = setting.schema(kind)
    for table in (
        encode_needs(schema, setting.needs(kind)),
        encode_providers(schema, setting.providers(kind)),
    ):
        values = indicators(schema, table).values
        assert values.sum(axis=1) == pytest.approx(values.any(axis=1).astype(float))
        assert values.any(axis=1).mean() > 0.7


@dataclass(frozen=True)
class Worded:
    """The best pairs of every need of a kind, and what is said of them."""

    schema: FeatureSchema
    pairs: PairTable
    rows: npt.NDArray[np.intp]
    details: list[dict[str, str]]


def best_pairs(spec: KindSpec, pairs: PairTable, most: int) -> npt.NDArray[np.intp]:
    """Return rows of the best pairs of each need by the weights of the kind file alone."""
    known = ~np.isnan(pairs.values)
    sums = np.where(known, pairs.values, 0.0).sum(axis=0)
    neutral = sums / np.maximum(known.sum(axis=0), 1)
    weights = np.array([item.weight for item in spec.comparisons])
    margin = np.where(known, pairs.values - neutral, 0.0) @ weights
    order = np.lexsort((pairs.provider, -margin, pairs.need))
    place = np.arange(len(order)) - np.searchsorted(pairs.need[order], pairs.need[order])
    return order[place < most]


def worded(setting: Setting, kind: str, most: int) -> Worded:
    needs, providers = setting.needs(kind), setting.providers(kind)
    schema = setting.schema(kind)
    pairs = features_of(schema, needs, providers)
    rows = best_pairs(setting.catalogue[kind], pairs, most)
    tables = encode_needs(schema, needs), encode_providers(schema, providers)
    details = Wording(schema).details(*tables, pairs.need[rows], pairs.provider[rows])
    return Worded(schema, pairs, rows, details)


def test_four_top_matches_in_five_have_something_concrete_to_say(setting: Setting) -> None:
    found = [detail for kind in KINDS for detail in worded(setting, kind, 1).details]
    assert len(found) > 300
    assert sum(map(bool, found)) / len(found) >= 0.8


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_both_sides_stated_is_said(setting: Setting, kind: str) -> None:
    found = worded(setting, kind, 5)
    plain = [item.measure is not Measure.TEXT for item in found.schema.comparisons]
    stated = ~np.isnan(found.pairs.values[found.rows][:, plain])
    # The public lists of some kinds state hardly more than a name; then there is nothing to say.
    silent = [not row.any() for row, said in zip(stated, found.details, strict=True) if not said]
    assert all(silent)
    assert any(found.details)


@pytest.mark.parametrize("kind", KINDS)
def test_every_way_is_said_with_its_source(setting: Setting, kind: str) -> None:
    found = worded(setting, kind, 5)
    ways = [said["路程"] for said in found.details if "路程" in said]
    assert all(re.search(r"约 \d+ 分钟\(区间路程表,估算\)$", way) for way in ways)


@pytest.mark.parametrize("kind", KINDS)
def test_details_are_short_and_name_nobody(setting: Setting, kind: str) -> None:
    names = {one.name for one in setting.city.projects}
    names |= {one.name for one in setting.city.providers}
    surnames = {f"{name[0]}某" for name in names}
    said = {words for detail in worded(setting, kind, 5).details for words in detail.values()}
    assert max(map(len, said)) <= LONGEST
    assert not [words for words in said if any(part in words for part in names | surnames)]


def test_a_mentor_is_compared_as_the_kind_file_says(setting: Setting) -> None:
    reference, catalogue = setting.reference, setting.catalogue
    project = Project(
        "p", "青岛某某科技有限公司", "startup", {"industries": ("marine",), "district": "shinan"}
    )
    need = Need(
        "n",
        "p",
        "mentor",
        dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        {
            "skills": Stated(("branding", "compliance"), Stance.PREFER),
            "meet_mode": Stated("online"),
            "style": Stated("finance_economics", Stance.INDIFFERENT),
            "min_years": Stated(10.0),
        },
    )
    mentor = Provider(
        "m",
        "mentor",
        "导师",
        2,
        {
            "industries": ("marine", "artificial-intelligence"),
            "stages": ("growth",),
            "skills": ("branding",),
            "style": "finance_economics",
            "meet_modes": ("online",),
            "years": 5.0,
            "place": Place("huangdao"),
        },
    )
    needs = [(check_need(need, catalogue, reference), check_project(project, catalogue, reference))]
    mentors = [check_provider(mentor, catalogue, reference)]
    table = features_of(setting.schema("mentor"), needs, mentors)
    found = dict(zip(table.names, table.values[0].tolist(), strict=True))
    travel = 1 - reference.travel_minutes("shinan", "huangdao") / 120
    expected = {
        "industry": 1.0,
        "stage": 0.0,
        "skills": 0.5,
        "topic_text": np.nan,
        "project_text": np.nan,
        "travel": travel,
        "meet_mode": 1.0,
        "style": np.nan,
        "experience": 0.5,
    }
    assert found == pytest.approx(expected, nan_ok=True)


def test_no_sensitive_fact_of_the_city_can_be_put_into_a_profile(setting: Setting) -> None:
    schema = setting.schema("mentor")
    projects = {project.id: pair for pair in setting.needs("mentor") for project in pair[1:]}
    facts = [fact for fact in setting.city.sensitive_facts if fact.project_id in projects]
    assert facts
    for fact in facts:
        need, project = projects[fact.project_id]
        carrying = replace(project, attributes={**project.attributes, fact.name: fact.value})
        with pytest.raises(SensitiveFactError):
            encode_needs(schema, [(need, carrying)])
