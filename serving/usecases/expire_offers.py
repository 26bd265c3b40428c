"""No answer by the deadline counts as one: the offer expires and the next in line is due."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from peipao.domain.offers import NO_ANSWER, Side
from peipao.domain.records import Match
from peipao.domain.states import MatchState
from peipao.errors import IllegalTransitionError, StaleWriteError
from peipao.store import Store
from serving.usecases.fill_vacancies import FillVacancies
from serving.usecases.offer_events import fall_through

BY = "system"


@dataclass(frozen=True, slots=True)
class ExpireOffers:
    """Ends the offers whose time is over; a step of the tick."""

    store: Store
    fill: FillVacancies

    def __call__(self, now: dt.datetime) -> int:
        """Return how many offers expired."""
        with self.store.reading() as tx:
            overdue = tx.matches.overdue(now)
        expired = sum(self._expired(match, now) for match in overdue)
        self.fill()
        return expired

    def _expired(self, match: Match, now: dt.datetime) -> bool:
        try:
            with self.store.transaction(who=BY, why="到期未答复") as tx:
                answered = tx.answers.of_match(match.id)
                silent = [side.value for side in Side if side not in answered]
                reason = f"{NO_ANSWER}:{'+'.join(silent)}"
                to = MatchState.EXPIRED
                fall_through(tx, match, to, reason, said_by=BY, at=now)
        except (StaleWriteError, IllegalTransitionError):
            # Answered at the last moment; the next tick looks again.
            return False
        return True
