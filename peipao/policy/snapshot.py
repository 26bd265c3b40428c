"""Facts as they stood on the asked days: stated, derived from dates, and given by the calendar."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from typing_extensions import override

from peipao.policy.categories import CategoryBook
from peipao.policy.dates import AskedDates, months_between, whole_years
from peipao.policy.facts import FROM_DATES, Fact, Facts
from peipao.policy.rules import OWN_BENEFIT
from peipao.policy.words import Words
from peipao.reference.policy_terms import CATEGORY_FIELD
from peipao.reference.policy_words import FieldWords

_MONTHS = 12
_WORKING_AGE = 16
_EARLIEST_RETIREMENT = 50  # before it nobody retires by law, later it depends on sex and job
RECEIVED = "benefits_received"


@dataclass(frozen=True, slots=True, repr=False)
class Snapshot:
    """What is known on the asked days.

    Attributes:
        dates: the asked days.
        values: name of a condition -> bool, number, word, date or `Words`; absent is unknown.
        known: name -> the stated fact that held.
    """

    dates: AskedDates
    values: Mapping[str, Any]
    known: Mapping[str, Fact]

    @override
    def __repr__(self) -> str:
        return f"Snapshot({self.dates}, {len(self.known)} names)"


def _working_range(birth: dt.date, day: dt.date) -> bool | None:
    years = whole_years(birth, day)
    if years < _WORKING_AGE:
        return False
    return True if years < _EARLIEST_RETIREMENT else None


DERIVED: Mapping[str, tuple[str, Callable[[dt.date, dt.date], Any]]] = {
    "company_age_months": ("registration_date", months_between),
    "founder_age_in_working_range": ("birth_date", _working_range),
    "founder_age_years": ("birth_date", whole_years),
    "founder_insured_months_in_entity": ("founder_insured_in_entity_since", months_between),
    "graduate_year": ("college_graduation_date", lambda start, _: start.year),
    "investment_holding_months": ("investment_date", months_between),
    "months_operating": ("operating_since", months_between),
    "months_since_graduation": ("college_graduation_date", months_between),
    "months_since_registration": ("registration_date", months_between),
    "person_age": ("birth_date", whole_years),
    "years_since_recognition": (
        "recognition_date",
        lambda start, day: months_between(start, day) / _MONTHS,
    ),
}
"""Field -> the base date it follows from, and how. A stated date wins over a stated figure."""


@dataclass(frozen=True, slots=True)
class Observer:
    """Looks at facts on the asked days.

    Attributes:
        words: of all facts.
        categories: definitions of founder categories.
        benefit_policies: ids of policies that ask whether their own benefit was received.
    """

    words: Mapping[str, FieldWords]
    categories: CategoryBook
    benefit_policies: tuple[str, ...]

    def look(self, facts: Facts, dates: AskedDates, calendar: Mapping[str, bool]) -> Snapshot:
        """Return what is known on the asked days; `calendar` are the truths of open points."""
        known = facts.known_on(dates.entitlement, self.words)
        values: dict[str, Any] = dict(calendar)
        for name, fact in known.items():
            value = fact.value
            outside = None if fact.complete else frozenset[str]()
            values[name] = Words(frozenset(value), outside) if isinstance(value, tuple) else value
        self._derive(values, known, dates.entitlement)
        for name, which in FROM_DATES.items():
            values[name] = getattr(dates, which)
        self._received(values, known)
        return Snapshot(dates, values, known)

    def _derive(self, values: dict[str, Any], known: Mapping[str, Fact], day: dt.date) -> None:
        for name, (base, rule) in DERIVED.items():
            fact = known.get(base)
            if fact is not None and isinstance(fact.value, dt.date):
                # before its base date a duration has no value: it is unknown, not negative
                values[name] = rule(fact.value, day) if fact.value <= day else None
        if CATEGORY_FIELD in self.words:
            values[CATEGORY_FIELD] = self.categories.on(day, known)

    def _received(self, values: dict[str, Any], known: Mapping[str, Fact]) -> None:
        listed = known.get(RECEIVED)
        stated = known.get(OWN_BENEFIT)
        for policy in self.benefit_policies:
            if listed is not None and isinstance(listed.value, tuple):
                values[f"{OWN_BENEFIT}@{policy}"] = policy in listed.value
            elif stated is not None:
                values[f"{OWN_BENEFIT}@{policy}"] = stated.value
