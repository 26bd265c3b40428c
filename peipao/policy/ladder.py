"""Ladders of recognitions (创新型 → 专精特新 → 小巨人): the distance to every threshold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from peipao.policy.book import RuleBook
from peipao.policy.changes import gap_text, nearest
from peipao.policy.dates import AskedDates
from peipao.policy.evaluate import Status, judge
from peipao.policy.facts import Facts
from peipao.policy.near_miss import NearMiss, near_miss
from peipao.policy.rules import Node, Rule
from peipao.policy.snapshot import Snapshot
from peipao.policy.wording import Wording, value_text
from peipao.policy.words import Truth
from peipao.reference.policy_terms import Ladder, LadderStep

_WINDOW = ("@open", "@in_force")  # a rung is only shown on a day on which it is in force


@dataclass(frozen=True, slots=True)
class Threshold:
    """One condition of a rung.

    Attributes:
        field: the fact asked for.
        requirement, now: Chinese; `now` is empty if unknown or sensitive.
        met: whether it holds; None is unknown.
        gap: Chinese, what is short where the project can do something about it; else empty.
        alternative: whether it stands beside others of which some are enough.
    """

    field: str
    requirement: str
    now: str
    met: Truth
    gap: str
    alternative: bool


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of a ladder on the asked day.

    Attributes:
        zh, note: of the step; None is no note.
        policy_id: the first policy of the step that is in force; None if none is.
        status: decided whatever the missing facts are; not eligible if no policy is in force.
        thresholds: every condition, in the order of the rule.
        near: the smallest change that would reach it; None if reached, open or out of reach.
    """

    zh: str
    note: str | None
    policy_id: str | None
    status: Status
    thresholds: tuple[Threshold, ...]
    near: NearMiss | None


def climb(book: RuleBook, ladder: Ladder, facts: Facts, dates: AskedDates) -> tuple[Rung, ...]:
    """Return every rung of a ladder, lowest first."""
    snapshot = book.snapshot(facts, dates)
    return tuple(_rung(book, step, facts, snapshot) for step in ladder.steps)


def _rung(book: RuleBook, step: LadderStep, facts: Facts, snapshot: Snapshot) -> Rung:
    dates = snapshot.dates
    valid = [key for key in step.policies if book.in_force_on(key, dates.entitlement)]
    if not valid:
        return Rung(step.zh, step.note, None, Status.NOT_ELIGIBLE, (), None)
    rule = book.rule(valid[0])
    return Rung(
        step.zh,
        step.note,
        valid[0],
        judge(rule, snapshot.values).decided,
        tuple(
            _threshold(book, rule, number, snapshot, alternative=alternative)
            for number, alternative in _numbers(rule.tree)
            if not rule.conditions[number].name.startswith(_WINDOW)
        ),
        near_miss(book, rule, facts, dates),
    )


def _numbers(node: Node, *, alternative: bool = False) -> Iterator[tuple[int, bool]]:
    if isinstance(node, int):
        yield node, alternative
        return
    for part in node.parts:
        yield from _numbers(part, alternative=alternative or not node.every)


def _threshold(
    book: RuleBook, rule: Rule, number: int, snapshot: Snapshot, *, alternative: bool
) -> Threshold:
    condition = rule.conditions[number]
    value = snapshot.values.get(condition.name)
    met = None if value is None else condition.test(value)
    requirement = Wording(book).requirement(condition)
    if condition.is_open_point:
        return Threshold("", requirement, "", met, "", alternative)
    words = book.words[condition.field]
    now = value_text(value, words)
    gap = ""
    if met is False and words.change == "time" and condition.op in {"ge", "gt"}:
        gap = f"再满 {gap_text(words, condition.value - value)}"
    elif met is False:
        change = nearest(book, condition, value)
        gap = "" if change is None else change.text
    return Threshold(condition.field, requirement, now, met, gap, alternative)
