"""The state machines of need, round and match: one table each, enforced in one place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from peipao.errors import IllegalTransitionError


class NeedState(StrEnum):
    """Where a need stands."""

    OPENED = "opened"
    ACKNOWLEDGED = "acknowledged"
    OFFERED = "offered"
    MATCHED = "matched"
    IN_SERVICE = "in_service"
    RESOLVED = "resolved"
    CLOSED = "closed"
    REFERRED = "referred"


class RoundState(StrEnum):
    """Where a round stands."""

    DRAFT = "draft"
    CHECKED = "checked"
    APPROVED = "approved"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"


class MatchState(StrEnum):
    """Where a match stands."""

    PROPOSED = "proposed"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    ACTIVE = "active"
    ENDED = "ended"


S = TypeVar("S", NeedState, RoundState, MatchState)


@dataclass(frozen=True, slots=True)
class Machine(Generic[S]):
    """A state machine as a table.

    Attributes:
        name: the Chinese noun used in errors.
        start: the state of a new record.
        moves: state -> states that may follow; a state with none is final.
        labels: state -> Chinese word.
    """

    name: str
    start: S
    moves: Mapping[S, tuple[S, ...]]
    labels: Mapping[S, str]

    def checked_move(self, key: str, now: S, to: S) -> S:
        """Return `to` if it may follow `now`.

        Raises:
            IllegalTransitionError: it may not; the message lists what may.
        """
        allowed = self.moves[now]
        if to not in allowed:
            words = (self.word(state) for state in allowed)
            raise IllegalTransitionError(self.name, key, self.word(now), self.word(to), words)
        return to

    def word(self, state: S) -> str:
        """Return the Chinese word of a state with its code, such as `草案(draft)`."""
        return f"{self.labels[state]}({state.value})"

    def is_final(self, state: S) -> bool:
        """Tell whether nothing may follow the state."""
        return not self.moves[state]


_N, _R, _M = NeedState, RoundState, MatchState

NEED = Machine(
    name="需求",
    start=_N.OPENED,
    moves={
        _N.OPENED: (_N.ACKNOWLEDGED, _N.CLOSED, _N.REFERRED),
        _N.ACKNOWLEDGED: (_N.OFFERED, _N.CLOSED, _N.REFERRED),
        _N.OFFERED: (_N.MATCHED, _N.ACKNOWLEDGED, _N.CLOSED, _N.REFERRED),
        _N.MATCHED: (_N.IN_SERVICE, _N.ACKNOWLEDGED, _N.CLOSED, _N.REFERRED),
        _N.IN_SERVICE: (_N.RESOLVED, _N.CLOSED, _N.REFERRED),
        _N.RESOLVED: (),
        _N.CLOSED: (),
        _N.REFERRED: (),
    },
    labels={
        _N.OPENED: "已提出",
        _N.ACKNOWLEDGED: "已受理",
        _N.OFFERED: "已推荐",
        _N.MATCHED: "已对接",
        _N.IN_SERVICE: "服务中",
        _N.RESOLVED: "已办结",
        _N.CLOSED: "已关闭",
        _N.REFERRED: "已转专员",
    },
)

ROUND = Machine(
    name="撮合轮次",
    start=_R.DRAFT,
    moves={
        _R.DRAFT: (_R.CHECKED,),
        _R.CHECKED: (_R.APPROVED,),
        _R.APPROVED: (_R.PUBLISHED,),
        _R.PUBLISHED: (_R.WITHDRAWN, _R.CLOSED),
        _R.WITHDRAWN: (),
        _R.CLOSED: (),
    },
    labels={
        _R.DRAFT: "草案",
        _R.CHECKED: "已检",
        _R.APPROVED: "已批",
        _R.PUBLISHED: "已发布",
        _R.WITHDRAWN: "已撤回",
        _R.CLOSED: "已归档",
    },
)

MATCH = Machine(
    name="对接",
    start=_M.PROPOSED,
    moves={
        _M.PROPOSED: (_M.OFFERED,),
        _M.OFFERED: (_M.ACCEPTED, _M.DECLINED, _M.EXPIRED),
        # A round can be withdrawn after acceptance and before service began.
        _M.ACCEPTED: (_M.ACTIVE, _M.ENDED),
        _M.ACTIVE: (_M.ENDED,),
        _M.DECLINED: (),
        _M.EXPIRED: (),
        _M.ENDED: (),
    },
    labels={
        _M.PROPOSED: "拟对接",
        _M.OFFERED: "待确认",
        _M.ACCEPTED: "已接受",
        _M.DECLINED: "已谢绝",
        _M.EXPIRED: "已过期",
        _M.ACTIVE: "陪跑中",
        _M.ENDED: "已结束",
    },
)

HOLDING = (_M.OFFERED, _M.ACCEPTED, _M.ACTIVE)
"""Match states that hold a place of the provider and forbid a second match of the same pair."""

RANKED = (_N.OPENED, _N.ACKNOWLEDGED)
"""Need states that enter a round: opened or acknowledged, nothing offered yet."""
