"""A schema is frozen, hashed and survives JSON exactly."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from feature_sets import SmallReference, a_city, a_kind, a_pair, a_project_spec, a_provider, encoded

from features.builder import encode_needs, encode_providers, fit_schema
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


@pytest.mark.parametrize("text", ["", "[]", "null", "{}", '{"format":2}', '{"format":1}'])
def test_a_text_that_is_no_schema_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError, match="特征定义:无法读取"):
        FeatureSchema.from_json(text)


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
