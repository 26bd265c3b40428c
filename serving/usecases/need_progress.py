"""A need follows its matches: offered, matched, in service, and back while nothing is held."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from peipao.domain.records import Match, Need
from peipao.domain.states import HOLDING, NEED, MatchState, NeedState
from peipao.store import Transaction

_LEVELS = (
    (MatchState.ACTIVE, NeedState.IN_SERVICE),
    (MatchState.ACCEPTED, NeedState.MATCHED),
    (MatchState.OFFERED, NeedState.OFFERED),
)
_FELL_BACK = (NeedState.OFFERED, NeedState.MATCHED)


def follow(tx: Transaction, need_ids: Sequence[str], *, reason: str | None = None) -> list[Need]:
    """Move needs to where their matches are by now, step by step, and return them.

    A need whose service has begun stays in it, and one that has ended stays ended: what becomes of
    those is for its officer to say.

    Args:
        tx: in which the matches were moved.
        need_ids: the needs.
        reason: code noted in the ledger.
    """
    found = []
    for key in sorted(set(need_ids)):
        need = tx.needs.get(key)
        for state in path(need.state, target(need, tx.matches.of_need(key))):
            need = tx.needs.move_many([need], state, reason=reason)[0]
        found.append(need)
    return found


def target(need: Need, matches: Sequence[Match]) -> NeedState:
    """Return where a need belongs with these matches."""
    held = {match.state for match in matches if match.state in HOLDING}
    for match_state, need_state in _LEVELS:
        if match_state in held:
            return need_state
    return NeedState.ACKNOWLEDGED if need.state in _FELL_BACK else need.state


def path(now: NeedState, to: NeedState) -> tuple[NeedState, ...]:
    """Return the states to go through, the shortest way; empty if none leads there."""
    ways: dict[NeedState, tuple[NeedState, ...]] = {now: ()}
    queue = deque([now])
    while queue and to not in ways:
        here = queue.popleft()
        for state in NEED.moves[here]:
            if state not in ways and (state is to or not NEED.is_final(state)):
                ways[state] = (*ways[here], state)
                queue.append(state)
    return ways.get(to, ())
