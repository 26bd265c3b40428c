"""Pairs decided between rounds belong to a standing round of their kind: no computation."""

from __future__ import annotations

import datetime as dt

from peipao.domain.records import Round, Versions
from peipao.domain.states import RoundState
from peipao.errors import AlreadyExistsError, NotFoundError
from peipao.store import Store

_PREFIX = "between-"
_NOTHING = "0" * 64


def standing_id(kind: str) -> str:
    """Return the id of the standing round of a kind."""
    return f"{_PREFIX}{kind}"


def standing_round(store: Store, kind: str, now: dt.datetime, *, by: str) -> str:
    """Return the id of the standing round of a kind, made when the first pair needs it."""
    key = standing_id(kind)
    try:
        with store.reading() as tx:
            return tx.rounds.get(key).id
    except NotFoundError:
        pass
    made = Round(
        id=key,
        kind=kind,
        created_at=now,
        created_by=by,
        seed=key,
        versions=Versions(model="-", data="-", rules="-", tables="-"),
        digest=_NOTHING,
        figures={},
        certificate={},
        state=RoundState.CLOSED,  # so that nobody can withdraw what it holds
    )
    try:
        with store.transaction(who=by, why="轮次之间的对接") as tx:
            tx.rounds.add(made)
    except AlreadyExistsError:  # somebody else was faster
        pass
    return key


def is_standing(one: Round) -> bool:
    """Tell whether a round only holds pairs that were decided between rounds."""
    return one.digest == _NOTHING
