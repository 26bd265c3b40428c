"""A schema is frozen, hashed and survives JSON exactly."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from feature_sets import (
    MINUTES,
    SmallReference,
    SmallTime,
    a_city,
    a_kind,
    a_pair,
    a_project_spec,
    a_provider,
    encoded,
)

from features.builder import encode_needs, encode_providers, fit_schema
from features.freezing import _edges, _half_decades
from features.indicators import indicators
from features.pairs import compare
from features.schema import FeatureSchema, SquareTable
from features.text import NgramEncoder
from peipao.errors import InvalidInputError
from peipao.kinds.catalogue import load_catalogue
from peipao.reference.loader import load_reference


def test_json_gives_back_an_equal_schema_of_the_same_hash() -> None:
    schema = a_city().schema
    again = FeatureSchema.from_json(schema.to_json())
    assert again == schema
    assert (again.hash, again.to_json()) == (schema.hash, schema.to_json())


def test_a_schema_read_from_json_encodes_bit_for_bit_the_same() -> None:
    city = a_city()
    again = FeatureSchema.from_json(city.schema.to_json())
    needs, providers = encode_needs(again, city.pairs), encode_providers(again, city.providers)
    rows = (np.array([0, 0, 3], np.int32), np.array([1, 4, 0], np.int32))
    found = compare(again, needs, providers, rows)
    expected = compare(city.schema, city.needs_table, city.providers_table, rows)
    assert found.values.tobytes() == expected.values.tobytes()
    ours = indicators(again, needs).values
    assert ours.tobytes() == indicators(city.schema, city.needs_table).values.tobytes()


def test_the_hash_tells_schemas_apart() -> None:
    schema = a_city().schema
    assert replace(schema, same_organisation=True).hash != schema.hash
    assert replace(schema, comparisons=schema.comparisons[1:]).hash != schema.hash


@pytest.mark.parametrize("text", ["", "[]", "null", "{}", '{"format":2}'])
def test_a_text_that_is_no_schema_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError, match="特征定义:无法读取"):
        FeatureSchema.from_json(text)


def test_a_schema_of_another_layout_is_refused_with_the_way_out() -> None:
    with pytest.raises(InvalidInputError, match="是第 1 版布局;应为:第 2 版;请重新训练"):
        FeatureSchema.from_json('{"format":1}')


def test_a_schema_with_a_word_too_few_is_refused() -> None:
    content = json.loads(a_city().schema.to_json())
    next(item for item in content["need"] if item["name"] == "mode")["labels"].pop()
    with pytest.raises(InvalidInputError, match="labels do not fit"):
        FeatureSchema.from_json(json.dumps(content))


def test_a_schema_with_a_crooked_table_is_refused() -> None:
    content = json.loads(a_city().schema.to_json())
    content["minutes"]["rows"].pop()
    with pytest.raises(InvalidInputError, match="rows do not fit"):
        FeatureSchema.from_json(json.dumps(content))


def test_a_table_of_another_schema_is_refused() -> None:
    a, b = a_city(seed=1), a_city(seed=2)
    with pytest.raises(InvalidInputError, match="由另一份特征定义"):
        a.schema.check_table(b.needs_table, "need")


def test_a_table_of_the_other_side_is_refused() -> None:
    city = a_city()
    with pytest.raises(InvalidInputError, match="这是 provider 一侧的画像"):
        city.schema.check_table(city.providers_table, "need")


def test_vocabularies_come_from_closed_lists_and_not_from_the_entities() -> None:
    city = encoded(a_kind(), [a_pair()], [a_provider()])
    values = {attribute.name: attribute.values for attribute in city.schema.need}
    assert values["mode"] == ("online", "onsite", "phone")
    assert values["project.industries"] == ("ai", "marine", "materials", "next-gen-it")


def test_bin_edges_are_stated_values_that_cut_them_evenly() -> None:
    providers = [a_provider(f"m{at}", amount=float(at)) for at in range(10)]
    city = encoded(a_kind(), [a_pair()], providers)
    edges = {attribute.name: attribute.edges for attribute in city.schema.provider}
    assert edges["amount"] == (2.0, 4.0, 6.0, 8.0)
    assert edges["founded"] == ()


def test_a_number_that_is_always_the_same_has_one_bin() -> None:
    providers = [a_provider(f"m{at}", amount=7.0) for at in range(4)]
    (amount, *_) = encoded(a_kind(), [a_pair()], providers).schema.provider
    assert (amount.name, amount.edges) == ("amount", ())


def test_the_reference_tables_are_frozen_into_the_schema() -> None:
    schema = a_city().schema
    assert schema.minutes == SquareTable(
        ("jimo", "laoshan", "shinan"),
        ((30.0, 50.0, 125.0), (50.0, 20.0, 25.0), (125.0, 25.0, 15.0)),
    )
    assert schema.nearness.rows[0] == (1.0, 0.15, 0.0, 0.333333333)


def test_chinese_words_are_frozen_beside_their_codes() -> None:
    need = {attribute.name: attribute for attribute in a_city().schema.need}
    assert need["modes"].label == "可行方式"
    assert need["modes"].labels == ("线上交流", "线下见面", "电话沟通")
    assert need["project.place"].labels == ("即墨区", "崂山区", "市南区")
    assert need["amount"].labels == ()


def test_the_version_of_the_travel_table_tells_checked_times_from_estimates() -> None:
    needs, providers = [a_pair()], [a_provider()]
    schemas = [
        fit_schema(a_kind(), a_project_spec(), city, needs, providers, NgramEncoder())
        for city in (
            SmallReference(),
            SmallReference(travel=dict.fromkeys(MINUTES, SmallTime(False))),
        )
    ]
    assert [schema.travel.verified for schema in schemas] == [(("laoshan", "shinan"),), ()]
    assert len({schema.travel.version for schema in schemas}) == 2
    assert len({schema.hash for schema in schemas}) == 2


def test_fitting_an_empty_kind_gives_a_schema_all_the_same() -> None:
    schema = fit_schema(a_kind(), a_project_spec(), SmallReference(), [], [], NgramEncoder())
    assert schema.encoder.width == 0
    assert FeatureSchema.from_json(schema.to_json()) == schema


def test_every_kind_of_the_catalogue_can_be_frozen() -> None:
    reference = load_reference()
    catalogue = load_catalogue(reference)
    schemas = [
        fit_schema(spec, catalogue.project, reference, [], [], NgramEncoder())
        for spec in catalogue.values()
    ]
    assert [schema.kind for schema in schemas] == list(catalogue)
    assert all(FeatureSchema.from_json(schema.to_json()) == schema for schema in schemas)


def test_amounts_that_span_decades_are_banded_by_half_decades() -> None:
    amounts = sorted(m * 10.0**k for k in range(4, 9) for m in (1, 2, 5))
    edges = _half_decades(amounts)
    assert edges[:3] == (31310.0, 99000.0, 313100.0)
    assert len(edges) == 9
    assert _half_decades(amounts[:3]) == _edges(amounts[:3])
