"""Check policies for one project or one profile on a day, and what if some facts were otherwise."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from peipao.clock import Clock
from peipao.errors import InvalidInputError
from peipao.policy.calculator import Calculator
from peipao.policy.dates import AskedDates
from peipao.policy.facts import Facts
from peipao.policy.snapshot import DERIVED
from peipao.store import Store
from serving.usecases.policy_mapping import ProjectFacts, facts_of
from serving.usecases.policy_names import FactNames
from serving.usecases.policy_report import NO_PERSONAL, PolicyReport
from serving.usecases.score_pairs import city_date

EARLIEST_DAY, LATEST_DAY = dt.date(2000, 1, 1), dt.date(2100, 12, 31)
FOUNDERS = ("person", "firm", "hire")
"""Whose policies a founder asks for; those for spaces and investors are asked for by name."""

PROFILE = "临时填写"


@dataclass(frozen=True, slots=True, repr=False)
class Asking:
    """What is asked.

    Attributes:
        day: on which the conditions are looked at; None is today.
        application_day: on which it is applied for; None is the same day.
        facts: by any name of a fact, JSON values; assumed to be so.
        policies: ids; None asks for every policy that founders ask for.
        personal: whether the caller may see facts about people.
    """

    day: dt.date | None = None
    application_day: dt.date | None = None
    facts: Mapping[str, object] = field(default_factory=dict)
    policies: Iterable[str] | None = None
    personal: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class _Applicant:
    project_id: str | None
    facts: Facts
    notes: tuple[str, ...] = ()
    data_version: str | None = None


@dataclass(frozen=True, slots=True)
class CheckPolicies:
    """Answers for a stored project, or for a profile of which nothing is stored."""

    store: Store
    calculator: Calculator
    names: FactNames
    clock: Clock

    def project(self, project_id: str, asking: Asking) -> PolicyReport:
        """Return the report of a stored project; `asking.facts` are assumed in place of its own.

        Raises:
            NotFoundError: it is not stored.
            InvalidInputError: a date, a fact or a policy does not fit; names it.
        """
        dates = self.dates(asking)
        with self.store.reading() as tx:
            project, stored = tx.projects.get(project_id), tx.sensitive.of_project(project_id)
            version = tx.data_version()
        words = self.calculator.book.words
        known = facts_of(project, stored, words, personal=asking.personal)
        assumed = self.names.by_id(asking.facts)
        refuse_hidden(known.facts, assumed, words)
        facts = self.calculator.what_if(known.facts, assumed, dates.entitlement)
        applicant = _Applicant(project_id, facts, self._notes(known), version)
        return self._report(applicant, dates, asking)

    def profile(self, asking: Asking) -> PolicyReport:
        """Return the report of a profile that consists of `asking.facts` alone.

        Raises:
            InvalidInputError: a date, a fact or a policy does not fit; names it.
        """
        dates = self.dates(asking)
        raw = self.names.by_id(asking.facts)
        facts = self.calculator.facts(raw, dates.entitlement, PROFILE)
        return self._report(_Applicant(None, facts), dates, asking)

    def dates(self, asking: Asking) -> AskedDates:
        """Return the days asked.

        Raises:
            InvalidInputError: a day is out of range, or the application comes before.
        """
        day = asking.day or city_date(self.clock.now())
        dates = AskedDates(day, asking.application_day or day)
        for where, one in (("date", day), ("application_date", dates.application)):
            if not EARLIEST_DAY <= one <= LATEST_DAY:
                raise InvalidInputError(where, "日期超出范围", f"{EARLIEST_DAY} 至 {LATEST_DAY}")
        return dates

    def _notes(self, known: ProjectFacts) -> tuple[str, ...]:
        words = self.calculator.book.words
        unread = "、".join(words[name].zh if name in words else name for name in known.unread)
        found = [f"已登记的 {unread} 无法识别,未采用"] if unread else []
        return (*found, *(() if known.personal else (NO_PERSONAL,)))

    def _report(self, who: _Applicant, dates: AskedDates, asking: Asking) -> PolicyReport:
        one, facts = self.calculator, who.facts
        asked = tuple(asking.policies or one.policies_about(*FOUNDERS))
        answers = one.check(facts, dates, policies=asked)
        return PolicyReport(
            project_id=who.project_id,
            dates=dates,
            answers=answers,
            near={miss.policy_id: miss for miss in one.near_misses(facts, dates, asked)},
            combination=one.combination(answers),
            ladders={
                ladder.zh: one.ladder(key, facts, dates)
                for key, ladder in one.book.terms.ladders.items()
            },
            questions=one.questions(facts, dates, asked),
            assumed=tuple(sorted(self.names.by_id(asking.facts))) if who.project_id else (),
            notes=who.notes,
            personal=asking.personal or who.project_id is None,
            tables_version=one.reference.version,
            data_version=who.data_version,
        )


def refuse_hidden(facts: Facts, assumed: Mapping[str, object], words: Mapping[str, object]) -> None:
    """Refuse to assume a figure that a known date decides: the assumption would have no effect.

    Raises:
        InvalidInputError: names the date to assume instead.
    """
    known = {*facts.names, *assumed} & set(words)
    for name in sorted(assumed):
        base = DERIVED[name][0] if name in DERIVED else None
        if base in known:
            raise InvalidInputError(f"facts.{name}", f"由 {base} 推算得出", f"改填 {base}")
