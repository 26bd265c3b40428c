"""One encoder an attribute type: stated values to a typed column of a profile table."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn

import numpy as np

from features.schema import AttributeSchema
from features.text import TextEncoder
from peipao.domain.values import Place, Value
from peipao.errors import InvalidInputError
from peipao.kinds.spec import AttributeType
from peipao.tables.profiles import (
    BoolArray,
    CategoryColumn,
    Column,
    FloatArray,
    IntArray,
    MultiColumn,
    NumberColumn,
    PlaceColumn,
    StanceArray,
    TextColumn,
)

EPOCH = dt.date(1970, 1, 1)
"""Dates are numbers of days since this one."""


@dataclass(frozen=True, slots=True)
class StatedColumn:
    """All that is stated of one attribute.

    Attributes:
        attribute: how it is encoded.
        values: one value a row; None is missing.
        stance: int8 (n,), as in the tables.
        text: the fitted encoder of texts.
    """

    attribute: AttributeSchema
    values: Sequence[Value | None]
    stance: StanceArray
    text: TextEncoder


def _refuse(attribute: AttributeSchema, value: Value, right: str) -> NoReturn:
    raise InvalidInputError(attribute.name, f"取值的类型 {type(value).__name__} 不对", right)


def _codes(attribute: AttributeSchema, codes: Sequence[str | None]) -> IntArray:
    index = {code: at for at, code in enumerate(attribute.values)}
    found = [-1 if code is None else index.get(code, -1) for code in codes]
    return np.array(found, dtype=np.int32)


def _text(attribute: AttributeSchema, value: Value | None) -> str | None:
    if value is not None and not isinstance(value, str):
        _refuse(attribute, value, "一段文字")
    return value


def encode_category(stated: StatedColumn) -> CategoryColumn:
    """Encode one code a row."""
    attribute = stated.attribute
    codes = [_text(attribute, value) for value in stated.values]
    return CategoryColumn(_codes(attribute, codes), attribute.values, stated.stance)


def encode_multi(stated: StatedColumn) -> MultiColumn:
    """Encode several codes a row; a row without any known code is missing."""
    attribute = stated.attribute
    index = {code: at for at, code in enumerate(attribute.values)}
    hot = np.zeros((len(stated.values), len(index)))
    for row, value in enumerate(stated.values):
        if value is not None and not isinstance(value, tuple):
            _refuse(attribute, value, "一组编码")
        hot[row, [index[code] for code in value or () if code in index]] = 1.0
    known = np.count_nonzero(hot, axis=1) > 0
    missing: BoolArray = np.logical_not(known)
    return MultiColumn(hot, missing, attribute.values, stated.stance)


def number(attribute: AttributeSchema, value: Value) -> float:
    """Return a number, or a date as days since 1970-01-01.

    Raises:
        InvalidInputError: it is neither, or not finite.
    """
    if attribute.type is AttributeType.DATE:
        if not isinstance(value, dt.date):
            _refuse(attribute, value, "日期")
        return float(value.toordinal() - EPOCH.toordinal())
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        _refuse(attribute, value, "数值")
    if not math.isfinite(value):
        raise InvalidInputError(attribute.name, f"{value} 不是有限的数值", "有限的数值")
    return float(value)


def encode_number(stated: StatedColumn) -> NumberColumn:
    """Encode a number or a date a row; NaN is missing."""
    attribute = stated.attribute
    found = [math.nan if value is None else number(attribute, value) for value in stated.values]
    return NumberColumn(np.array(found, dtype=np.float64), attribute.unit, stated.stance)


def encode_text(stated: StatedColumn) -> TextColumn:
    """Encode a text a row; a zero row is missing."""
    texts = [_text(stated.attribute, value) or "" for value in stated.values]
    return TextColumn(stated.text.encode(texts), stated.text.terms, stated.stance)


def encode_place(stated: StatedColumn) -> PlaceColumn:
    """Encode a place a row: its district and, where known, its coordinates."""
    attribute = stated.attribute
    places = [_place(attribute, value) for value in stated.values]
    return PlaceColumn(
        _codes(attribute, [place.district if place else None for place in places]),
        attribute.values,
        _degrees([place.latitude if place else None for place in places]),
        _degrees([place.longitude if place else None for place in places]),
        stated.stance,
    )


def _place(attribute: AttributeSchema, value: Value | None) -> Place | None:
    if value is not None and not isinstance(value, Place):
        _refuse(attribute, value, "位置")
    return value


def _degrees(values: Sequence[float | None]) -> FloatArray:
    return np.array([math.nan if v is None else v for v in values], dtype=np.float64)


ENCODERS: Mapping[AttributeType, Callable[[StatedColumn], Column]] = {
    AttributeType.CATEGORY: encode_category,
    AttributeType.MULTI: encode_multi,
    AttributeType.NUMBER: encode_number,
    AttributeType.DATE: encode_number,
    AttributeType.TEXT: encode_text,
    AttributeType.PLACE: encode_place,
}
