"""政策计算器: the entrance. One value for one reference; every question is a method."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from peipao.errors import UnknownValueError
from peipao.policy.answer import Answerer, PolicyAnswer
from peipao.policy.bank import BankDay, Tell, run_bank
from peipao.policy.book import RuleBook
from peipao.policy.combine import Combination, best_combination
from peipao.policy.dates import AskedDates
from peipao.policy.facts import Fact, Facts, read_facts, read_value
from peipao.policy.ladder import Rung, climb
from peipao.policy.near_miss import NearMiss, near_miss
from peipao.policy.questions import Question, next_questions
from peipao.reference.loader import Reference

WHAT_IF = "what-if"
"""Source of facts that were only assumed."""


@dataclass(frozen=True, slots=True, eq=False)
class Calculator:
    """Answers questions about policies.

    Attributes:
        book: the compiled rules.
        reference: what they were compiled from.
    """

    book: RuleBook
    reference: Reference

    @classmethod
    def of(cls, reference: Reference) -> Calculator:
        """Return the calculator of a reference.

        Raises:
            ReferenceDataError: a policy depends on itself.
        """
        return cls(RuleBook.of(reference), reference)

    def facts(
        self,
        raw: Mapping[str, object],
        as_of: dt.date,
        source: str,
        confidence: float = 1.0,
    ) -> Facts:
        """Return facts read from JSON values.

        Raises:
            InvalidInputError: a name or a value does not fit.
        """
        return read_facts(raw, self.book.words, as_of, source, confidence)

    def what_if(self, facts: Facts, overrides: Mapping[str, object], day: dt.date) -> Facts:
        """Return facts in which some are assumed to be otherwise from `day` on.

        Raises:
            InvalidInputError: a name or a value does not fit.
        """
        assumed = [
            Fact(name, read_value(name, raw, self.book.words), day, WHAT_IF)
            for name, raw in overrides.items()
        ]
        return facts.replaced(assumed)

    def check(
        self,
        facts: Facts,
        dates: AskedDates,
        overrides: Mapping[str, object] | None = None,
        policies: Iterable[str] | None = None,
    ) -> tuple[PolicyAnswer, ...]:
        """Return the answers of the policies asked, in file order.

        Args:
            facts: of the applicant.
            dates: the days asked.
            overrides: facts assumed to be otherwise (`{'employees': 12}`), JSON values.
            policies: ids; None asks for all.

        Raises:
            InvalidInputError: an override or a policy id does not fit.
        """
        assumed = self.what_if(facts, overrides or {}, dates.entitlement)
        snapshot = self.book.snapshot(assumed, dates)
        rules = [self.book.rule(key) for key in self._in_order(policies)]
        order = {q.fact: q for q in next_questions(self.book, snapshot.values, rules)}
        answerer = Answerer(self.book)
        return tuple(answerer.answer(rule, snapshot, order) for rule in rules)

    def questions(
        self, facts: Facts, dates: AskedDates, policies: Iterable[str] | None = None
    ) -> tuple[Question, ...]:
        """Return what to ask for, the fact that decides most policies soonest first."""
        snapshot = self.book.snapshot(facts, dates)
        rules = [self.book.rule(key) for key in self._in_order(policies)]
        return next_questions(self.book, snapshot.values, rules)

    def near_misses(
        self, facts: Facts, dates: AskedDates, policies: Iterable[str] | None = None
    ) -> tuple[NearMiss, ...]:
        """Return the smallest change for each failed policy that has one, the cheapest first."""
        found = (
            near_miss(self.book, self.book.rule(key), facts, dates)
            for key in self._in_order(policies)
        )
        return tuple(sorted((n for n in found if n is not None), key=lambda n: n.cost))

    def ladder(self, ladder: str, facts: Facts, dates: AskedDates) -> tuple[Rung, ...]:
        """Return the rungs of a ladder, lowest first.

        Raises:
            UnknownValueError: no such ladder.
        """
        known = self.book.terms.ladders
        if ladder not in known:
            raise UnknownValueError("ladders", ladder, known)
        return climb(self.book, known[ladder], facts, dates)

    def combination(self, answers: Iterable[PolicyAnswer]) -> Combination:
        """Return the eligible policies that together are worth most."""
        return best_combination(answers, self.book.terms.groups)

    def bank(
        self, projects: Mapping[str, Facts], dates: AskedDates, tell: Tell | None = None
    ) -> BankDay:
        """Judge every policy for every project, by project id."""
        return run_bank(self.book, projects, dates, tell)

    def policies_about(self, *subjects: str) -> tuple[str, ...]:
        """Return the policies that ask facts only about the subjects, such as person and firm."""
        words = self.book.words
        return tuple(
            key
            for key, rule in self.book.rules.items()
            if all(words[c.field].about in subjects for c in rule.conditions if c.field)
        )

    def _in_order(self, policies: Iterable[str] | None) -> tuple[str, ...]:
        if policies is None:
            return tuple(self.book.rules)
        asked = set(policies)
        for key in sorted(asked):
            self.book.rule(key)
        return tuple(key for key in self.book.rules if key in asked)
