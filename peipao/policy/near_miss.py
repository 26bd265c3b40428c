"""The smallest change of changeable facts that would make a failed policy eligible."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from peipao.policy.book import RuleBook
from peipao.policy.cells import attainable
from peipao.policy.changes import Change, changes_of_name, nearest
from peipao.policy.dates import AskedDates, add_months, months_between
from peipao.policy.evaluate import Status, completed, judge
from peipao.policy.facts import Facts
from peipao.policy.missing import essential
from peipao.policy.questions import asked_fact
from peipao.policy.rules import Node, Rule
from peipao.policy.snapshot import DERIVED, Snapshot
from peipao.policy.words import Truth

WAIT_COST = 1.0
"""Cost of waiting a month, on the scale of the costs in `policy_fields_zh.yaml`."""

LONGEST_WAIT_MONTHS = 60
_MONTHS = 12


@dataclass(frozen=True, slots=True)
class NearMiss:
    """What would make a failed policy eligible.

    Attributes:
        policy_id: the policy.
        changes: facts to change, by name; empty if time alone cures it.
        wait_until: first day on which it holds; None if nothing has to be waited for.
        months: months to wait, begun ones counted in full; 0 for none.
        cost: of all changes and the waiting, on a scale of our own.
        still_missing: facts that would then still have to be known.
        text: Chinese.
    """

    policy_id: str
    changes: tuple[Change, ...]
    wait_until: dt.date | None
    months: int
    cost: float
    still_missing: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class _Plan:
    cost: float
    changes: tuple[Change, ...]
    day: dt.date

    @property
    def rank(self) -> tuple[float, int, dt.date, tuple[str, ...]]:
        names = tuple(f"{change.field} {change.to}" for change in self.changes)
        return (round(self.cost, 9), len(self.changes), self.day, names)


def near_miss(book: RuleBook, rule: Rule, facts: Facts, dates: AskedDates) -> NearMiss | None:
    """Return the cheapest way to make a failed policy eligible, or None if there is none.

    What is missing may turn out in favour: it costs nothing and is named in `still_missing`.
    Only facts that are known and changeable are changed, whole steps at a time; waiting advances
    every fact that grows by itself, and everything is looked at anew on the later day.
    """
    now = book.snapshot(facts, dates)
    if judge(rule, now.values).decided is not Status.NOT_ELIGIBLE:
        return None
    held = Facts(now.known.values())
    best: _Plan | None = None
    for day in _days(book, rule, now):
        wait = WAIT_COST * months_between(dates.entitlement, day)
        if best is not None and wait > best.cost:
            break
        plan = cheapest(book, rule, _later(book, held, now, day).values)
        if plan is not None:
            found = _Plan(plan[0] + wait, plan[1], day)
            best = found if best is None else min(best, found, key=lambda p: p.rank)
    return None if best is None else _worded(book, rule, best, held, now)


def cheapest(
    book: RuleBook, rule: Rule, values: Mapping[str, Any]
) -> tuple[float, tuple[Change, ...]] | None:
    """Return the cheapest changes after which the rule can hold, with their cost; None if none.

    Exact: a tree without negation in which every name has one condition is solved from the
    leaves up; names with several conditions are tried in every value that a cell offers.
    """
    truths = rule.truths(values)
    options = [_cells(book, rule, name, values, truths) for name in rule.repeated]
    best: tuple[float, tuple[Change, ...]] | None = None
    for combination in product(*options):
        case = completed(rule, truths, rule.repeated, tuple(c for c, _ in combination))
        fixed = tuple(change for _, change in combination if change is not None)
        found = _tree(book, rule, rule.tree, case, values)
        if found is not None:
            best = _better(best, (found[0] + sum(c.cost for c in fixed), (*found[1], *fixed)))
    if best is None:
        return None
    return best[0], tuple(sorted(best[1], key=lambda change: change.field))


_Found = tuple[float, tuple[Change, ...]]


def _better(best: _Found | None, new: _Found) -> _Found:
    if best is None:
        return new
    return min(best, new, key=lambda f: (round(f[0], 9), len(f[1]), [c.field for c in f[1]]))


def _cells(
    book: RuleBook, rule: Rule, name: str, values: Mapping[str, Any], truths: list[Truth]
) -> tuple[tuple[tuple[Any, ...], Change | None], ...]:
    """Return what the conditions of a name can say, each with the change that it takes."""
    conditions = tuple(rule.conditions[n] for n in rule.places[name])
    said = tuple(truths[n] for n in rule.places[name])
    if values.get(name) is None:
        return tuple((cell, None) for cell in attainable(conditions, None))
    moved = changes_of_name(book, conditions, values[name])
    return (
        (said, None),
        *((tuple(c.test(change.value) for c in conditions), change) for change in moved),
    )


def _tree(
    book: RuleBook, rule: Rule, node: Node, truths: list[Truth], values: Mapping[str, Any]
) -> _Found | None:
    if isinstance(node, int):
        return _leaf(book, rule, node, truths, values)
    found = [_tree(book, rule, part, truths, values) for part in node.parts]
    if not node.every:
        best: _Found | None = None
        for one in found:
            best = best if one is None else _better(best, one)
        return best
    if any(one is None for one in found):
        return None
    kept = [one for one in found if one is not None]
    return sum(cost for cost, _ in kept), tuple(c for _, changes in kept for c in changes)


def _leaf(
    book: RuleBook, rule: Rule, number: int, truths: list[Truth], values: Mapping[str, Any]
) -> _Found | None:
    if truths[number] is not False:
        return 0.0, ()
    condition = rule.conditions[number]
    if condition.is_open_point or condition.name in rule.repeated:
        return None
    change = nearest(book, condition, values[condition.name])
    return None if change is None else (change.cost, (change,))


def _days(book: RuleBook, rule: Rule, now: Snapshot) -> tuple[dt.date, ...]:
    """Return the asked day and the later days on which time changes a condition for the better."""
    today = now.dates.entitlement
    last = add_months(today, LONGEST_WAIT_MONTHS)
    days = {today, *_reached(book, rule, now)}
    if rule.window.start is not None:
        days.add(rule.window.start)
    return tuple(sorted(day for day in days if today <= day <= last))


def _reached(book: RuleBook, rule: Rule, now: Snapshot) -> Iterator[dt.date]:
    for condition in rule.conditions:
        growing = not condition.is_open_point and book.words[condition.field].change == "time"
        if not growing or condition.op not in {"ge", "gt"}:
            continue
        scale = _MONTHS if book.words[condition.field].unit == "年" else 1
        base = _base(now, condition.field)
        if base is None and condition.name in now.values:
            short = (condition.value - now.values[condition.name]) * scale
            base, months = now.dates.entitlement, max(math.ceil(short), 0)
        elif base is not None:
            months = math.ceil(condition.value * scale)
        else:
            continue
        if months <= LONGEST_WAIT_MONTHS + 12 * _MONTHS:
            yield add_months(base, months) + dt.timedelta(days=condition.op == "gt")


def _base(now: Snapshot, field: str) -> dt.date | None:
    fact = now.known.get(DERIVED[field][0]) if field in DERIVED else None
    return fact.value if fact is not None and isinstance(fact.value, dt.date) else None


def _later(book: RuleBook, held: Facts, now: Snapshot, day: dt.date) -> Snapshot:
    """Return what is known now, as it will be on a later day if nothing is interrupted."""
    dates = AskedDates(day, max(day, now.dates.application))
    then = book.snapshot(held, dates)
    passed = months_between(now.dates.entitlement, day)
    values = dict(then.values)
    for name in now.known:
        words = book.words[name]
        if words.change == "time" and _base(now, name) is None:
            values[name] = now.values[name] + passed / (_MONTHS if words.unit == "年" else 1)
    return Snapshot(dates, values, then.known)


def _worded(book: RuleBook, rule: Rule, plan: _Plan, held: Facts, now: Snapshot) -> NearMiss:
    then = _later(book, held, now, plan.day)
    values = {**then.values, **{change.name: change.value for change in plan.changes}}
    open_ = judge(rule, values).decided is Status.UNKNOWN
    names = essential(rule, values) if open_ else frozenset[str]()
    missing = sorted({asked_fact(book, name) for name in names if not name.startswith("@")})
    waits = plan.day > now.dates.entitlement
    months = math.ceil(months_between(now.dates.entitlement, plan.day)) if waits else 0
    sentences = [change.text for change in plan.changes]
    if waits:
        sentences.insert(0, f"再满 {months} 个月({plan.day} 起)")
    if missing:
        sentences.append("并需确认" + "、".join(book.words[name].zh for name in missing))
    return NearMiss(
        rule.policy.id,
        plan.changes,
        plan.day if waits else None,
        months,
        round(plan.cost, 9),
        tuple(missing),
        ";".join(sentences),
    )
