"""A provider takes less: a smaller load, a pause, and back to work."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from peipao.clock import Clock
from peipao.domain.notices import a_notice
from peipao.domain.offers import DECLINE_REASONS, PAUSED, SMALLER_LOAD, Side, checked_reason
from peipao.domain.records import Match, Provider
from peipao.domain.states import MatchState
from peipao.errors import InvalidInputError
from peipao.store import Store, Transaction
from serving.usecases.exactly_once import Call, Reply, Writing, exactly_once
from serving.usecases.fill_vacancies import FillVacancies
from serving.usecases.offer_events import fall_through

Work = Callable[[Transaction], Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class ChangeLoad:
    """Changes what a provider takes; offers that it has not accepted make room, nothing else.

    Attributes:
        fill: offers the places to the next in line.
    """

    store: Store
    clock: Clock
    fill: FillVacancies

    def smaller(self, provider_id: str, places: int, reason: str, *, call: Call) -> Reply:
        """Lower the capacity; open offers beyond it go on, those of least affinity first.

        What the provider has accepted stays, even beyond the new capacity.

        Raises:
            NotFoundError: the provider is not stored.
            InvalidInputError: not fewer places than now, or a reason that is none of the codes.
        """
        checked_reason(reason, "reason", DECLINE_REASONS)

        def work(tx: Transaction) -> Mapping[str, object]:
            provider = tx.providers.get(provider_id)
            if not 0 <= places < provider.capacity:
                right = f"0 至 {provider.capacity - 1};增加名额请联系专员"
                raise InvalidInputError("places", f"名额 {places} 不少于现有", right)
            return self._changed(tx, replace(provider, capacity=places), SMALLER_LOAD, reason)

        return self._written(["load", provider_id, places, reason], "减少名额", work, call)

    def pause(self, provider_id: str, reason: str, *, call: Call) -> Reply:
        """Take nothing new until further notice; all open offers not accepted go on.

        Raises:
            NotFoundError: the provider is not stored.
            UnknownValueError: the reason is none of the codes.
        """
        checked_reason(reason, "reason", DECLINE_REASONS)

        def work(tx: Transaction) -> Mapping[str, object]:
            provider = tx.providers.get(provider_id)
            return self._changed(tx, replace(provider, paused=True), PAUSED, reason)

        return self._written(["pause", provider_id, reason], "暂停接单", work, call)

    def resume(self, provider_id: str, *, call: Call) -> Reply:
        """Take needs again.

        Raises:
            NotFoundError: the provider is not stored.
        """

        def work(tx: Transaction) -> Mapping[str, object]:
            provider = tx.providers.get(provider_id)
            changed = tx.providers.update(replace(provider, paused=False))
            return _told(changed, [])

        return self._written(["resume", provider_id], "恢复接单", work, call)

    def _changed(
        self, tx: Transaction, changed: Provider, why: str, reason: str
    ) -> Mapping[str, object]:
        stored = tx.providers.update(changed)
        now = self.clock.now()
        passed_on = _to_pass_on(tx, stored)
        for match in passed_on:
            fall_through(tx, match, MatchState.DECLINED, why, said_by="provider", at=now)
        params = {"reason": reason, "places": str(stored.capacity)}
        event = f"provider.{why}"
        tx.notices.tell([a_notice("staff", event, f"provider:{stored.id}", now, params)])
        return _told(tx.providers.get(stored.id), passed_on)

    def _written(self, request: object, why: str, work: Work, call: Call) -> Reply:
        reply = exactly_once(self.store, call, Writing(why, request), work)
        if not reply.repeated:
            self.fill.soon(*json.loads(reply.body)["passed_on"])
        return reply


def _to_pass_on(tx: Transaction, provider: Provider) -> list[Match]:
    """Return the offers that make room, those of least affinity first."""
    offered = [m for m in tx.matches.of_provider(provider.id) if m.state is MatchState.OFFERED]
    answers = tx.answers.of_matches([match.id for match in offered])
    unanswered = [m for m in offered if Side.PROVIDER not in answers.get(m.id, {})]
    unanswered.sort(key=lambda match: (match.affinity, match.id))
    beyond = max(provider.used - provider.capacity, 0)
    return unanswered if provider.paused else unanswered[:beyond]


def _told(provider: Provider, passed_on: list[Match]) -> Mapping[str, object]:
    return {
        "provider_id": provider.id,
        "capacity": provider.capacity,
        "used": provider.used,
        "paused": provider.paused,
        "passed_on": [match.id for match in passed_on],
    }
