"""The two answers: by Kleene's rules, and decided whatever the missing facts are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from typing import Any

from peipao.policy.cells import attainable
from peipao.policy.rules import Node, Rule
from peipao.policy.words import Truth


class Status(StrEnum):
    """What is said of a policy."""

    ELIGIBLE = "eligible"
    NOT_ELIGIBLE = "not_eligible"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The two answers for one policy.

    Attributes:
        kleene: a missing fact leaves open whatever depends on it.
        decided: the same unless every completion of the missing facts gives one answer, which
            is that answer then. Missing facts are completed field by field; that two of them
            follow from one date is not used, so it may stay unknown too often, never too seldom.
    """

    kleene: Status
    decided: Status


_STATUS = {True: Status.ELIGIBLE, False: Status.NOT_ELIGIBLE, None: Status.UNKNOWN}


def status_of(truth: Truth) -> Status:
    """Return the word for a truth value."""
    return _STATUS[truth]


def kleene(node: Node, truths: list[Truth]) -> Truth:
    """Return the value of a tree by Kleene's strong rules."""
    if isinstance(node, int):
        return truths[node]
    every, undecided = node.every, False
    for part in node.parts:
        value = truths[part] if isinstance(part, int) else kleene(part, truths)
        if value is None:
            undecided = True
        elif value is not every:
            return value
    return None if undecided else every


def judge(rule: Rule, values: Mapping[str, Any]) -> Verdict:
    """Return the two answers of a rule."""
    truths = rule.truths(values)
    first = kleene(rule.tree, truths)
    second = first
    if first is None and rule.repeated:
        second = decided(rule, values, truths)
    return Verdict(_STATUS[first], _STATUS[second])


def decided(rule: Rule, values: Mapping[str, Any], truths: list[Truth]) -> Truth:
    """Return the answer that all completions of the missing facts share; None if they differ.

    Kleene's rules are exact where every unknown has one condition, so only names with several
    are completed, by the cells that their conditions cut.
    """
    answer: Truth = None
    for case in completions(rule, values, truths):
        value = kleene(rule.tree, case)
        if value is None or (answer is not None and value is not answer):
            return None
        answer = value
    return answer


def open_repeated(rule: Rule, truths: list[Truth]) -> tuple[str, ...]:
    """Return the names with several conditions of which at least one is open."""
    return tuple(
        name for name in rule.repeated if any(truths[n] is None for n in rule.places[name])
    )


def cell_choices(
    rule: Rule, values: Mapping[str, Any], names: tuple[str, ...]
) -> Iterator[tuple[tuple[bool, ...], ...]]:
    """Yield every combination of what completions can make the conditions of names say."""
    parts = [
        attainable(tuple(rule.conditions[n] for n in rule.places[name]), values.get(name))
        for name in names
    ]
    return product(*parts)


def completed(
    rule: Rule, truths: list[Truth], names: tuple[str, ...], cells: tuple[tuple[bool, ...], ...]
) -> list[Truth]:
    """Return the truths in which the conditions of names say what the cells say."""
    case = list(truths)
    for name, cell in zip(names, cells, strict=True):
        for number, value in zip(rule.places[name], cell, strict=True):
            case[number] = value
    return case


def completions(
    rule: Rule, values: Mapping[str, Any], truths: list[Truth]
) -> Iterator[list[Truth]]:
    """Yield the truths for every completion of the open names that have several conditions."""
    names = open_repeated(rule, truths)
    for cells in cell_choices(rule, values, names):
        yield completed(rule, truths, names, cells)
