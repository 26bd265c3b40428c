"""Attribute values survive being stored as JSON text, whatever they are."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peipao.domain.values import Place, Stance, Stated, Value
from peipao.store.codec import stated_from, stated_text, values_from, values_text

TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
DEGREES = st.none() | st.floats(-180, 180)
VALUES: st.SearchStrategy[Value] = st.one_of(
    TEXT,
    st.floats(allow_nan=False, allow_infinity=False),
    st.lists(TEXT).map(tuple),
    st.dates(),
    st.builds(Place, TEXT, st.none() | TEXT, DEGREES, DEGREES),
)
ATTRIBUTES = st.dictionaries(TEXT, VALUES, max_size=5)


@given(ATTRIBUTES)
def test_values_come_back_equal_and_of_the_same_type(attributes: dict[str, Value]) -> None:
    found = values_from(values_text(attributes))
    assert found == attributes
    assert {k: type(v) for k, v in found.items()} == {k: type(v) for k, v in attributes.items()}


@given(st.dictionaries(TEXT, st.builds(Stated, VALUES, st.sampled_from(Stance)), max_size=5))
def test_stated_values_come_back_with_their_stance(attributes: dict[str, Stated]) -> None:
    assert stated_from(stated_text(attributes)) == attributes


@given(ATTRIBUTES)
def test_the_text_does_not_depend_on_the_order_of_the_attributes(
    attributes: dict[str, Value],
) -> None:
    assert values_text(dict(reversed(attributes.items()))) == values_text(attributes)


def test_a_whole_number_is_read_as_the_float_that_values_are() -> None:
    assert repr(values_from(values_text({"employees": 12}))) == "{'employees': 12.0}"


def test_chinese_stays_readable_in_the_database() -> None:
    assert json.loads(values_text({"intro": "海洋"})) == {"intro": "海洋"}
    assert "海洋" in values_text({"intro": "海洋"})


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_what_is_no_number_is_not_stored(number: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        values_text({"employees": number})
