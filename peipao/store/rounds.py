"""撮合轮次: the stored rounds with their matches and the outcome of every need."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa

from peipao.canonical import canonical_json
from peipao.domain.records import Match, Outcome, OutcomeType, Round, Versions
from peipao.domain.rounds import UNSOLVED
from peipao.domain.states import ROUND, RoundState
from peipao.errors import AlreadyExistsError, MakerIsCheckerError
from peipao.store.adding import Shelf
from peipao.store.matches import Matches
from peipao.store.schema import outcomes, rounds
from peipao.store.versions import require_version, write_versioned
from peipao.store.work import UniqueViolation, Work


def _row(one: Round) -> dict[str, Any]:
    return {
        "id": one.id,
        "kind": one.kind,
        "created_at": one.created_at,
        "created_by": one.created_by,
        "seed": one.seed,
        "versions": canonical_json(asdict(one.versions)),
        "digest": one.digest,
        "figures": canonical_json(dict(one.figures)),
        "certificate": canonical_json(dict(one.certificate)),
        "state": one.state.value,
        "approved_by": one.approved_by,
        "version": one.version,
    }


def _round(row: sa.Row[Any]) -> Round:
    return Round(
        id=row.id,
        kind=row.kind,
        created_at=row.created_at,
        created_by=row.created_by,
        seed=row.seed,
        versions=Versions(**json.loads(row.versions)),
        digest=row.digest,
        figures=json.loads(row.figures),
        certificate=json.loads(row.certificate),
        state=RoundState(row.state),
        approved_by=row.approved_by,
        version=row.version,
    )


def _outcome(row: sa.Row[Any]) -> Outcome:
    return Outcome(row.need_id, OutcomeType(row.type), row.position, row.reason, row.officer)


_SHELF = Shelf(rounds, "round", _row, _round)


@dataclass(frozen=True, slots=True)
class Rounds:
    """The rounds within one transaction."""

    work: Work

    def add(self, one: Round) -> Round:
        """Store a round without matches, such as `imported`; the very same again is harmless."""
        _SHELF.add(self.work, [one])
        return one

    def save_draft(self, one: Round, matches: Sequence[Match], needs: Sequence[Outcome]) -> Round:
        """Store a draft with its proposed matches and the outcome of every need, in one go.

        Raises:
            AlreadyExistsError: the round is stored already, or a pair or need stands twice.
            NotFoundError: a need or provider is not stored.
        """
        with self.work.all_or_nothing():
            if not _SHELF.put(self.work, [one]):
                raise AlreadyExistsError(_SHELF.title, one.id)
            Matches(self.work).put_many(matches)
            self._add_outcomes(one, needs)
        self.work.note(
            "round.draft",
            "round",
            [one.id],
            kind=one.kind,
            digest=one.digest,
            matches=len(matches),
            outcomes=len(needs),
        )
        return one

    def move(self, key: str, to: RoundState, *, version: int | None = None) -> Round:
        """Move a round to another state; who approves it is who acts in this transaction.

        Args:
            key: id of the round.
            to: the state it shall have.
            version: the version the caller saw; None accepts the stored one.

        Raises:
            IllegalTransitionError: the state does not allow it.
            MakerIsCheckerError: who drafted the round would approve it.
            StaleWriteError: somebody else changed the round in the meantime.
        """
        now = self.get(key)
        require_version(_SHELF.title, key, now.version, version)
        ROUND.checked_move(key, now.state, to)
        approver = self.work.who if to is RoundState.APPROVED else now.approved_by
        if approver == now.created_by:
            raise MakerIsCheckerError(key, now.created_by)
        change = {"state": to.value, "approved_by": approver}
        write_versioned(self.work, rounds, [change], [now])
        self.work.note("round.move", "round", [key], to=to.value, digest=now.digest)
        return dataclasses.replace(now, state=to, approved_by=approver, version=now.version + 1)

    def get(self, key: str) -> Round:
        """Return one round.

        Raises:
            NotFoundError: nothing of that id is stored.
        """
        return _SHELF.get(self.work, key)

    def matches_of(self, key: str) -> list[Match]:
        """Return the matches of a round, by id."""
        return Matches(self.work).of_round(key)

    def outcomes_of(self, key: str) -> list[Outcome]:
        """Return the outcome of every need of a round, by need id."""
        query = sa.select(outcomes).where(outcomes.c.round_id == key)
        return [_outcome(row) for row in self.work.rows(query.order_by(outcomes.c.need_id))]

    def outcomes_of_need(self, need_id: str) -> list[tuple[str, Outcome]]:
        """Return (round id, outcome) of a need over all rounds, the latest round first."""
        query = (
            sa.select(outcomes)
            .join(rounds, rounds.c.id == outcomes.c.round_id)
            .where(outcomes.c.need_id == need_id)
            .order_by(rounds.c.created_at.desc(), rounds.c.id.desc())
        )
        return [(row.round_id, _outcome(row)) for row in self.work.rows(query)]

    def _add_outcomes(self, one: Round, needs: Sequence[Outcome]) -> None:
        rows = [
            {
                "round_id": one.id,
                "need_id": outcome.need_id,
                "type": outcome.type.value,
                "position": outcome.position,
                "reason": outcome.reason,
                "officer": outcome.officer,
            }
            for outcome in needs
        ]
        try:
            self.work.insert(outcomes, rows)
        except UniqueViolation as error:
            raise AlreadyExistsError("轮次结果", one.id) from error

    def standing(self, kind: str, limit: int = 1) -> list[Round]:
        """Return the rounds of a kind that are published or closed, the latest first.

        Later is what was drafted on a later ledger line, whatever the clock said then. Rounds that
        no solver made, such as `imported-mentor`, are left out.
        """
        standing = rounds.c.state.in_([RoundState.PUBLISHED.value, RoundState.CLOSED.value])
        found = sorted(self._places(kind, standing), reverse=True)[:limit]
        by_id = {one.id: one for one in _SHELF.get_many(self.work, [key for *_, key in found])}
        return [by_id[key] for *_, key in found]

    def count_after(self, kind: str, data: str | None) -> int:
        """Return how many rounds of a kind were drafted on later data; None counts all."""
        since = -1 if data is None else int(data)
        return sum(place > since for place, _, _ in self._places(kind, sa.true()))

    def _places(
        self, kind: str, condition: sa.ColumnElement[bool]
    ) -> Iterator[tuple[int, dt.datetime, str]]:
        """Yield ledger line, time and id of the rounds of a kind that a solver drafted."""
        columns = rounds.c
        query = sa.select(columns.versions, columns.created_at, columns.id)
        unsolved = [f"{prefix}-{kind}" for prefix in UNSOLVED]
        query = query.where(columns.kind == kind, columns.id.not_in(unsolved), condition)
        for row in self.work.rows(query):
            yield int(json.loads(row.versions)["data"]), row.created_at, row.id

    def list(self, *, kind: str | None = None, limit: int = 100) -> list[Round]:
        """Return rounds, the latest first, of one kind if asked for."""
        query = sa.select(rounds).order_by(rounds.c.created_at.desc(), rounds.c.id.desc())
        if kind is not None:
            query = query.where(rounds.c.kind == kind)
        return [_round(row) for row in self.work.rows(query.limit(limit))]
