"""What officers do with a need, and how a founder takes one back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from peipao.clock import Clock
from peipao.domain.notices import Notice, a_notice
from peipao.domain.records import Match, Need
from peipao.domain.requests import CLOSE_REASONS
from peipao.domain.states import HOLDING, MatchState, NeedState
from peipao.errors import InvalidInputError, NotFoundError, UnknownValueError
from peipao.kinds.catalogue import Catalogue
from peipao.store import Store, Transaction

WITHDRAWN = "withdrawn"
_RELEASED = {
    MatchState.OFFERED: MatchState.EXPIRED,
    MatchState.ACCEPTED: MatchState.ENDED,
    MatchState.ACTIVE: MatchState.ENDED,
}


@dataclass(frozen=True, slots=True)
class HandleNeed:
    """Moves one need; each verb is one transaction, and everybody concerned is told."""

    store: Store
    catalogue: Catalogue
    clock: Clock

    def acknowledge(self, need_id: str, *, by: str, why: str = "") -> Need:
        """Note that somebody has looked at the need.

        Raises:
            NotFoundError: it is not stored.
            IllegalTransitionError: it is not newly opened.
        """
        with self.store.transaction(who=by, why=why or "受理需求") as tx:
            return tx.needs.move(need_id, NeedState.ACKNOWLEDGED)

    def refer(self, need_id: str, officer: str | None = None, *, by: str, why: str = "") -> Need:
        """Give the need to a named officer, who sees to it in person; this is a response.

        Args:
            need_id: of the need.
            officer: who takes it; None is the one who owns it.
            by: account.
            why: reason for the ledger.

        Raises:
            NotFoundError: need or officer is not stored.
            InvalidInputError: the officer is of another kind or paused, or nobody owns the need.
            IllegalTransitionError: the need is at its end.
        """
        with self.store.transaction(who=by, why=why or "转服务专员") as tx:
            return refer(tx, self.catalogue, self.clock, tx.needs.get(need_id), officer)

    def resolve(self, need_id: str, *, by: str, why: str = "") -> Need:
        """Note that the need was served; its matches end and their places are free.

        Raises:
            IllegalTransitionError: it is not in service.
        """
        with self.store.transaction(who=by, why=why or "办结需求") as tx:
            moved = tx.needs.move(need_id, NeedState.RESOLVED)
            _let_go(tx, moved, "resolved", self.clock)
            return moved

    def close(self, need_id: str, reason: str, *, by: str, why: str = "") -> Need:
        """Close a need that will not be served; its matches end.

        Raises:
            UnknownValueError: the reason is none of `CLOSE_REASONS`.
            IllegalTransitionError: it is at its end already.
        """
        if reason not in CLOSE_REASONS:
            raise UnknownValueError("need.reason", reason[:40], CLOSE_REASONS)
        return self._closed(need_id, reason, None, by, why or "关闭需求")

    def withdraw(self, need_id: str, *, project_id: str, by: str, why: str = "") -> Need:
        """Take a need back for its project.

        Raises:
            NotFoundError: the project has no such need.
            IllegalTransitionError: it is at its end already.
        """
        return self._closed(need_id, WITHDRAWN, project_id, by, why or "项目撤回需求")

    def hand_over(self, need_id: str, officer: str, *, by: str, why: str = "") -> Need:
        """Give the need and its open steps to another officer.

        Raises:
            NotFoundError: need or officer is not stored.
            InvalidInputError: the officer is of another kind or paused.
        """
        with self.store.transaction(who=by, why=why or "更换经办专员") as tx:
            need = tx.needs.get(need_id)
            if need.owner == officer:
                return need
            named = tx.needs.update(replace(need, owner=_named(tx, self.catalogue, officer)))
            tx.notices.tell(_of_new_owner(named, self.clock))
            return named

    def _closed(self, need_id: str, reason: str, project_id: str | None, by: str, why: str) -> Need:
        with self.store.transaction(who=by, why=why) as tx:
            need = tx.needs.get(need_id)
            if project_id not in {None, need.project_id}:
                raise NotFoundError("需求", need_id)  # nothing is told about others' needs
            moved = tx.needs.move_many([need], NeedState.CLOSED, reason=reason)[0]
            _let_go(tx, moved, f"need-{reason}", self.clock)
            return moved


def refer(
    tx: Transaction, catalogue: Catalogue, clock: Clock, need: Need, officer: str | None
) -> Need:
    """Refer a need to an officer within a transaction.

    Raises: as `HandleNeed.refer`.
    """
    chosen = officer or need.owner
    if chosen is None:
        raise InvalidInputError("need.owner", "需求没有经办专员", "给出服务专员编号")
    owned = need
    if chosen != need.owner:
        owned = tx.needs.update(replace(need, owner=_named(tx, catalogue, chosen)))
    moved = tx.needs.move_many([owned], NeedState.REFERRED)[0]
    _let_go(tx, moved, "need-referred", clock)
    return moved


def _named(tx: Transaction, catalogue: Catalogue, officer: str) -> str:
    kind, found = catalogue.owner_kind(), tx.providers.get(officer)
    if kind is None or found.kind != kind.name or found.paused:
        label = "服务专员" if kind is None else kind.label
        raise InvalidInputError("need.owner", f"{officer} 不能经办需求", f"在岗的{label}编号")
    return found.id


def _let_go(tx: Transaction, need: Need, reason: str, clock: Clock) -> None:
    """End the matches of a need that hold a place, and tell their providers."""
    held = [one for one in tx.matches.of_need(need.id) if one.state in HOLDING]
    for state, to in _RELEASED.items():
        ended = [one for one in held if one.state is state]
        if ended:
            tx.matches.move_many(ended, to, reason=reason)
    tx.notices.tell(_of_ended(held, need, reason, clock))


def _of_ended(held: Sequence[Match], need: Need, reason: str, clock: Clock) -> list[Notice]:
    params = {"need": need.id, "reason": reason}
    return [
        a_notice(
            f"provider:{one.provider_id}", "match.ended", f"match:{one.id}", clock.now(), params
        )
        for one in held
    ]


def _of_new_owner(need: Need, clock: Clock) -> list[Notice]:
    params = {"owner": need.owner or "", "version": str(need.version)}
    return [
        a_notice(to, "need.owner_changed", f"need:{need.id}", clock.now(), params)
        for to in (f"project:{need.project_id}", f"officer:{need.owner}")
    ]
