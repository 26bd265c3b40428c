"""The life of a round after it was drafted: check, approve, publish, withdraw, close."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass

from peipao.clock import Clock
from peipao.domain.notices import STAFF, Notice, a_notice
from peipao.domain.offers import WITHDRAWN
from peipao.domain.records import Match, Need, OutcomeType, Round
from peipao.domain.states import HOLDING, RANKED, ROUND, MatchState, NeedState, RoundState
from peipao.errors import CheckFailedError, PreflightBlockedError
from peipao.store import Store, Transaction
from serving.usecases.offering import Offering
from serving.usecases.replay_round import ReplayRound

_TAKEN_BACK = {MatchState.OFFERED: MatchState.EXPIRED, MatchState.ACCEPTED: MatchState.ENDED}
"""Matches that a withdrawal takes back, and what becomes of them."""


@dataclass(frozen=True, slots=True)
class ReviewRound:
    """Moves a round through its states; each step is one transaction and one ledger entry.

    Attributes:
        replay: re-computes the round from its frozen inputs.
        offering: makes the offers of a round that is published.
    """

    store: Store
    replay: ReplayRound
    offering: Offering
    clock: Clock

    def check(self, round_id: str, *, by: str, why: str = "") -> Round:
        """Prove the draft again from its frozen inputs, and hold it against the store of today.

        Raises:
            CheckFailedError: lists everything that does not hold; the round stays a draft.
            PreflightBlockedError: nobody has answered for what preflight found.
            IllegalTransitionError: it is no draft.
        """
        with self.store.reading() as tx:
            stored = tx.rounds.get(round_id)
            ROUND.checked_move(round_id, stored.state, RoundState.CHECKED)
        self.replay(round_id)
        with self._writing(stored, by, why or "独立校验通过") as tx:
            problems = list(_changed_since(tx, tx.rounds.matches_of(round_id)))
            if problems:
                raise CheckFailedError(problems)
            open_ones = [one for one in tx.findings.of_round(round_id) if one.blocks]
            if open_ones:
                said = (f"{one.number}. {one.detail}[{one.code}]" for one in open_ones)
                raise PreflightBlockedError(round_id, said)
            return tx.rounds.move(round_id, RoundState.CHECKED)

    def approve(self, round_id: str, *, by: str, why: str = "") -> Round:
        """Approve a checked round.

        Raises:
            MakerIsCheckerError: `by` drafted it.
            IllegalTransitionError: it is not checked.
        """
        return self._moved(round_id, RoundState.APPROVED, by, why or "审批通过")

    def publish(self, round_id: str, *, by: str, why: str = "") -> Round:
        """Offer every pair of an approved round, all or none: places are taken, needs move.

        Raises:
            CapacityTakenError: a provider has fewer places left than the round gives.
            DuplicateMatchError: a pair has a match by now.
            IllegalTransitionError: the round is not approved, or a need has moved on.
        """
        stored = self._get(round_id)
        with self._writing(stored, by, why or "发布轮次") as tx:
            moved = tx.rounds.move(round_id, RoundState.PUBLISHED)
            self.offering.offer(tx, tx.rounds.matches_of(round_id))
            outcomes = tx.rounds.outcomes_of(round_id)
            paired = {one.need_id for one in outcomes if one.type is OutcomeType.PAIRED}
            needs = tx.needs.get_many([one.need_id for one in outcomes])
            _acknowledge(tx, [one for one in needs if one.state is NeedState.OPENED])
            seen = tx.needs.get_many(sorted(paired))
            tx.needs.move_many(seen, NeedState.OFFERED)
            tx.notices.tell([self._to_staff("round.published", moved, len(paired))])
            return moved

    def withdraw(self, round_id: str, *, by: str, why: str) -> Round:
        """Take back what a published round offered: places are free, needs wait again.

        A match that is in service already stays; nothing is deleted; both sides and the office are
        told. `notices` lists what had been sent.

        Raises:
            IllegalTransitionError: the round is not published.
        """
        stored = self._get(round_id)
        with self._writing(stored, by, why) as tx:
            moved = tx.rounds.move(round_id, RoundState.WITHDRAWN)
            matches = tx.rounds.matches_of(round_id)
            gone = [one for one in matches if one.state in _TAKEN_BACK]
            for state, to in _TAKEN_BACK.items():
                found = [match for match in gone if match.state is state]
                tx.matches.move_many(found, to, reason=WITHDRAWN)
            needs = _left_alone(tx, stored.kind, matches)
            tx.needs.move_many(needs, NeedState.ACKNOWLEDGED, reason=WITHDRAWN)
            tx.notices.tell([*self._to_both_sides(tx, moved, gone)])
            tx.notices.tell([self._to_staff("round.withdrawn", moved, len(gone))])
            return moved

    def notices(self, round_id: str) -> list[Notice]:
        """Return every notice about a round and its matches, by time: who was told what.

        Raises:
            NotFoundError: the round is not stored.
        """
        with self.store.reading() as tx:
            stored = tx.rounds.get(round_id)
            matches = (f"match:{one.id}" for one in tx.rounds.matches_of(round_id))
            return tx.notices.about(f"round:{stored.id}", *matches)

    def close(self, round_id: str, *, by: str, why: str = "") -> Round:
        """Close a published round; its matches go on.

        Raises:
            IllegalTransitionError: the round is not published.
        """
        return self._moved(round_id, RoundState.CLOSED, by, why or "归档轮次")

    def _moved(self, round_id: str, to: RoundState, by: str, why: str) -> Round:
        with self._writing(self._get(round_id), by, why) as tx:
            return tx.rounds.move(round_id, to)

    def _to_staff(self, event: str, one: Round, matches: int) -> Notice:
        params = {"kind": one.kind, "matches": str(matches)}
        return a_notice(STAFF, event, f"round:{one.id}", self.clock.now(), params)

    def _to_both_sides(
        self, tx: Transaction, one: Round, matches: Sequence[Match]
    ) -> Iterator[Notice]:
        needs = tx.needs.get_many([match.need_id for match in matches])
        project_of = {need.id: need.project_id for need in needs}
        at = self.clock.now()
        for match in matches:
            for to in (f"provider:{match.provider_id}", f"project:{project_of[match.need_id]}"):
                told = {"round": one.id}
                yield a_notice(to, "match.withdrawn", f"match:{match.id}", at, told)

    def _get(self, round_id: str) -> Round:
        with self.store.reading() as tx:
            return tx.rounds.get(round_id)

    def _writing(self, one: Round, by: str, why: str) -> AbstractContextManager[Transaction]:
        return self.store.transaction(who=by, why=why, versions=asdict(one.versions))


def _acknowledge(tx: Transaction, needs: Sequence[Need]) -> None:
    tx.needs.move_many(needs, NeedState.ACKNOWLEDGED)


def _changed_since(tx: Transaction, matches: Sequence[Match]) -> Iterator[str]:
    """Yield what the store says against a draft: needs that moved on, places that are gone."""
    needs = tx.needs.get_many([match.need_id for match in matches])
    for need in needs:
        if need.state not in RANKED:
            yield f"需求 {need.id} 现为 {need.state.value},不再等待配对"
    given = Counter(match.provider_id for match in matches)
    for provider in tx.providers.get_many(list(given)):
        free = provider.capacity - provider.used
        if provider.paused:
            yield f"资源方 {provider.id} 已暂停"
        if given[provider.id] > free:
            taken = given[provider.id]
            yield f"资源方 {provider.id} 只余 {max(free, 0)} 个名额,草案占用 {taken} 个"


def _left_alone(tx: Transaction, kind: str, matches: Sequence[Match]) -> list[Need]:
    """Return the needs of a withdrawn round that were offered or matched and hold nothing now."""
    served = {match.need_id for match in tx.matches.holding_of_kind(kind)}
    needs = tx.needs.get_many([m.need_id for m in matches if m.state in HOLDING])
    waiting = {NeedState.OFFERED, NeedState.MATCHED}
    return [need for need in needs if need.state in waiting and need.id not in served]
