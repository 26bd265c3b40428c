"""Changes of single facts: what a project can do about a condition, and what it costs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from typing_extensions import override

from peipao.policy.book import RuleBook
from peipao.policy.rules import Condition
from peipao.policy.wording import amount_text
from peipao.policy.words import Words
from peipao.reference.policy_words import FieldWords

_COUNTED = ("名", "人", "家", "项", "次")


@dataclass(frozen=True, slots=True, repr=False)
class Change:
    """One fact changed.

    Attributes:
        field: the fact; `name` that of its condition.
        value: the new value as `Snapshot.values`; `to` the same in words.
        cost: on a scale of our own, > 0.
        text: Chinese.
    """

    field: str
    name: str
    value: Any
    to: str
    cost: float
    text: str

    @override
    def __repr__(self) -> str:
        return f"Change({self.field}, cost={self.cost:g})"


def nearest(book: RuleBook, condition: Condition, value: object) -> Change | None:
    """Return the cheapest change of one fact that makes its condition hold; None if none does."""
    found = [c for c in changes_of_name(book, (condition,), value) if condition.test(c.value)]
    return min(found, key=lambda change: change.cost, default=None)


def changes_of_name(
    book: RuleBook, conditions: Sequence[Condition], value: object
) -> Iterator[Change]:
    """Yield the cheapest change into every other cell that the conditions on a fact cut.

    Args:
        book: with the words of the fact.
        conditions: all on one name.
        value: what is known of it, not None.
    """
    words = book.words[conditions[0].field]
    if words.change != "act":
        return
    type_ = conditions[0].type
    if type_ == "number" and isinstance(value, int | float):
        yield from _numbers(words, conditions, value)
    elif type_ == "bool":
        yield _made(words, conditions[0], not value, "是" if not value else "否", cost=words.cost)
    elif type_ == "enum":
        for word in sorted({w for c in conditions for w in _mentioned(c)} - {value}):
            yield _made(words, conditions[0], word, word, cost=words.cost)
    elif isinstance(value, Words):
        yield from _added(words, conditions, value)


def _mentioned(condition: Condition) -> tuple[str, ...]:
    return condition.value if isinstance(condition.value, tuple) else (condition.value,)


def _numbers(words: FieldWords, conditions: Sequence[Condition], value: float) -> Iterator[Change]:
    way = 1 if words.rising else -1
    # at a threshold, and one step beyond it for `gt`, `lt` and the cell behind an `eq`
    targets = {c.value + shift * way * words.step for c in conditions for shift in (0, 1)}
    if words.whole:
        targets = {float(math.ceil(t) if words.rising else math.floor(t)) for t in targets}
    for target in sorted(targets):
        if (target - value) * way > 0:
            cost = words.cost * abs(target - value) / words.step
            yield _made(
                words, conditions[0], target, amount_text(target, words.unit), cost=cost, now=value
            )


def _added(words: FieldWords, conditions: Sequence[Condition], known: Words) -> Iterator[Change]:
    new = sorted({w for c in conditions for w in _mentioned(c)} - known.inside)
    for count in range(1, len(conditions) + 1):
        for chosen in combinations(new, count):
            value = Words(known.inside | set(chosen), known.outside)
            yield _made(words, conditions[0], value, "、".join(chosen), cost=words.cost * count)


def _made(
    words: FieldWords,
    condition: Condition,
    value: Any,  # noqa: ANN401  as `Snapshot.values`
    to: str,
    *,
    cost: float,
    now: float | None = None,
) -> Change:
    text = _said(words, value, to) if now is None else _gap(words, now, value)
    return Change(words.id, condition.name, value, to, cost, text)


def _said(words: FieldWords, value: object, to: str) -> str:
    if value is True:
        return f"须{words.zh}"
    if value is False:
        return f"须消除“{words.zh}”的情形"
    if isinstance(value, Words):
        return f"{words.zh}须有“{to}”"
    return f"{words.zh}须变更为“{to}”"


def _gap(words: FieldWords, now: float, target: float) -> str:
    gap = gap_text(words, abs(target - now))
    if target < now:
        return f"{words.zh}须减少 {gap}(现为 {amount_text(now, words.unit)})"
    if words.unit in _COUNTED:
        return f"还差 {gap}{words.zh}"
    reach = amount_text(target, words.unit)
    return f"{words.zh}还差 {gap}(现为 {amount_text(now, words.unit)},须达到 {reach})"


def gap_text(words: FieldWords, gap: float) -> str:
    """Return how much is short, in the unit of the fact."""
    if words.unit == "%":
        return f"{amount_text(gap, words.unit)[:-1]} 个百分点"
    return amount_text(gap, words.unit)
