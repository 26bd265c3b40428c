"""Note monthly facts of projects; a closed month takes a named reason."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from peipao.clock import Clock
from peipao.domain.monthly_facts import MonthlyFact
from peipao.domain.working_days import month_of
from peipao.errors import InvalidInputError, MonthClosedError, UnknownValueError
from peipao.reference.monthly_facts import BookRules
from peipao.store import Store, Transaction
from serving.usecases.response_rate import checked_month

_LARGEST = 1e12
_LONGEST_SOURCE = 60


@dataclass(frozen=True, slots=True)
class FactsNoted:
    """What came of it.

    Attributes:
        new: figures that were noted or replaced an older one.
        same: figures that said what was known already.
    """

    new: int
    same: int


@dataclass(frozen=True, slots=True)
class NoteFacts:
    """Stores figures, all or none; sending them again changes nothing."""

    store: Store
    rules: BookRules
    clock: Clock

    def __call__(
        self, facts: Sequence[MonthlyFact], *, by: str, why: str = "", restate: bool = False
    ) -> FactsNoted:
        """Return how many figures were new.

        Args:
            facts: their `number`, `at` and `by` are set here.
            by: the account that notes them.
            why: reason for the ledger; must be given to restate.
            restate: change figures of closed months too.

        Raises:
            InvalidInputError: names the project, month, fact and what would be right.
            NotFoundError: a project is not stored.
            MonthClosedError: a month is closed and `restate` is not asked for.
        """
        if restate and not why.strip():
            raise InvalidInputError("why", "没有写明原因", "重述的原因")
        self._check(facts)
        with self.store.transaction(who=by, why=why or "登记月度情况") as tx:
            closed = self._closed(tx, facts)
            if closed and not restate:
                raise MonthClosedError(closed[0])
            for key in sorted({fact.project_id for fact in facts}):
                tx.projects.get(key)
            verb = "fact.restate" if closed else "fact.note"
            new = tx.monthly_facts.note_many(facts, verb=verb)
        return FactsNoted(new, len(facts) - new)

    def _check(self, facts: Sequence[MonthlyFact]) -> None:
        seen: set[tuple[str, str, str]] = set()
        for fact in facts:
            where = f"{fact.project_id} {fact.month} {fact.name}"
            self._check_one(fact, where)
            if fact.place in seen:
                raise InvalidInputError(where, "出现两次", "每个项目、月份、指标一个数")
            seen.add(fact.place)

    def _check_one(self, fact: MonthlyFact, where: str) -> None:
        kind = self.rules.facts.get(fact.name)
        if kind is None:
            raise UnknownValueError(where, fact.name[:40], self.rules.facts)
        now = month_of(self.clock.now())
        if checked_month(fact.month) > now:
            raise InvalidInputError(where, "月份在将来", f"不晚于 {now}")
        if not math.isfinite(fact.value) or not 0 <= fact.value <= _LARGEST:
            raise InvalidInputError(where, f"数值 {fact.value:g} 不合适", f"0 至 {_LARGEST:.0f}")
        if kind.whole and not float(fact.value).is_integer():
            raise InvalidInputError(where, f"{kind.zh} {fact.value:g} 不是整数", "整数")
        if round(fact.value, 2) != fact.value:
            raise InvalidInputError(where, f"数值 {fact.value!r} 过细", "至多两位小数")
        if not 0 < fact.confidence <= 1:
            raise InvalidInputError(where, "可信度不合适", "大于 0、至多 1")
        if not 1 <= len(fact.source.strip()) <= _LONGEST_SOURCE or not fact.source.isprintable():
            raise InvalidInputError(where, "来源不合适", f"1 至 {_LONGEST_SOURCE} 个字,如 企业填报")

    def _closed(self, tx: Transaction, facts: Sequence[MonthlyFact]) -> list[str]:
        """Return the closed months in which a figure would change."""
        months = sorted({fact.month for fact in facts} & set(tx.statements.months()))
        if not months:
            return []
        held = {
            one.place: one for one in tx.monthly_facts.current(first=months[0], last=months[-1])
        }
        changed = {f.month for f in facts if f.place not in held or not f.says_as(held[f.place])}
        return [month for month in months if month in changed]
