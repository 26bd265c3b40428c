"""Open a call, take bids and marks, and call it off."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from peipao.clock import Clock
from peipao.domain.calls import MAX_PLAN, WHOLE, AwardRule, Bid, Call, CallState
from peipao.domain.notices import Notice, a_notice
from peipao.domain.records import Need
from peipao.domain.states import NEED
from peipao.errors import (
    CallClosedError,
    ForbiddenError,
    InvalidInputError,
    MakerIsCheckerError,
    NotEligibleError,
)
from peipao.kinds.catalogue import Catalogue
from peipao.store import Store, Transaction
from serving.usecases.exactly_once import Call as Asking
from serving.usecases.exactly_once import Reply, Writing, exactly_once, first_reply
from serving.usecases.explain_pair import ExplainPair
from serving.usecases.make_offer import places_left
from serving.usecases.writing import NewId

MAX_NEEDS, MAX_DAYS, MAX_TITLE = 500, 90, 80


@dataclass(frozen=True, slots=True)
class RunCall:
    """Everything about a call before its award.

    Attributes:
        explain: says whether a pair may be made, and why not.
    """

    store: Store
    catalogue: Catalogue
    clock: Clock
    new_id: NewId
    explain: ExplainPair

    def open(
        self,
        kind: str,
        title: str,
        need_ids: Sequence[str],
        closes_at: dt.datetime,
        rule: AwardRule,
        *,
        by: str,
        why: str = "",
    ) -> Call:
        """Put needs on a public list, with the rule by which they will be awarded.

        Args:
            kind: of the needs.
            title: Chinese, public.
            need_ids: needs with an empty place.
            closes_at: until when bids are taken.
            rule: never changed afterwards.
            by: who opens it.
            why: reason for the ledger.

        Raises:
            UnknownKindError, NotFoundError: no such kind or need.
            InvalidInputError: names the field and what would be right.
        """
        spec, now = self.catalogue[kind], self.clock.now()
        _check_words(title, closes_at, now)
        ids = tuple(sorted(set(need_ids)))
        if not 1 <= len(ids) <= MAX_NEEDS:
            raise InvalidInputError("need_ids", f"{len(ids)} 条需求", f"1 至 {MAX_NEEDS} 条")
        call = Call(self.new_id("call"), spec.name, title, now, by, closes_at, ids, rule)
        with self.store.transaction(who=by, why=why or "发榜") as tx:
            for key in ids:
                _check_need(tx, tx.needs.get(key), spec.name)
            return tx.calls.add(call)

    def bid(
        self, call_id: str, need_id: str, provider_id: str, plan: str, *, asking: Asking
    ) -> Reply:
        """Bid for a need of an open call; conflicts of interest and other exclusions are refused.

        Raises:
            NotFoundError: the call, need or provider is not stored.
            CallClosedError: it takes no bids any more.
            NotEligibleError: the pair must not be made; says why.
            AlreadyExistsError: the provider has bid for this need already.
            InvalidInputError: the need is not in the call, or the plan is empty or too long.
        """
        if not 1 <= len(plan.strip()) <= MAX_PLAN:
            raise InvalidInputError("plan", "揭榜方案长度不合适", f"1 至 {MAX_PLAN} 字")
        writing = Writing("揭榜", ["bid", call_id, need_id, provider_id, plan])

        def attempt() -> Reply:
            with self.store.reading() as tx:
                self._check_open(tx.calls.get(call_id), need_id)
            excluded = self.explain(need_id, provider_id).excluded_because
            if excluded is not None:
                raise NotEligibleError(need_id, provider_id, excluded)
            return exactly_once(self.store, asking, writing, work)

        def work(tx: Transaction) -> Mapping[str, object]:
            self._check_open(tx.calls.get(call_id), need_id)
            at, key = self.clock.now(), self.new_id("bid")
            made = Bid(key, call_id, need_id, provider_id, plan, at, asking.by)
            return told_bid(tx.bids.add(made))

        return first_reply(self.store, asking, writing, attempt)

    def withdraw(self, bid_id: str, *, asking: Asking, provider_id: str | None = None) -> Reply:
        """Take a bid back while the call is open.

        Args:
            bid_id: of the bid.
            asking: who asks.
            provider_id: whose bid it must be; None for staff.

        Raises:
            NotFoundError: the bid is not stored.
            ForbiddenError: it is somebody else's.
            CallClosedError: the call has closed.
        """

        def work(tx: Transaction) -> Mapping[str, object]:
            bid = tx.bids.get(bid_id)
            if provider_id not in {None, bid.provider_id}:
                raise ForbiddenError("provider")
            self._check_open(tx.calls.get(bid.call_id), bid.need_id)
            return told_bid(tx.bids.withdraw(bid_id))

        return exactly_once(self.store, asking, Writing("撤回揭榜", ["withdraw", bid_id]), work)

    def mark(self, bid_id: str, mark: int, *, by: str, why: str = "") -> Bid:
        """Give the plan of a bid a mark; nobody marks a bid of their own.

        Raises:
            NotFoundError: the bid is not stored.
            MakerIsCheckerError: `by` placed it.
            InvalidInputError: no mark from 0 to 100.
            CallClosedError: the award was drafted already.
        """
        if not 0 <= mark <= WHOLE:
            raise InvalidInputError("mark", f"评分 {mark} 不合适", f"0 至 {WHOLE}")
        with self.store.transaction(who=by, why=why or "评审评分") as tx:
            bid = tx.bids.get(bid_id)
            if bid.by == by:
                raise MakerIsCheckerError(bid_id, by, "揭榜意向")
            call = tx.calls.get(bid.call_id)
            if call.state is not CallState.OPEN:
                raise CallClosedError(call.id)
            return tx.bids.mark(bid_id, mark)

    def cancel(self, call_id: str, *, by: str, why: str) -> Call:
        """Call it off before it is awarded, and tell those who have bid.

        Raises:
            NotFoundError: the call is not stored.
            IllegalTransitionError: it was awarded or cancelled.
        """
        with self.store.transaction(who=by, why=why) as tx:
            cancelled = tx.calls.move(tx.calls.get(call_id), CallState.CANCELLED)
            tx.notices.tell(_of_cancelled(tx.bids.of_call(call_id), self.clock.now()))
            return cancelled

    def _check_open(self, call: Call, need_id: str) -> None:
        if call.state is not CallState.OPEN or self.clock.now() >= call.closes_at:
            raise CallClosedError(call.id)
        if need_id not in call.need_ids:
            raise InvalidInputError("need_id", f"需求 {need_id!r} 不在榜上", "榜单所列的需求")


def told_bid(bid: Bid) -> Mapping[str, object]:
    """Return what an answer to a call says about a bid."""
    return {
        "bid_id": bid.id,
        "call_id": bid.call_id,
        "need_id": bid.need_id,
        "provider_id": bid.provider_id,
        "at": bid.at.isoformat(),
        "withdrawn": bid.withdrawn_at is not None,
    }


def _of_cancelled(bids: Sequence[Bid], at: dt.datetime) -> list[Notice]:
    return [
        a_notice(
            f"provider:{bid.provider_id}",
            "bid.cancelled",
            f"bid:{bid.id}",
            at,
            {"call": bid.call_id, "need": bid.need_id},
        )
        for bid in bids
        if bid.withdrawn_at is None
    ]


def _check_words(title: str, closes_at: dt.datetime, now: dt.datetime) -> None:
    if not 1 <= len(title.strip()) <= MAX_TITLE or not title.isprintable():
        raise InvalidInputError("title", "榜单名称不合适", f"1 至 {MAX_TITLE} 字的一行文本")
    if not now < closes_at <= now + dt.timedelta(days=MAX_DAYS):
        raise InvalidInputError("closes_at", "截止时间不合适", f"今后 {MAX_DAYS} 天之内")


def _check_need(tx: Transaction, need: Need, kind: str) -> None:
    if need.kind != kind:
        raise InvalidInputError("need_ids", f"需求 {need.id} 属于 {need.kind}", f"类别 {kind}")
    if not places_left(need, tx.matches.of_need(need.id)):
        right = "有空缺名额的需求"
        raise InvalidInputError("need_ids", f"需求 {need.id} {NEED.labels[need.state]}", right)
