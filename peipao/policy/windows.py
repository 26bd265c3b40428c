"""When a policy is in force, and until when it can be applied for."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from peipao.policy.words import Truth
from peipao.reference.policies import Policy
from peipao.reference.policy_terms import LateClaim


@dataclass(frozen=True, slots=True)
class Window:
    """The days of one policy, all inclusive.

    Attributes:
        start: first day; None is not known.
        entitled_until: last day on which the conditions can be met; None is open or not known.
        apply_until: last day of application: `entitled_until` unless late claims were allowed.
        draft: a draft is in force on no day.
        settled: whether it is known that it was in force from `start` on.
    """

    start: dt.date | None
    entitled_until: dt.date | None
    apply_until: dt.date | None
    draft: bool
    settled: bool

    @classmethod
    def of(cls, policy: Policy, late: LateClaim | None) -> Window:
        """Return the window of a policy.

        A policy that ended takes no application after its last day unless late claims are
        stated: that is our reading of silence.
        """
        end = _day(policy.valid_to)
        return cls(
            start=_day(policy.valid_from),
            entitled_until=end if late is None else _day(late.entitlement_until),
            apply_until=end if late is None else _day(late.application_until),
            draft=policy.status == "draft",
            settled=policy.status != "unknown" and policy.valid_from is not None,
        )

    def in_force(self, day: dt.date) -> Truth:
        """Tell whether the conditions can be met on a day."""
        return self._within(day, self.entitled_until)

    def claimable(self, day: dt.date) -> Truth:
        """Tell whether an application is accepted on a day."""
        return self._within(day, self.apply_until)

    def days_left(self, day: dt.date) -> int | None:
        """Return days until the last day of application, 0 on it, negative after; None is open."""
        return None if self.apply_until is None else (self.apply_until - day).days

    def _within(self, day: dt.date, end: dt.date | None) -> Truth:
        if self.draft or (self.start and day < self.start) or (end and day > end):
            return False
        return True if self.settled else None


def _day(text: str | None) -> dt.date | None:
    return None if text is None else dt.date.fromisoformat(text)
