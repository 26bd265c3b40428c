"""Offer a place that fell free to the next in line, with at most one other change."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from peipao.domain.notices import a_notice
from peipao.domain.offers import Filling, Vacancy
from peipao.domain.records import Match, Round
from peipao.domain.states import RoundState
from peipao.errors import (
    CapacityTakenError,
    CheckFailedError,
    DuplicateMatchError,
    NeedFilledError,
    NoActiveModelError,
    NotFoundError,
    PeipaoError,
    StaleWriteError,
)
from peipao.store import Store, Transaction
from serving.usecases.find_next import FindNext, Proposal
from serving.usecases.make_offer import Made, MakeOffer
from serving.usecases.offering import keeper
from serving.usecases.standing_rounds import is_standing

BY = "system"
_MOST_TRIES = 25
_OVERTAKEN = (CapacityTakenError, DuplicateMatchError, StaleWriteError)


@dataclass(frozen=True, slots=True)
class FillVacancies:
    """Closes open vacancies; called right after a refusal, and by every tick for what was left."""

    store: Store
    find: FindNext
    make: MakeOffer

    def __call__(self) -> int:
        """Return how many vacancies were closed."""
        with self.store.reading() as tx:
            waiting = tx.vacancies.still_open()
        return sum(self._filled(vacancy) for vacancy in waiting)

    def soon(self, *match_ids: str) -> None:
        """Close the vacancies that matches left, as far as that can be done now.

        What their refusal rests on is written; an error here is for the next tick to meet.
        """
        with contextlib.suppress(PeipaoError):
            with self.store.reading() as tx:
                left = tx.vacancies.of_matches(match_ids)
            for key in sorted(left):
                if left[key].filling is None:
                    self._filled(left[key])

    def _filled(self, vacancy: Vacancy) -> bool:
        with self.store.reading() as tx:
            match = tx.matches.get(vacancy.match_id)
            of = tx.rounds.get(match.round_id)
        try:
            for proposal in islice(self._proposals(match, of), _MOST_TRIES):
                done = self._tried(vacancy, match, proposal)
                if done is not None:
                    return done
        except NeedFilledError:
            return self._closed(vacancy, Filling.GONE)
        return self._closed(vacancy, Filling.WAITING)

    def _proposals(self, match: Match, of: Round) -> Iterator[Proposal]:
        if of.state not in {RoundState.PUBLISHED, RoundState.CLOSED}:
            return  # taken back: its needs wait for the next round
        try:
            if is_standing(of):
                yield from self.find.bidders(match.need_id)
                yield from self.find.now(match.need_id)
            else:
                yield from self.find.in_round(match.need_id, of)
        except (NoActiveModelError, NotFoundError):
            # Nothing to go by, or the need came after the round: it waits for the next one.
            return
        except CheckFailedError:
            # The frozen worth cannot be read any more; the need must not suffer for it.
            yield from self.find.now(match.need_id)

    def _tried(self, vacancy: Vacancy, match: Match, proposal: Proposal) -> bool | None:
        """Return whether we closed the vacancy; None if somebody else took the place."""
        try:
            with self.store.transaction(who=BY, why="候补接替") as tx:
                if not _still_open(tx, vacancy):
                    return False
                made = self.make(tx, proposal, match.round_id, by=BY, instead_of=vacancy.match_id)
                _close(tx, vacancy, made)
        except _OVERTAKEN:
            return None
        return True

    def _closed(self, vacancy: Vacancy, how: Filling) -> bool:
        try:
            with self.store.transaction(who=BY, why="候补接替") as tx:
                closed = tx.vacancies.close(vacancy, how)
                if how is Filling.WAITING:
                    _tell_waiting(tx, closed)
        except StaleWriteError:
            return False
        return True


def _still_open(tx: Transaction, vacancy: Vacancy) -> bool:
    stored = tx.vacancies.of_match(vacancy.match_id)
    return stored is not None and stored.filling is None


def _close(tx: Transaction, vacancy: Vacancy, made: Made) -> None:
    if made.moved is None:
        tx.vacancies.close(vacancy, Filling.ALTERNATE, filled_by=made.match.id)
    else:
        how = Filling.EXCHANGE
        tx.vacancies.close(vacancy, how, filled_by=made.match.id, moved=made.moved.id)


def _tell_waiting(tx: Transaction, closed: Vacancy) -> None:
    need, at = tx.needs.get(closed.need_id), closed.closed_at or closed.at
    tx.notices.tell([a_notice(keeper(need), "need.no_alternate", f"need:{need.id}", at)])
