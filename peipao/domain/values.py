"""Attribute values as people state them, and how strongly they mean them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum


class Stance(StrEnum):
    """How strongly a person means a stated attribute."""

    MUST = "must"
    PREFER = "prefer"
    INDIFFERENT = "indifferent"


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is.

    Attributes:
        district: district id of `peipao/reference`.
        zone: zone id, or None.
        latitude, longitude: degrees (WGS84-like), or None if only the district is known.
    """

    district: str
    zone: str | None = None
    latitude: float | None = None
    longitude: float | None = None


Value = str | float | tuple[str, ...] | dt.date | Place
"""category and text: str; number: float; multi: sorted tuple of codes; date; place.

A missing value is an absent key, never None, zero or an empty string.
"""


@dataclass(frozen=True, slots=True)
class Stated:
    """A value together with how strongly it is meant."""

    value: Value
    stance: Stance = Stance.PREFER
