"""Which fact to ask for next: the one whose answer decides most policies soonest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from peipao.policy.book import RuleBook
from peipao.policy.cells import representatives
from peipao.policy.evaluate import Status, judge
from peipao.policy.missing import essential
from peipao.policy.rules import Condition, Rule
from peipao.policy.words import Words


@dataclass(frozen=True, slots=True)
class Question:
    """A fact to ask for.

    Attributes:
        fact: name of the fact.
        zh, text: its Chinese label and the question.
        decides: policies that one answer decides on average, every cell of the thresholds of the
            whole bank taken as equally likely.
        concerns: open policies whose answer can depend on it.
    """

    fact: str
    zh: str
    text: str
    decides: float
    concerns: int


def asked_fact(book: RuleBook, name: str) -> str:
    """Return the fact that people are asked for in place of a condition's name."""
    return book.words[name.split("@", 1)[0]].asked_as


def next_questions(
    book: RuleBook, values: Mapping[str, Any], rules: Iterable[Rule] | None = None
) -> tuple[Question, ...]:
    """Return every fact that some open policy depends on, the best to ask for first.

    Best is what decides most policies on average, then what concerns most of them, then by
    name. The order is for the next question: ask again when it is answered.
    """
    asked = tuple(book.rules.values()) if rules is None else tuple(rules)
    undecided = [r for r in asked if judge(r, values).decided is Status.UNKNOWN]
    needed = {rule.policy.id: _asked_names(rule, values) for rule in undecided}
    concerns: dict[str, set[str]] = {}
    decides: dict[str, float] = {}
    for name in sorted({name for names in needed.values() for name in names}):
        fact = asked_fact(book, name)
        affected = [rule for rule in undecided if name in needed[rule.policy.id]]
        decides[fact] = decides.get(fact, 0.0) + _decided_on_average(affected, name, values)
        concerns.setdefault(fact, set()).update(rule.policy.id for rule in affected)
    found = [
        Question(fact, book.words[fact].zh, book.words[fact].question, decides[fact], len(about))
        for fact, about in concerns.items()
    ]
    return tuple(sorted(found, key=lambda q: (-round(q.decides, 9), -q.concerns, q.fact)))


def _asked_names(rule: Rule, values: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(name for name in essential(rule, values) if not name.startswith("@"))


def _decided_on_average(rules: list[Rule], name: str, values: Mapping[str, Any]) -> float:
    cells = list(_answers([c for r in rules for c in r.conditions if c.name == name], values))
    decided = 0
    for value in cells:
        trial = {**values, name: value}
        decided += sum(judge(rule, trial).decided is not Status.UNKNOWN for rule in rules)
    return decided / len(cells)


def _answers(conditions: list[Condition], values: Mapping[str, Any]) -> Iterator[object]:
    """Yield one answer a cell; of a set of words, none of those mentioned or just one of them."""
    if conditions[0].type not in {"multi", "policy"}:
        yield from representatives(conditions)
        return
    known = values.get(conditions[0].name)
    inside = known.inside if isinstance(known, Words) else frozenset()
    words = {w for c in conditions for w in (c.value if c.type == "multi" else (c.value,))}
    yield Words(inside)
    for word in sorted(words - inside):
        if known is None or known.has(word) is None:
            yield Words(inside | {word})
