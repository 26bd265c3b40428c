"""Cells: the finitely many cases into which the conditions on one field cut its values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

from peipao.policy.rules import Condition
from peipao.policy.words import Words

OTHER = "\x00other"
"""Stands for every word that no condition mentions."""


def attainable(conditions: tuple[Condition, ...], value: object) -> tuple[tuple[bool, ...], ...]:
    """Return every combination of truths that the conditions on one name can have together.

    Args:
        conditions: all on the same name.
        value: None if nothing is known, else the value, or a partly known set of words.
    """
    if conditions[0].type in {"multi", "policy"}:
        return _of_words(conditions, value if isinstance(value, Words) else None)
    points = representatives(conditions) if value is None else (value,)
    # dict keeps the order of the cells and drops those that no condition tells apart
    found = dict.fromkeys(tuple(bool(c.test(point)) for c in conditions) for point in points)
    return tuple(found)


def representatives(conditions: Sequence[Condition]) -> tuple[Any, ...]:
    """Return one value of every cell of a bool, number, date or enum field.

    Numbers are cut below, at, between and above the thresholds, as if every real number could
    be a value; dates likewise, day by day; words are those mentioned and `OTHER`.
    """
    type_ = conditions[0].type
    if type_ == "bool":
        return (True, False)
    if type_ == "enum":
        mentioned = {word for c in conditions for word in _mentioned(c)}
        return (*sorted(mentioned), OTHER)
    thresholds = sorted({c.value for c in conditions})
    return _dates(thresholds) if type_ == "date" else _numbers(thresholds)


def _mentioned(condition: Condition) -> Iterable[str]:
    return condition.value if condition.op == "in" else (condition.value,)


def _numbers(thresholds: list[float]) -> tuple[float, ...]:
    found = [thresholds[0] - 1 - abs(thresholds[0])]
    for here, there in pairwise(thresholds):
        found += [here, (here + there) / 2]
    return (*found, thresholds[-1], thresholds[-1] + 1 + abs(thresholds[-1]))


def _dates(thresholds: list[dt.date]) -> tuple[dt.date, ...]:
    day = dt.timedelta(days=1)
    near = {
        threshold + shift
        for threshold in thresholds
        for shift in (-day, dt.timedelta(), day)
        if dt.date.min < threshold < dt.date.max
    }
    return tuple(sorted(near | set(thresholds)))


def _of_words(
    conditions: tuple[Condition, ...], known: Words | None
) -> tuple[tuple[bool, ...], ...]:
    start = known or Words(frozenset(), frozenset())
    wanted = [_wanted(condition) for condition in conditions]
    free = {word for words in wanted for word in words if start.has(word) is None}
    found = {tuple(start.shares(words) is True for words in wanted)}
    for word in sorted(free):
        adds = tuple(word in words for words in wanted)
        found |= {tuple(a or b for a, b in zip(case, adds, strict=True)) for case in found}
    return tuple(sorted(found))


def _wanted(condition: Condition) -> tuple[str, ...]:
    return condition.value if condition.type == "multi" else (condition.value,)
