"""Units of numbers: their Chinese words and what is still a sane amount of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of measurement.

    Attributes:
        word: Chinese word; the code itself for a unit this page does not list.
        low, high: inclusive limits; beyond them a value is a slip of the pen, not a fact.
    """

    word: str
    low: float
    high: float


UNITS: Mapping[str, Unit] = {
    "CNY": Unit("元", 0, 1e12),
    "CNY/month": Unit("元/月", 0, 1e7),
    "CNY/m2/month": Unit("元/平方米/月", 0, 1e5),
    "m2": Unit("平方米", 0, 1e8),
    "person": Unit("人", 0, 1e7),
    "member": Unit("家", 0, 1e6),
    "minute": Unit("分钟", 0, 1e6),
    "hour": Unit("小时", 0, 1e5),
    "day": Unit("天", 0, 1e5),
    "month": Unit("月", 0, 1200),
    "year": Unit("年", 0, 150),
    "percent": Unit("%", 0, 1000),
}
"""Units with limits of their own; a kind file may use others, which get wide ones."""


def unit_of(code: str | None) -> Unit:
    """Return the unit of a code; an unlisted code keeps its own name and wide limits."""
    name = code or ""
    return UNITS.get(name, Unit(name, -1e15, 1e15))
