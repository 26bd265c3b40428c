"""Founder categories on a day, from dates and from what was stated.

A category that a date decides is decided by the date. One that was only stated stands until it
is stated anew, but not beyond the time it can last at most. Definitions: `policy_terms.yaml`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from peipao.policy.dates import add_months, months_between
from peipao.policy.facts import Fact
from peipao.policy.words import Truth, Words
from peipao.reference.policy_terms import CATEGORY_FIELD, CategoryRule, PolicyTerms


def anchored(word: str, at: str) -> str:
    """Return the name under which a category looked at on another date is known."""
    return f"{word}@{at}"


@dataclass(frozen=True, slots=True)
class CategoryBook:
    """The definitions, indexed for use.

    Attributes:
        rules: by word.
        anchors: (word, fact that states the day) of words that a policy looks at on another day.
        words: every word, those with an anchor last.
    """

    rules: Mapping[str, CategoryRule]
    anchors: tuple[tuple[str, str], ...]
    words: tuple[str, ...]

    @classmethod
    def of(cls, terms: PolicyTerms, words: tuple[str, ...]) -> CategoryBook:
        """Return the book for the words of `founder_category`."""
        anchors = tuple(sorted({(anchor.word, anchor.at) for anchor in terms.anchors.values()}))
        return cls(terms.categories, anchors, words)

    def on(self, day: dt.date, known: Mapping[str, Fact]) -> Words | None:
        """Return what is known of the categories on a day; None if nothing is."""
        stated = known.get(CATEGORY_FIELD)
        truths = {word: self._decided(word, day, known) for word in self.words}
        if stated is None and not any(value is not None for value in truths.values()):
            return None
        for word, value in truths.items():
            if value is None:
                truths[word] = self._stated(word, day, stated)
        self._spread(truths)
        for word, at in self.anchors:
            truths[anchored(word, at)] = self._at_anchor(word, at, known)
        return Words(
            frozenset(word for word, value in truths.items() if value),
            frozenset(word for word, value in truths.items() if value is False),
        )

    def _decided(self, word: str, day: dt.date, known: Mapping[str, Fact]) -> Truth:
        rule = self.rules.get(word)
        if rule is None or rule.since is None or rule.since not in known:
            return None
        start = known[rule.since].value
        if not isinstance(start, dt.date) or not _lasts(rule, start, day):
            return False
        if rule.unless is None:
            return True
        against = known.get(rule.unless)
        return None if against is None else not against.value

    def _stated(self, word: str, day: dt.date, stated: Fact | None) -> Truth:
        if stated is None or not isinstance(stated.value, tuple):
            return None
        said = {implied for one in stated.value for implied in self._closure(one)}
        if word not in said and not stated.complete:
            return None
        return word in said and not self._is_over(word, day, stated.as_of)

    def _is_over(self, word: str, day: dt.date, as_of: dt.date) -> bool:
        rule = self.rules.get(word)
        if rule is None:
            return False
        if rule.same_year:
            return day.year > as_of.year
        return rule.months_to is not None and day > add_months(as_of, int(rule.months_to))

    def _closure(self, word: str) -> tuple[str, ...]:
        rule = self.rules.get(word)
        return (word,) if rule is None else (word, *rule.implies)

    def _spread(self, truths: dict[str, Truth]) -> None:
        # what holds makes the wider words hold; what does not hold rules the narrower ones out
        for word, rule in self.rules.items():
            for wider in rule.implies:
                if truths.get(word) and truths.get(wider) is None:
                    truths[wider] = True
                elif truths.get(wider) is False and truths.get(word) is None:
                    truths[word] = False

    def _at_anchor(self, word: str, at: str, known: Mapping[str, Fact]) -> Truth:
        fact = known.get(at)
        if fact is not None and isinstance(fact.value, dt.date):
            decided = self._decided(word, fact.value, known)
            if decided is not None:
                return decided
        stated = known.get(CATEGORY_FIELD)
        return None if stated is None else self._stated(word, stated.as_of, stated)


def _lasts(rule: CategoryRule, start: dt.date, day: dt.date) -> bool:
    if rule.same_year:
        return start.year == day.year
    months = months_between(start, day)
    return months >= rule.months_from and (rule.months_to is None or months <= rule.months_to)
