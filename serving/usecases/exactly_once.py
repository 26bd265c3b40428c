"""A write that has its effect once, however often it is sent; overtaken, it looks again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from peipao.canonical import canonical_json, sha256_json
from peipao.errors import InvalidInputError, PeipaoError, StaleWriteError
from peipao.store import Once, Store, Transaction

TRIES = 6
"""How often a write looks again; each time somebody else was faster, so the work goes on."""

MAX_KEY = 64


@dataclass(frozen=True, slots=True)
class Call:
    """Who asks for a write, and under which idempotency key.

    Attributes:
        by: the account or link; stands in the ledger.
        why: reason for the ledger; empty takes the use case's own words.
        key: idempotency key chosen by the caller; None where each call counts.
    """

    by: str
    why: str = ""
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What a write answered.

    Attributes:
        body: canonical JSON; the very same bytes whenever the call is repeated.
        repeated: whether the effect is of an earlier call.
    """

    body: str
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Writing:
    """What a write is about.

    Attributes:
        why: words for the ledger where the caller gave none.
        request: what is asked for, JSON values; a key sent again with another is refused.
        versions: on what it rests.
    """

    why: str
    request: object
    versions: Mapping[str, str] = field(default_factory=dict)


def exactly_once(
    store: Store, call: Call, writing: Writing, work: Callable[[Transaction], Mapping[str, object]]
) -> Reply:
    """Do the work in one transaction with its reply; a call sent again gets the first reply.

    Args:
        store: where the work is done.
        call: who asks.
        writing: what for.
        work: returns what to answer, JSON values. Called again if somebody else was faster.

    Raises:
        KeyReusedError: the key was used for something else.
        InvalidInputError: the key is no short line of printable characters.
        StaleWriteError: overtaken again and again.
    """
    once = _once(call, writing)
    for _ in range(TRIES - 1):
        try:
            return _tried(store, call, writing, work, once)
        except StaleWriteError:
            continue
    return _tried(store, call, writing, work, once)


def first_reply(store: Store, call: Call, writing: Writing, attempt: Callable[[], Reply]) -> Reply:
    """Answer a call that looks around before its transaction begins; sent again, as at first.

    Args:
        store: where the work is done.
        call: who asks.
        writing: what for.
        attempt: refuses what cannot be, and ends in `exactly_once` with the same call.

    Raises:
        KeyReusedError: the key was used for something else.
        PeipaoError: the attempt was refused, and the call had not been answered before.
    """
    kept = _kept(store, call, writing)
    if kept is not None:
        return kept
    try:
        return attempt()
    except PeipaoError:
        # Of two that were sent at once, the other may have made what now stands in the way.
        kept = _kept(store, call, writing)
        if kept is None:
            raise
        return kept


def _kept(store: Store, call: Call, writing: Writing) -> Reply | None:
    once = _once(call, writing)
    if once is None:
        return None
    with store.reading() as tx:
        body = tx.replies.find(once)
    return None if body is None else Reply(body, repeated=True)


def _tried(
    store: Store,
    call: Call,
    writing: Writing,
    work: Callable[[Transaction], Mapping[str, object]],
    once: Once | None,
) -> Reply:
    why = call.why or writing.why
    with store.transaction(who=call.by, why=why, versions=writing.versions) as tx:
        kept = None if once is None else tx.replies.reserve(once)
        if kept is not None:
            return Reply(kept, repeated=True)
        body = canonical_json(dict(work(tx)))
        if once is not None:
            tx.replies.keep(once, body)
    return Reply(body)


def _once(call: Call, writing: Writing) -> Once | None:
    if call.key is None:
        return None
    if not (1 <= len(call.key) <= MAX_KEY and call.key.isascii() and call.key.isprintable()):
        raise InvalidInputError(
            "header.Idempotency-Key", "幂等键不合适", f"1 至 {MAX_KEY} 个可见的 ASCII 字符"
        )
    return Once(call.by, call.key, sha256_json([writing.request, call.why]))
