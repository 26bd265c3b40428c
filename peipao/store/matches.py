"""对接: the stored matches; the only place where places of providers are taken and released."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from peipao.domain.records import Match
from peipao.domain.states import HOLDING, MATCH, MatchState
from peipao.errors import CapacityTakenError, DuplicateMatchError
from peipao.store.adding import Shelf
from peipao.store.codec import texts_from, texts_text
from peipao.store.failures import Violation, violation
from peipao.store.schema import matches, needs, providers
from peipao.store.versions import require_version, write_versioned
from peipao.store.work import Work, chunks


def _row(match: Match) -> dict[str, Any]:
    return {
        "id": match.id,
        "round_id": match.round_id,
        "need_id": match.need_id,
        "provider_id": match.provider_id,
        "affinity": match.affinity,
        "reasons": texts_text(match.reasons),
        "state": match.state.value,
        "ended_reason": match.ended_reason,
        "answer_by": match.answer_by,
        "instead_of": match.instead_of,
        "version": match.version,
        "since": match.since,
    }


def _match(row: sa.Row[Any]) -> Match:
    return Match(
        id=row.id,
        round_id=row.round_id,
        need_id=row.need_id,
        provider_id=row.provider_id,
        affinity=row.affinity,
        reasons=texts_from(row.reasons),
        state=MatchState(row.state),
        ended_reason=row.ended_reason,
        answer_by=row.answer_by,
        instead_of=row.instead_of,
        version=row.version,
        since=row.since,
    )


_SHELF = Shelf(matches, "match", _row, _match)
_HELD = [state.value for state in HOLDING]
_MOVED = ("state", "ended_reason", "answer_by")


def _of_kind(kind: str) -> sa.ColumnElement[bool]:
    return matches.c.need_id.in_(sa.select(needs.c.id).where(needs.c.kind == kind))


@dataclass(frozen=True, slots=True)
class Matches:
    """The matches within one transaction."""

    work: Work

    def add(self, match: Match) -> Match:
        """Store a match; one in a state that holds a place takes it, as an imported one may.

        Raises:
            AlreadyExistsError: the id, or the pair in this round, is taken.
            CapacityTakenError: the provider has no free place.
            DuplicateMatchError: the pair has a match that holds a place.
        """
        self.add_many([match])
        return match

    def add_many(self, records: Sequence[Match]) -> int:
        """Store matches, all or none, one ledger line in all; return how many were new."""
        fresh = self.put_many(records)
        self.work.note("match.add", "match", [match.id for match in fresh])
        return len(fresh)

    def put_many(self, records: Sequence[Match]) -> Sequence[Match]:
        """Do as `add_many`, but leave the ledger line to the caller; return the new ones."""
        with self.work.all_or_nothing():
            self._require_unheld([match for match in records if match.state in HOLDING])
            fresh = _SHELF.put(self.work, records)
            self._take_places([match for match in fresh if match.state in HOLDING])
        return fresh

    def offer(self, match: Match) -> Match:
        """Offer a stored, proposed match: take a place of the provider, or refuse.

        Raises:
            CapacityTakenError: the provider has no free place.
            DuplicateMatchError: the pair has a match that holds a place.
            IllegalTransitionError: the match is not proposed.
            StaleWriteError: it was changed since it was read.
        """
        return self.move_many([match], MatchState.OFFERED)[0]

    def move(
        self, key: str, to: MatchState, *, version: int | None = None, reason: str | None = None
    ) -> Match:
        """Move a match to another state; takes or releases a place where the state says so.

        Args:
            key: id of the match.
            to: the state it shall have.
            version: the version the caller saw; None accepts the stored one.
            reason: why it was declined, expired or ended; a code or a fixed sentence.

        Raises:
            IllegalTransitionError: the state does not allow it.
            StaleWriteError: somebody else changed the match in the meantime.
        """
        match = self.get(key)
        require_version(_SHELF.title, key, match.version, version)
        return self.move_many([match], to, reason=reason)[0]

    def move_many(
        self,
        records: Sequence[Match],
        to: MatchState,
        *,
        reason: str | None = None,
        answer_by: dt.datetime | None = None,
    ) -> list[Match]:
        """Move matches, all or none, with one ledger line; the records are as they were read.

        Args:
            records: the matches.
            to: the state they shall have.
            reason: why they were declined, expired or ended.
            answer_by: until when an offer is to be answered; None leaves the stored times.
        """
        for match in records:
            MATCH.checked_move(match.id, match.state, to)
        ended = reason if MATCH.is_final(to) else None
        moved = [
            replace(match, state=to, ended_reason=ended, answer_by=answer_by or match.answer_by)
            for match in records
        ]
        with self.work.all_or_nothing():
            self._write(records, moved)
            # Last, as everybody who wants this provider waits for the end of this transaction.
            if to in HOLDING:
                self._take_places([match for match in records if match.state not in HOLDING])
            else:
                self._release_places([match for match in records if match.state in HOLDING])
        ids = [match.id for match in records]
        self.work.note("match.move", "match", ids, to=to.value, reason=reason)
        return [replace(match, version=match.version + 1) for match in moved]

    def touch(self, match: Match) -> Match:
        """Let the version of a match grow by one, so that whoever else saw it must look again.

        Raises:
            StaleWriteError: somebody else changed it since it was read.
        """
        write_versioned(self.work, matches, [{"state": match.state.value}], [match])
        return replace(match, version=match.version + 1)

    def overdue(self, now: dt.datetime) -> list[Match]:
        """Return the offers whose time to answer is over, by id."""
        offered = matches.c.state == MatchState.OFFERED.value
        return _SHELF.select(self.work, offered, matches.c.answer_by <= now)

    def page(
        self,
        *,
        state: MatchState | None = None,
        kind: str | None = None,
        limit: int = 100,
        after: str = "",
    ) -> list[Match]:
        """Return matches by id, of one state or kind if asked for, from the one behind `after`."""
        conditions = [matches.c.id > after]
        if state is not None:
            conditions.append(matches.c.state == state.value)
        if kind is not None:
            conditions.append(_of_kind(kind))
        query = sa.select(matches).where(*conditions).order_by(matches.c.id).limit(limit)
        return [_match(row) for row in self.work.rows(query)]

    def get(self, key: str) -> Match:
        """Return one match.

        Raises:
            NotFoundError: nothing of that id is stored.
        """
        return _SHELF.get(self.work, key)

    def get_many(self, keys: Sequence[str]) -> list[Match]:
        """Return the stored ones among the ids, by id."""
        return _SHELF.get_many(self.work, keys)

    def of_round(self, round_id: str) -> list[Match]:
        """Return the matches of a round, by id."""
        return _SHELF.select(self.work, matches.c.round_id == round_id)

    def of_need(self, need_id: str) -> list[Match]:
        """Return the matches of a need over all rounds, by id."""
        return _SHELF.equal(self.work, need_id=need_id)

    def of_provider(self, provider_id: str) -> list[Match]:
        """Return the matches of a provider over all rounds, by id."""
        return _SHELF.select(self.work, matches.c.provider_id == provider_id)

    def of_kind(self, kind: str) -> list[Match]:
        """Return the matches of a kind over all rounds, whatever their state, by id."""
        return _SHELF.select(self.work, _of_kind(kind))

    def holding_of_kind(self, kind: str) -> list[Match]:
        """Return the matches of a kind that hold a place now, by id."""
        return _SHELF.select(self.work, matches.c.state.in_(_HELD), _of_kind(kind))

    def count(self) -> int:
        """Return how many matches are stored."""
        return self.work.count(matches)

    def _write(self, records: Sequence[Match], moved: Sequence[Match]) -> None:
        changes = [{name: _row(match)[name] for name in _MOVED} for match in moved]
        try:
            with self.work.all_or_nothing():
                write_versioned(self.work, matches, changes, records)
        except IntegrityError as error:
            if violation(error) is not Violation.UNIQUE:
                raise
            self._require_unheld(records)
            first = min((match.need_id, match.provider_id) for match in records)
            raise DuplicateMatchError(*first) from error

    def _require_unheld(self, records: Sequence[Match]) -> None:
        wanted = Counter((match.need_id, match.provider_id) for match in records)
        twice = [pair for pair, times in wanted.items() if times > 1]
        held = [pair for pair in self._held_pairs(records) if pair in wanted]
        if twice or held:
            raise DuplicateMatchError(*min(twice + held))

    def _held_pairs(self, records: Sequence[Match]) -> list[tuple[str, str]]:
        columns = matches.c
        held = sa.select(columns.id, columns.need_id, columns.provider_id)
        held = held.where(columns.state.in_(_HELD))
        own = {match.id for match in records}
        return [
            (row.need_id, row.provider_id)
            for chunk in chunks({match.need_id for match in records})
            for row in self.work.rows(held.where(columns.need_id.in_(chunk)))
            if row.id not in own
        ]

    def _take_places(self, records: Sequence[Match]) -> None:
        # Checked and taken in one statement: a check beforehand would let two in at once. In the
        # order of the ids, so that two transactions never wait for each other.
        places = sorted(Counter(match.provider_id for match in records).items())
        taken = (
            sa.update(providers)
            .where(
                providers.c.id == sa.bindparam("key"),
                providers.c.used + sa.bindparam("places") <= providers.c.capacity,
            )
            .values(used=providers.c.used + sa.bindparam("places"))
        )
        rows = [{"key": key, "places": number} for key, number in places]
        if not self.work.write_all(taken, rows):
            raise CapacityTakenError(self._first_full(places))

    def _first_full(self, places: Sequence[tuple[str, int]]) -> str:
        wanted = dict(places)
        query = sa.select(providers.c.id, providers.c.used, providers.c.capacity)
        return min(
            (
                row.id
                for chunk in chunks(wanted)
                for row in self.work.rows(query.where(providers.c.id.in_(chunk)))
                if row.used + wanted[row.id] > row.capacity
            ),
            default=places[0][0],
        )

    def _release_places(self, records: Sequence[Match]) -> None:
        places = sorted(Counter(match.provider_id for match in records).items())
        released = (
            sa.update(providers)
            .where(providers.c.id == sa.bindparam("key"))
            .values(used=providers.c.used - sa.bindparam("places"))
        )
        self.work.write(released, [{"key": key, "places": number} for key, number in places])
