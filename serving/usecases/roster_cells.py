"""One cell of a roster: an attribute in the words people use, and such words back as a value."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from peipao.domain.values import Place, Value
from peipao.kinds.attributes import code_labels
from peipao.kinds.spec import AttributeSpec, AttributeType
from peipao.reference.loader import Reference

AND, PARTS = "、", " / "
"""Between several codes; between district, zone and degrees of a place."""

Cell = str | float | int | None


def cell_of(value: Value | None, spec: AttributeSpec, reference: Reference) -> Cell:
    """Return how an attribute is written; `raw_of` of it is the same value again."""
    words = _words(spec, reference)
    if isinstance(value, tuple):
        return AND.join(words.get(code, code) for code in value)
    if isinstance(value, Place):
        return _place_words(value, reference)
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, str):
        return words.get(value, value)
    return value


def raw_of(text: str, spec: AttributeSpec, reference: Reference) -> object:
    """Return what a cell states, as `parse_value` takes it; None if it states nothing."""
    if not text:
        return None
    codes = {word: code for code, word in _words(spec, reference).items()}
    if spec.type is AttributeType.MULTI:
        return [codes.get(one.strip(), one.strip()) for one in text.split(AND)]
    if spec.type is AttributeType.NUMBER:
        return _number(text)
    if spec.type is AttributeType.PLACE:
        return _raw_place(text)
    return text.removesuffix(MIDNIGHT) if spec.type is AttributeType.DATE else codes.get(text, text)


MIDNIGHT = "T00:00:00"
"""What a spreadsheet adds to a day."""


def _words(spec: AttributeSpec, reference: Reference) -> Mapping[str, str]:
    """Return code -> word, but for words that several codes share or that cannot be joined."""
    words = code_labels(spec, reference)
    said = list(words.values())
    return {code: w for code, w in words.items() if said.count(w) == 1 and AND not in w}


def _place_words(place: Place, reference: Reference) -> str:
    parts = [reference.label("districts", place.district), place.zone or ""]
    if place.latitude is not None and place.longitude is not None:
        parts.append(f"{place.latitude!r},{place.longitude!r}")
    return PARTS.join(parts).rstrip(PARTS)


def _raw_place(text: str) -> object:
    district, zone, degrees, *more = [*(one.strip() for one in text.split(PARTS.strip())), "", ""]
    found: dict[str, object] = {"district": district}
    found |= {"zone": zone} if zone else {}
    if degrees:
        found |= dict(zip(("lat", "lon"), map(_number, degrees.split(",")), strict=False))
    # More parts than a place has are a key that the parser refuses by name.
    return found | {one: one for one in more if one}


def _number(text: str) -> object:
    try:
        return float(text)
    except ValueError:
        return text  # the parser refuses it and says what would be right
