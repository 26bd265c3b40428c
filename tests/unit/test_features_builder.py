"""Entities become profile tables; sensitive and undeclared facts do not."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest
from feature_sets import (
    DISTRICTS,
    INDUSTRIES,
    NeedPair,
    SmallReference,
    a_city,
    a_kind,
    a_need,
    a_pair,
    a_project_spec,
    a_provider,
    dice,
    encoded,
)

from features.builder import encode_needs, encode_providers, fit_schema
from features.schema import FeatureSchema
from features.text import NgramEncoder
from peipao.domain.records import Project, Provider
from peipao.domain.values import Place, Stance, Stated, Value
from peipao.errors import InvalidInputError, SensitiveFactError
from peipao.tables.profiles import (
    INDIFFERENT,
    MUST,
    PREFER,
    CategoryColumn,
    MultiColumn,
    NumberColumn,
    PlaceColumn,
    ProfileTable,
    TextColumn,
)


@pytest.fixture(scope="module")
def schema() -> FeatureSchema:
    return a_city().schema


def same_tables(a: ProfileTable, b: ProfileTable) -> bool:
    """Tell whether two tables agree in every bit."""
    return np.array_equal(a.ids, b.ids) and all(
        np.asarray(getattr(column, name)).tobytes()
        == np.asarray(getattr(b.columns[key], name)).tobytes()
        for key, column in a.columns.items()
        for name in type(column).__dataclass_fields__
        if isinstance(getattr(column, name), np.ndarray)
    )


def test_a_category_is_its_place_in_the_sorted_code_list(schema: FeatureSchema) -> None:
    table = encode_needs(schema, [a_pair(own={"mode": "phone"})])
    column = table.columns["mode"]
    assert isinstance(column, CategoryColumn)
    assert (column.codes.tolist(), column.values) == ([2], ("online", "onsite", "phone"))


def test_several_codes_are_ones_in_a_row_of_zeros(schema: FeatureSchema) -> None:
    table = encode_needs(schema, [a_pair(industries=("ai", "materials"))])
    column = table.columns["project.industries"]
    assert isinstance(column, MultiColumn)
    assert (column.hot.tolist(), column.values) == ([[1, 0, 1, 0]], INDUSTRIES)


def test_a_number_keeps_its_value_and_unit(schema: FeatureSchema) -> None:
    column = encode_needs(schema, [a_pair(own={"amount": 12.5})]).columns["amount"]
    assert isinstance(column, NumberColumn)
    assert (column.values.tolist(), column.unit) == ([12.5], "CNY")


def test_a_date_is_a_number_of_days(schema: FeatureSchema) -> None:
    table = encode_providers(schema, [a_provider(founded=dt.date(1970, 1, 31))])
    column = table.columns["founded"]
    assert isinstance(column, NumberColumn)
    assert (column.values.tolist(), column.unit) == ([30.0], "day")


def test_a_place_is_its_district_with_coordinates(schema: FeatureSchema) -> None:
    place = Place("laoshan", None, 36.1, 120.5)
    column = encode_providers(schema, [a_provider(place=place)]).columns["place"]
    assert isinstance(column, PlaceColumn)
    assert (column.district.tolist(), column.values) == ([1], DISTRICTS)
    assert (column.latitude.tolist(), column.longitude.tolist()) == ([36.1], [120.5])


def test_the_stage_of_the_project_joins_the_need(schema: FeatureSchema) -> None:
    need, project = a_pair()
    column = encode_needs(schema, [(need, replace(project, stage="growth"))]).columns
    assert isinstance(column["project.stage"], CategoryColumn)
    assert column["project.stage"].codes.tolist() == [0]


def test_what_is_not_stated_is_missing_and_never_zero(schema: FeatureSchema) -> None:
    columns = encode_needs(schema, [a_pair()]).columns
    mode, amount, topic = columns["mode"], columns["amount"], columns["topic"]
    industries, place = columns["project.industries"], columns["project.place"]
    assert isinstance(mode, CategoryColumn)
    assert mode.codes.tolist() == [-1]
    assert isinstance(amount, NumberColumn)
    assert np.isnan(amount.values).tolist() == [True]
    assert isinstance(topic, TextColumn)
    assert topic.missing.tolist() == [True]
    assert isinstance(industries, MultiColumn)
    assert industries.missing.tolist() == [True]
    assert isinstance(place, PlaceColumn)
    assert (place.district.tolist(), np.isnan(place.latitude).tolist()) == ([-1], [True])


def test_zero_is_a_number_and_not_missing(schema: FeatureSchema) -> None:
    column = encode_needs(schema, [a_pair(own={"amount": 0.0})]).columns["amount"]
    assert isinstance(column, NumberColumn)
    assert column.values.tolist() == [0.0]


def test_codes_the_frozen_schema_does_not_know_are_missing(schema: FeatureSchema) -> None:
    pair = a_pair(
        own={"mode": "by-pigeon"}, industries=("fusion",), place=Place("atlantis"), district="x"
    )
    columns = encode_needs(schema, [pair]).columns
    assert isinstance(columns["mode"], CategoryColumn)
    assert columns["mode"].codes.tolist() == [-1]
    assert isinstance(columns["project.industries"], MultiColumn)
    assert columns["project.industries"].missing.tolist() == [True]
    assert isinstance(columns["project.place"], PlaceColumn)
    assert columns["project.place"].district.tolist() == [-1]


def test_a_known_code_beside_an_unknown_one_counts(schema: FeatureSchema) -> None:
    column = encode_needs(schema, [a_pair(industries=("ai", "fusion"))]).columns
    assert isinstance(column["project.industries"], MultiColumn)
    assert column["project.industries"].hot.tolist() == [[1, 0, 0, 0]]


@pytest.mark.parametrize(
    ("stance", "code"),
    [(Stance.MUST, MUST), (Stance.PREFER, PREFER), (Stance.INDIFFERENT, INDIFFERENT)],
)
def test_a_need_keeps_how_strongly_it_means_a_value(
    schema: FeatureSchema, stance: Stance, code: int
) -> None:
    table = encode_needs(schema, [a_pair(own={"amount": Stated(1.0, stance)})])
    assert table.columns["amount"].stance.tolist() == [code]


def test_a_project_value_has_the_default_stance_of_its_attribute() -> None:
    spec = a_project_spec(
        team_size={"type": "number", "label": "人", "unit": "person", "default_stance": "must"}
    )
    pairs = [a_pair(team_size=3.0)]
    schema = fit_schema(a_kind(), spec, SmallReference(), pairs, [], NgramEncoder())
    assert encode_needs(schema, pairs).columns["project.team_size"].stance.tolist() == [MUST]


def test_rows_are_sorted_by_id_and_reordering_changes_no_bit() -> None:
    city = a_city(seed=3)
    pairs, providers = list(city.pairs), list(city.providers)
    dice(1).shuffle(pairs)
    dice(2).shuffle(providers)
    again = encoded(city.spec, pairs, providers)
    assert again.schema.to_json() == city.schema.to_json()
    assert same_tables(again.needs_table, city.needs_table)
    assert same_tables(again.providers_table, city.providers_table)
    assert city.needs_table.ids.tolist() == sorted(need.id for need, _ in pairs)


def test_one_need_alone_gets_the_row_of_the_batch() -> None:
    city = a_city(seed=4)
    (at,) = np.flatnonzero(city.needs_table.ids == "n7")
    alone = encode_needs(city.schema, [city.pairs[7]])
    for name, column in alone.columns.items():
        batch = city.needs_table.columns[name]
        assert column.stance[0] == batch.stance[at]
        if isinstance(column, TextColumn) and isinstance(batch, TextColumn):
            assert np.array_equal(column.vectors[0], batch.vectors[at])


@pytest.mark.parametrize("name", ["hardship_category", "gender", "founder_gender"])
def test_a_sensitive_fact_on_a_project_is_refused(schema: FeatureSchema, name: str) -> None:
    pair = (a_need("n1", "p1"), Project("p1", "项目", "startup", {name: "低保家庭"}))
    with pytest.raises(SensitiveFactError, match="敏感信息不得进入画像") as refused:
        encode_needs(schema, [pair])
    assert "低保家庭" not in str(refused.value)


def test_a_sensitive_fact_on_a_need_or_provider_is_refused(schema: FeatureSchema) -> None:
    with pytest.raises(SensitiveFactError):
        encode_needs(schema, [a_pair(own={"disability": "是"})])
    with pytest.raises(SensitiveFactError):
        encode_providers(schema, [a_provider(religion="x")])


def test_a_sensitive_fact_is_refused_when_the_schema_is_fitted() -> None:
    pairs = [a_pair(hardship_category="x")]
    with pytest.raises(SensitiveFactError, match="hardship_category"):
        fit_schema(a_kind(), a_project_spec(), SmallReference(), pairs, [], NgramEncoder())


def test_a_declared_sensitive_attribute_is_refused_all_the_same() -> None:
    spec = a_project_spec(hardship_category={"type": "text", "label": "困难类别"})
    with pytest.raises(SensitiveFactError, match="hardship_category"):
        fit_schema(a_kind(), spec, SmallReference(), [], [], NgramEncoder())


def test_an_undeclared_attribute_is_refused_with_those_that_are(schema: FeatureSchema) -> None:
    with pytest.raises(InvalidInputError, match=r"project\.colour:未声明的属性.*project\.district"):
        encode_needs(schema, [a_pair(colour="blue")])


@pytest.mark.parametrize(
    ("name", "value"),
    [("amount", "12"), ("amount", True), ("topic", 1.0), ("mode", ("online",)), ("start", 3.0)],
)
def test_a_value_of_another_type_is_refused(schema: FeatureSchema, name: str, value: Value) -> None:
    with pytest.raises(InvalidInputError, match=f"{name}:取值的类型"):
        encode_needs(schema, [a_pair(own={name: value})])


def test_a_multi_or_place_of_another_type_is_refused(schema: FeatureSchema) -> None:
    with pytest.raises(InvalidInputError, match="一组编码"):
        encode_providers(schema, [a_provider(industries="ai")])
    with pytest.raises(InvalidInputError, match="位置"):
        encode_providers(schema, [a_provider(place="jimo")])


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_number_that_is_not_finite_is_refused(schema: FeatureSchema, value: float) -> None:
    with pytest.raises(InvalidInputError, match="有限的数值"):
        encode_needs(schema, [a_pair(own={"amount": value})])


def _of_other_kind() -> NeedPair:
    need, project = a_pair()
    return replace(need, kind="space"), project


def _of_other_project() -> NeedPair:
    need, project = a_pair()
    return replace(need, project_id="p9"), project


@pytest.mark.parametrize(
    ("pairs", "problem"),
    [
        ([_of_other_kind()], "kind:类别是 'space'"),
        ([_of_other_project()], "project_id:与项目 'n1' 不符"),
        ([a_pair(), a_pair()], "需求 'n1':编号重复"),
    ],
)
def test_needs_that_do_not_fit_are_refused(
    schema: FeatureSchema, pairs: list[NeedPair], problem: str
) -> None:
    with pytest.raises(InvalidInputError, match=problem):
        encode_needs(schema, pairs)


def test_a_provider_of_another_kind_is_refused(schema: FeatureSchema) -> None:
    with pytest.raises(InvalidInputError, match=r"资源方 'm1'\.kind"):
        encode_providers(schema, [Provider("m1", "space", "x", 1)])


def test_a_rule_on_an_unknown_attribute_is_refused() -> None:
    rule = {"test": "equals", "need": "mode", "provider": "nothing", "reason": "不符合条件"}
    with pytest.raises(InvalidInputError, match="没有属性 'nothing'"):
        encoded(a_kind(rules=(rule,)), [a_pair()], [a_provider()])


def test_no_entities_give_empty_tables_of_full_width(schema: FeatureSchema) -> None:
    table = encode_providers(schema, [])
    industries = table.columns["industries"]
    assert isinstance(industries, MultiColumn)
    assert (len(table), industries.hot.shape) == (0, (0, 4))
