"""榜单: the stored calls."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import sqlalchemy as sa

from peipao.canonical import canonical_json, sha256_text
from peipao.domain.calls import CALL_LABELS, CALL_MOVES, AwardRule, Call, CallState
from peipao.errors import IllegalTransitionError
from peipao.store.adding import Shelf
from peipao.store.codec import texts_from, texts_text
from peipao.store.schema import calls
from peipao.store.versions import write_versioned
from peipao.store.work import Work


def _row(call: Call) -> dict[str, Any]:
    return {
        "id": call.id,
        "kind": call.kind,
        "title": call.title,
        "created_at": call.created_at,
        "created_by": call.created_by,
        "closes_at": call.closes_at,
        "need_ids": texts_text(call.need_ids),
        "rule": canonical_json(asdict(call.rule)),
        "state": call.state.value,
        "drafted_by": call.drafted_by,
        "award": call.award,
        "version": call.version,
    }


def _call(row: sa.Row[Any]) -> Call:
    return Call(
        id=row.id,
        kind=row.kind,
        title=row.title,
        created_at=row.created_at,
        created_by=row.created_by,
        closes_at=row.closes_at,
        need_ids=texts_from(row.need_ids),
        rule=AwardRule(**json.loads(row.rule)),
        state=CallState(row.state),
        drafted_by=row.drafted_by,
        award=row.award,
        version=row.version,
    )


_SHELF = Shelf(calls, "call", _row, _call)


@dataclass(frozen=True, slots=True)
class Calls:
    """The calls within one transaction."""

    work: Work

    def add(self, call: Call) -> Call:
        """Store a call; its rule stands in the ledger from the first day.

        Raises:
            AlreadyExistsError: the id is taken by other content.
        """
        _SHELF.put(self.work, [call])
        self.work.note(
            "call.open", "call", [call.id], rule=asdict(call.rule), needs=len(call.need_ids)
        )
        return call

    def get(self, key: str) -> Call:
        """Return one call.

        Raises:
            NotFoundError: nothing of that id is stored.
        """
        return _SHELF.get(self.work, key)

    def list(self, *, state: CallState | None = None, kind: str | None = None) -> Sequence[Call]:
        """Return calls, the latest first, of one state or kind if asked for."""
        conditions = []
        if state is not None:
            conditions.append(calls.c.state == state.value)
        if kind is not None:
            conditions.append(calls.c.kind == kind)
        query = sa.select(calls).where(*conditions)
        query = query.order_by(calls.c.created_at.desc(), calls.c.id)
        return [_call(row) for row in self.work.rows(query)]

    def move(self, call: Call, to: CallState, *, award: str | None = None) -> Call:
        """Move a call as it was read to another state; a draft brings its award.

        Raises:
            IllegalTransitionError: the state does not allow it.
            StaleWriteError: somebody else changed it in the meantime.
        """
        allowed = CALL_MOVES[call.state]
        if to not in allowed:
            now, words = _word(call.state), [_word(one) for one in allowed]
            raise IllegalTransitionError("榜单", call.id, now, _word(to), words)
        drafted = to is CallState.DRAFTED
        moved = replace(
            call,
            state=to,
            award=award if drafted else call.award,
            drafted_by=self.work.who if drafted else call.drafted_by,
        )
        row = _row(moved)
        change = {name: row[name] for name in ("state", "award", "drafted_by")}
        write_versioned(self.work, calls, [change], [call])
        digest = None if moved.award is None else sha256_text(moved.award)
        self.work.note("call.move", "call", [call.id], to=to.value, award=digest)
        return replace(moved, version=call.version + 1)


def _word(state: CallState) -> str:
    return f"{CALL_LABELS[state]}({state.value})"
