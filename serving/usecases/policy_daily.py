"""Once a day: open needs for officers of the projects that became eligible since the last time."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from peipao.store import Store
from serving.usecases.policy_bank import OPENED, CheckBank
from serving.usecases.score_pairs import city_date

BY = "system"


@dataclass(frozen=True, slots=True)
class OpenPolicyNeeds:
    """A step of the tick; the ledger says when it was last done, so no day is left out."""

    store: Store
    check_bank: CheckBank

    def __call__(self, now: dt.datetime) -> int:
        """Return how many needs were opened; 0 if it was done today."""
        today, last = city_date(now), self.last_day()
        if last is not None and last >= today:
            return 0
        report = self.check_bank(by=BY, day=today, against=last, open_needs=True, personal=False)
        return len(report.opened or ())

    def last_day(self) -> dt.date | None:
        """Return the latest day for which needs were opened; None if that never was."""
        with self.store.reading() as tx:
            lines = tx.ledger.about(OPENED)
        days = (dt.date.fromisoformat(str(line.payload["day"])) for line in lines)
        return max(days, default=None)
