"""Profiles as rows of named features that sum to one."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from feature_sets import a_city, a_kind, a_pair, a_provider, encoded

from features.builder import encode_needs, encode_providers
from features.indicators import indicators
from peipao.domain.values import Place, Stance, Stated
from peipao.errors import InvalidInputError
from peipao.tables.indicators import IndicatorTable


def shares(table: IndicatorTable, row: int = 0) -> dict[str, float]:
    """Return the features of a row that are not zero."""
    values = table.values[row].tolist()
    return {name: value for name, value in zip(table.names, values, strict=True) if value}


def test_every_known_attribute_has_an_equal_share_split_among_its_codes() -> None:
    schema = encoded(a_kind(), [a_pair()], [a_provider()]).schema
    provider = a_provider(industries=("ai", "marine"), main_mode="online", place=Place("jimo"))
    third = 1 / 3
    assert shares(indicators(schema, encode_providers(schema, [provider]))) == pytest.approx(
        {
            "industries=ai": third / 2,
            "industries=marine": third / 2,
            "main_mode=online": third,
            "place=jimo": third,
        }
    )


def test_numbers_and_dates_fall_into_bins_by_their_upper_edges() -> None:
    start = dt.date(2020, 1, 1)
    providers = [
        a_provider(f"m{at}", amount=float(at), founded=start + dt.timedelta(at)) for at in range(10)
    ]
    schema = encoded(a_kind(), [a_pair()], providers).schema
    asked = [a_provider("a", amount=2.0), a_provider("b", amount=2.5), a_provider("c", amount=99.0)]
    table = indicators(schema, encode_providers(schema, asked))
    found = [shares(table, row) for row in range(3)]
    assert found == [{"amount@..2": 1.0}, {"amount@2..4": 1.0}, {"amount@8..": 1.0}]
    assert sum(name.startswith("founded@") for name in table.names) == 5


def test_dictionary_words_of_a_text_are_features_and_other_terms_are_not() -> None:
    providers = [a_provider("m1", intro="做大模型与芯片的公司")]
    city = encoded(a_kind(), [a_pair()], providers)
    found = shares(indicators(city.schema, city.providers_table))
    assert found == {"intro~大模型": 0.5, "intro~芯片": 0.5}


def test_an_attribute_a_need_is_indifferent_to_says_nothing() -> None:
    own = {"mode": Stated("online", Stance.INDIFFERENT), "modes": Stated(("online",), Stance.MUST)}
    schema = encoded(a_kind(), [a_pair()], [a_provider()]).schema
    found = shares(indicators(schema, encode_needs(schema, [a_pair(own=own)])))
    assert found == {"modes=online": 0.5, "project.stage=startup": 0.5}


def test_a_row_of_which_nothing_is_known_is_zero() -> None:
    city = encoded(a_kind(), [a_pair()], [a_provider()])
    assert not indicators(city.schema, city.providers_table).values.any()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_rows_sum_to_one_and_are_not_negative(seed: int) -> None:
    city = a_city(seed=seed)
    values = indicators(city.schema, city.needs_table).values
    assert values.sum(axis=1) == pytest.approx(np.ones(len(values)))
    assert values.min() == 0


def test_names_are_unique_and_do_not_depend_on_the_entities_asked_for() -> None:
    city = a_city()
    full = indicators(city.schema, city.needs_table)
    one = indicators(city.schema, encode_needs(city.schema, [a_pair()]))
    assert one.names == full.names
    assert len(set(full.names)) == len(full.names)


def test_one_need_alone_gets_the_bits_of_the_batch() -> None:
    city = a_city(seed=5)
    batch = indicators(city.schema, city.needs_table)
    (at,) = np.flatnonzero(batch.ids == "n3")
    alone = indicators(city.schema, encode_needs(city.schema, [city.pairs[3]]))
    assert alone.values[0].tobytes() == batch.values[at].tobytes()


def test_a_table_of_another_schema_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="由另一份特征定义"):
        indicators(a_city(seed=1).schema, a_city(seed=2).needs_table)
