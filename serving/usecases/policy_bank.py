"""Check every policy for every stored project on a day, say what changed, and tell officers."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from models.base import Progress
from peipao.clock import Clock
from peipao.domain.records import Need, Project
from peipao.domain.states import NEED
from peipao.errors import InvalidInputError
from peipao.kinds.catalogue import Catalogue
from peipao.kinds.spec import KindSpec
from peipao.policy.bank import BankDay, BankDiff, Tell, compare_days
from peipao.policy.calculator import Calculator
from peipao.policy.dates import on_day
from peipao.policy.evaluate import Status
from peipao.policy.facts import Facts
from peipao.store import Store, Transaction
from serving.usecases.drafts import NeedDraft
from serving.usecases.enter_needs import enter_needs
from serving.usecases.open_need import checked_need
from serving.usecases.policy_check import EARLIEST_DAY, LATEST_DAY
from serving.usecases.policy_mapping import facts_of
from serving.usecases.score_pairs import city_date

OPENED = "policies:opened"
"""Subject of the ledger line that says for which day needs were opened."""

AREA = "policy_areas"
AREAS: Mapping[str, str] = {
    "subsidy": "startup_subsidy",
    "loan": "guarantee_loan",
    "loan_term": "guarantee_loan",
    "tax": "tax_relief",
    "tax_investor": "tax_relief",
    "tax_space": "space_support",
    "award_space": "space_support",
    "service": "space_support",
    "qualification": "qualification",
    "award": "award_support",
    "talent": "talent_policy",
    "contest": "contest_entry",
}
"""Kind of a policy -> area of the officer who knows it."""

Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class PolicyCounts:
    """How many projects stand how with one policy; `gained` became eligible since the other day."""

    policy_id: str
    zh: str
    verified: bool
    eligible: int
    unknown: int
    not_eligible: int
    gained: int


@dataclass(frozen=True, slots=True)
class BankReport:
    """The whole bank on a day.

    Attributes:
        day, against: the days compared.
        counts: by policy, in file order.
        diff: what changed from `against` to `day`.
        opened: ids of needs opened for officers; None where none were asked for.
        personal: whether facts about people were looked at.
    """

    day: dt.date
    against: dt.date
    projects: int
    counts: tuple[PolicyCounts, ...]
    diff: BankDiff
    opened: tuple[str, ...] | None
    personal: bool
    tables_version: str
    data_version: str


@dataclass(frozen=True, slots=True)
class CheckBank:
    """Runs the bank on two days over the facts as they are stored now."""

    store: Store
    calculator: Calculator
    catalogue: Catalogue
    clock: Clock

    def __call__(
        self,
        *,
        by: str,
        day: dt.date | None = None,
        against: dt.date | None = None,
        open_needs: bool = False,
        personal: bool = True,
        progress: Progress | None = None,
    ) -> BankReport:
        """Return the report.

        Args:
            by: the account that acts.
            day: None is today.
            against: the day to compare with; None is the day before.
            open_needs: open one need of an officer for each project that became eligible. What is
                known of people plays no part in which: needs are ranked for, and no ranking may
                tell of a person.
            personal: whether facts about people are looked at for the report.
            progress: told the Chinese name of a step and the share of the work done. What it
                raises ends the work before anything is written.

        Raises:
            InvalidInputError: a day is out of range.
        """
        now, before = self.days(day, against)
        tell = progress or _silent
        tell("读取项目与事实", 0.0)
        with self.store.reading() as tx:
            projects, version = tx.projects.list(), tx.data_version()
            facts = self._facts(tx, projects, personal=personal)
        end = 0.5 if open_needs else 1.0
        bank, diff = self._compared(facts, (now, before), _part(tell, 0.05, end))
        opened = None
        if open_needs:
            opened = self._opened((now, before), by, _part(tell, end, 1.0))
        tell("完成", 1.0)
        return BankReport(
            day=now,
            against=before,
            projects=len(projects),
            counts=self._counts(bank, diff),
            diff=diff,
            opened=opened,
            personal=personal,
            tables_version=self.calculator.reference.version,
            data_version=version,
        )

    def days(self, day: dt.date | None, against: dt.date | None) -> tuple[dt.date, dt.date]:
        """Return the day asked and the one to compare with.

        Raises:
            InvalidInputError: a day is out of range.
        """
        now = day or city_date(self.clock.now())
        before = against or now - dt.timedelta(days=1)
        for where, one in (("date", now), ("against", before)):
            if not EARLIEST_DAY <= one <= LATEST_DAY:
                raise InvalidInputError(where, "日期超出范围", f"{EARLIEST_DAY} 至 {LATEST_DAY}")
        return now, before

    def _facts(
        self, tx: Transaction, projects: Sequence[Project], *, personal: bool
    ) -> dict[str, Facts]:
        words = self.calculator.book.words
        stored = tx.sensitive.of_projects(project.id for project in projects)
        return {
            one.id: facts_of(one, stored.get(one.id, ()), words, personal=personal).facts
            for one in projects
        }

    def _compared(
        self, facts: Mapping[str, Facts], days: tuple[dt.date, dt.date], tell: Progress
    ) -> tuple[BankDay, BankDiff]:
        now, before = (
            self.calculator.bank(facts, on_day(day), _of_day(tell, day, number / len(days)))
            for number, day in enumerate(days)
        )
        return now, compare_days(before, now)

    def _counts(self, bank: BankDay, diff: BankDiff) -> tuple[PolicyCounts, ...]:
        found = {status: Counter(p for _, p in bank.having(status)) for status in Status}
        gained = Counter(policy for _, policy in diff.became_eligible)
        policies = (self.calculator.book.rule(key).policy for key in bank.policies)
        return tuple(
            PolicyCounts(
                policy_id=one.id,
                zh=one.zh,
                verified=one.verified,
                eligible=found[Status.ELIGIBLE][one.id],
                unknown=found[Status.UNKNOWN][one.id],
                not_eligible=found[Status.NOT_ELIGIBLE][one.id],
                gained=gained[one.id],
            )
            for one in policies
        )

    def _opened(self, days: tuple[dt.date, dt.date], by: str, tell: Progress) -> tuple[str, ...]:
        spec = self.catalogue.owner_kind()
        if spec is None:
            return ()
        versions = {"tables": self.calculator.reference.version}
        with self.store.transaction(who=by, why="新符合政策", versions=versions) as tx:
            projects = {one.id: one for one in tx.projects.list()}
            facts = self._facts(tx, list(projects.values()), personal=False)
            _, diff = self._compared(facts, days, tell)
            gained = _by_project(diff.became_eligible)
            needs = [
                self._need(spec, project, policies, days[0])
                for project, policies in gained.items()
                if not _is_attended(tx, spec, project)
            ]
            there = {need.id for need in tx.needs.get_many([need.id for need in needs])}
            fresh = [need for need in needs if need.id not in there]
            enter_needs(tx, self.catalogue, fresh, projects)
            day, before = (one.isoformat() for one in days)
            tx.ledger.append(
                "policies.open", OPENED, {"day": day, "against": before, "needs": len(fresh)}
            )
        return tuple(need.id for need in fresh)

    def _need(self, spec: KindSpec, project: str, policies: Sequence[str], now: dt.date) -> Need:
        rules = [self.calculator.book.rule(key).policy for key in policies]
        declared = spec.need.get(AREA)
        codes = declared.values if declared is not None else None
        known = codes if isinstance(codes, tuple) else ()
        areas = sorted({AREAS[one.kind] for one in rules if AREAS.get(one.kind) in known})
        drawn = hashlib.sha256(f"{project} {now} {spec.name}".encode()).hexdigest()[:16]
        return checked_need(
            NeedDraft(spec.name, {AREA: areas} if areas else {}),
            project,
            self.catalogue,
            self.calculator.reference,
            key=f"n-policy-{drawn}",
            at=self.clock.now(),
        )


def _half(tell: Progress, day: dt.date, number: int) -> Callable[[float], None]:
    """Return what tells the share of one of two days as a share of both."""
    return lambda share: tell(f"测算 {day}", (number + share) / 2)


def _silent(_step: str, _share: float) -> None:
    """Tell nobody."""


def _of_day(tell: Progress, day: dt.date, start: float) -> Tell:
    """Return who is told of the projects of one day, which is half of the work."""
    return lambda share: tell(f"测算 {day}", start + share / 2)


def _part(tell: Progress, start: float, end: float) -> Progress:
    """Return who is told of a part of the work in shares of that part."""
    return lambda step, share: tell(step, start + share * (end - start))


def _is_attended(tx: Transaction, spec: KindSpec, project: str) -> bool:
    """Tell whether a project has a need of an officer that is not at its end."""
    return any(
        need.kind == spec.name and not NEED.is_final(need.state)
        for need in tx.needs.of_project(project)
    )


def _by_project(pairs: Pairs) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for project, policy in pairs:
        found.setdefault(project, []).append(policy)
    return found
