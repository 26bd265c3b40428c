"""The reference data as one checked, immutable value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from peipao.errors import UnknownValueError
from peipao.reference.deadlines import Term, read_terms
from peipao.reference.files import content_version, parse_yaml, read_files
from peipao.reference.guidance import (
    LegalRequirement,
    MentorBook,
    MentorRule,
    ScoreRule,
    read_legal_requirements,
    read_mentor_rules,
)
from peipao.reference.monthly_facts import BookRules, read_monthly_facts
from peipao.reference.places import District, Zone, find_district, place_names, read_places
from peipao.reference.policies import (
    Policy,
    ReferenceSeries,
    read_policies,
)
from peipao.reference.policy_terms import PolicyTerms, read_policy_terms
from peipao.reference.policy_words import FieldWords, read_policy_words
from peipao.reference.predicates import PolicyField
from peipao.reference.programme import SpaceType, Stage, Team, read_programme
from peipao.reference.scale import Observation, ScaleTier, read_scale
from peipao.reference.supply import (
    Association,
    Codes,
    HrAgency,
    Investor,
    LoanProduct,
    Space,
    read_associations,
    read_hr_agencies,
    read_investors,
    read_loan_products,
    read_spaces,
)
from peipao.reference.taxonomy import Industry, nearness_table, read_industries
from peipao.reference.terms import (
    IndustryTerms,
    SynonymGroup,
    read_industry_terms,
    read_synonyms,
)
from peipao.reference.travel import RoadLink, TravelTime, read_links, read_travel

K = TypeVar("K")
V = TypeVar("V")

Coded = Industry | District | Policy | Zone | Team | Stage | SpaceType

CODE_TABLES = ("districts", "industries", "policies", "space_types", "stages", "teams", "zones")
"""Tables whose ids are the codes of attributes in kind files."""


@dataclass(frozen=True, slots=True)
class Reference:
    """What is publicly known of the city, every reference and predicate checked.

    Attributes:
        industries: by id, the 10+1 first, then the overlay `marine` and `outside-10-plus-1`.
        industry_terms: words by which texts on a line of business are recognised.
        synonyms: groups of words that mean the same, by id.
        districts, zones, teams, stages, space_types: by id, in file order.
        operations: how the programme is run, JSON values.
        terms: how long each step of a need may take, by step.
        road_links, travel: by sorted pair of district ids.
        policies, policy_fields, policy_series: by id; what predicates may speak of by name.
        policy_words: Chinese words, question and changeability of each fact, by its name.
        policy_terms: claim windows, founder categories, exclusive groups, ladders.
        spaces, investors, hr_agencies, loan_products, associations: by id.
        mentor_rules, score_rules, legal_requirements: by id.
        mentor_book: the same rules with what is known of officers, panels and admission weights.
        observations, tiers: figures that were read, and sizes the software is built for, by id.
        books: what is noted of a project every month.
        version: SHA-256 over all file contents, in hexadecimal.
    """

    industries: Mapping[str, Industry]
    industry_terms: IndustryTerms
    synonyms: Mapping[str, SynonymGroup]
    districts: Mapping[str, District]
    zones: Mapping[str, Zone]
    teams: Mapping[str, Team]
    stages: Mapping[str, Stage]
    space_types: Mapping[str, SpaceType]
    operations: Mapping[str, object]
    terms: Mapping[str, Term]
    road_links: Mapping[tuple[str, str], RoadLink]
    travel: Mapping[tuple[str, str], TravelTime]
    policies: Mapping[str, Policy]
    policy_fields: Mapping[str, PolicyField]
    policy_series: Mapping[str, ReferenceSeries]
    policy_words: Mapping[str, FieldWords]
    policy_terms: PolicyTerms
    spaces: Mapping[str, Space]
    investors: Mapping[str, Investor]
    hr_agencies: Mapping[str, HrAgency]
    loan_products: Mapping[str, LoanProduct]
    associations: Mapping[str, Association]
    mentor_rules: Mapping[str, MentorRule]
    score_rules: Mapping[str, ScoreRule]
    mentor_book: MentorBook
    legal_requirements: Mapping[str, LegalRequirement]
    observations: Mapping[str, Observation]
    tiers: Mapping[str, ScaleTier]
    books: BookRules
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

    def _table(self, table: str) -> Mapping[str, Coded]:
        tables: dict[str, Mapping[str, Coded]] = {
            "districts": self.districts,
            "industries": self.industries,
            "policies": self.policies,
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
    book = read_policies(
        parse_yaml("policies.yaml", texts["policies.yaml"]), programme.teams, programme.stages
    )
    words = read_policy_words(
        parse_yaml("policy_fields_zh.yaml", texts["policy_fields_zh.yaml"]), book.fields
    )
    links = read_links(texts["road_links.csv"], districts)
    codes = Codes(
        industries=industries,
        districts=districts,
        zones=zones,
        stages=programme.stages,
        space_types=programme.space_types,
        policies=book.policies,
    )
    mentors = read_mentor_rules(parse_yaml("mentor_rules.yaml", texts["mentor_rules.yaml"]))
    scale = read_scale(parse_yaml("scale.yaml", texts["scale.yaml"]))
    return Reference(
        industries=_frozen(industries),
        industry_terms=read_industry_terms(
            parse_yaml("industry_terms.yaml", texts["industry_terms.yaml"]), industries
        ),
        synonyms=_frozen(read_synonyms(parse_yaml("synonyms.yaml", texts["synonyms.yaml"]))),
        districts=_frozen(districts),
        zones=_frozen(zones),
        teams=_frozen(programme.teams),
        stages=_frozen(programme.stages),
        space_types=_frozen(programme.space_types),
        operations=_frozen(programme.operations),
        terms=_frozen(read_terms(parse_yaml("deadlines.yaml", texts["deadlines.yaml"]))),
        road_links=_frozen(links),
        travel=_frozen(read_travel(texts["travel.csv"], districts, links)),
        policies=_frozen(book.policies),
        policy_fields=_frozen(book.fields),
        policy_series=_frozen(book.series),
        policy_words=_frozen(words),
        policy_terms=read_policy_terms(
            parse_yaml("policy_terms.yaml", texts["policy_terms.yaml"]),
            book.policies,
            book.fields,
            words,
        ),
        spaces=_frozen(read_spaces(texts["spaces.csv"], codes)),
        investors=_frozen(read_investors(texts["investors.csv"], codes)),
        hr_agencies=_frozen(read_hr_agencies(texts["hr_agencies.csv"], codes)),
        loan_products=_frozen(read_loan_products(texts["loan_products.csv"], codes)),
        associations=_frozen(read_associations(texts["associations.csv"], codes)),
        mentor_rules=_frozen(mentors.rules),
        score_rules=_frozen(mentors.score_rules),
        mentor_book=mentors,
        legal_requirements=_frozen(
            read_legal_requirements(
                parse_yaml("legal_requirements.yaml", texts["legal_requirements.yaml"])
            )
        ),
        observations=_frozen(scale.observations),
        tiers=_frozen(scale.tiers),
        books=read_monthly_facts(parse_yaml("monthly_facts.yaml", texts["monthly_facts.yaml"])),
        version=content_version(texts),
        _names=_frozen(place_names(districts, zones)),
        _nearness=_frozen(nearness_table(industries)),
    )


def _frozen(rows: Mapping[K, V]) -> Mapping[K, V]:
    return MappingProxyType(dict(rows))
