"""Close the books of a month, and restate a closed one: nothing of what was stated is lost."""

from __future__ import annotations

from dataclasses import dataclass

from peipao.clock import Clock
from peipao.domain.notices import STAFF, a_notice
from peipao.domain.rates import Statement
from peipao.domain.working_days import month_of
from peipao.errors import InvalidInputError, MakerIsCheckerError, MonthClosedError
from peipao.store import Store, Transaction
from serving.usecases.response_rate import checked_month, last_statement


@dataclass(frozen=True, slots=True)
class StateMonth:
    """Writes statements; each is one transaction, one ledger line and one notice to staff."""

    store: Store
    clock: Clock

    def close(self, month: str, *, by: str, why: str = "") -> Statement:
        """State the figures of a month that is over.

        Raises:
            InvalidInputError: the month is malformed or not over.
            MonthClosedError: it is closed; `restate` is the way to change it.
        """
        now = self.clock.now()
        if checked_month(month) >= month_of(now):
            raise InvalidInputError("month", f"{month} 尚未结束", f"早于 {month_of(now)}")
        with self.store.transaction(who=by, why=why or "响应率结账") as tx:
            if tx.statements.of_month(month):
                raise MonthClosedError(month)
            return self._stated(tx, month, 0, by, why or "响应率结账")

    def restate(self, month: str, *, by: str, why: str) -> Statement:
        """State the figures of a closed month anew, by another person than stated them before.

        Raises:
            NotFoundError: the month is not closed.
            InvalidInputError: no reason, or the figures are the same as stated.
            MakerIsCheckerError: `by` made the statement that holds.
        """
        if not why.strip():
            raise InvalidInputError("why", "没有写明原因", "重述的原因")
        with self.store.transaction(who=by, why=why) as tx:
            last = last_statement(tx, checked_month(month))
            if last.by == by:
                raise MakerIsCheckerError(month, by, "月报")
            made = self._stated(tx, month, last.number + 1, by, why)
            if made.rows == last.rows:
                raise InvalidInputError("month", f"{month} 的数字没有变化", "有变化时才重述")
            return made

    def _stated(self, tx: Transaction, month: str, number: int, by: str, why: str) -> Statement:
        now = self.clock.now()
        rows = tx.rates.counted(now, first=month, last=month)
        made = Statement(month, number, now, by, why, tuple(rows))
        tx.statements.add(made)
        event = "month.restated" if number else "month.closed"
        params = {"month": month, "number": str(number), "digest": made.digest}
        tx.notices.tell([a_notice(STAFF, event, f"month:{month}", now, params)])
        return made
