"""Values to JSON text and back without the kind file: the JSON itself tells the type.

text: string; number: number; multi: list; date: `{"date": "2026-01-31"}`; place:
`{"place": {"district": …}}`. A column written under an older kind file stays readable.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from peipao.canonical import canonical_json
from peipao.domain.values import Place, Stance, Stated, Value

_PLACE_FIELDS = tuple(field.name for field in fields(Place))


def encoded_value(value: Value) -> Any:  # noqa: ANN401  any JSON value
    """Return the JSON value of an attribute value."""
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, dt.date):
        return {"date": value.isoformat()}
    if isinstance(value, Place):
        stated = {name: getattr(value, name) for name in _PLACE_FIELDS}
        return {"place": {name: part for name, part in stated.items() if part is not None}}
    return value


def decoded_value(raw: Any) -> Value:  # noqa: ANN401  any JSON value
    """Return the attribute value of a JSON value; the inverse of `encoded_value`."""
    if isinstance(raw, str):
        return raw
    if isinstance(raw, list):
        return tuple(raw)
    if isinstance(raw, dict):
        if "date" in raw:
            return dt.date.fromisoformat(raw["date"])
        return Place(**raw["place"])
    return float(raw)


def values_text(attributes: Mapping[str, Value]) -> str:
    """Return attribute values as canonical JSON text."""
    return canonical_json({name: encoded_value(value) for name, value in attributes.items()})


def values_from(text: str) -> dict[str, Value]:
    """Return the attribute values of JSON text."""
    return {name: decoded_value(raw) for name, raw in json.loads(text).items()}


def stated_text(attributes: Mapping[str, Stated]) -> str:
    """Return stated values with their stances as canonical JSON text."""
    return canonical_json(
        {name: [one.stance.value, encoded_value(one.value)] for name, one in attributes.items()}
    )


def stated_from(text: str) -> dict[str, Stated]:
    """Return the stated values of JSON text."""
    return {
        name: Stated(decoded_value(raw), Stance(stance))
        for name, (stance, raw) in json.loads(text).items()
    }


def texts_text(texts: tuple[str, ...]) -> str:
    """Return a tuple of texts as canonical JSON text."""
    return canonical_json(list(texts))


def texts_from(text: str) -> tuple[str, ...]:
    """Return the tuple of texts of JSON text."""
    return tuple(json.loads(text))
