"""Award a call: one person drafts by the published rule, another publishes."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from peipao.canonical import canonical_json
from peipao.clock import Clock
from peipao.domain.calls import Bid, Call, CallState
from peipao.domain.notices import a_notice
from peipao.domain.offers import Side
from peipao.domain.records import FeedbackType, Need
from peipao.domain.working_days import minute_of
from peipao.errors import InvalidInputError, MakerIsCheckerError
from peipao.kinds.catalogue import Catalogue
from peipao.store import Store, Transaction
from serving.usecases.award_result import decide_award
from serving.usecases.award_terms import UNIT, AwardTerms, BidTerms, NeedTerms, ProviderTerms
from serving.usecases.find_next import Pick, Proposal
from serving.usecases.live_kind import LiveKind, ReadLiveKind
from serving.usecases.make_offer import MakeOffer, places_left
from serving.usecases.policy_applicants import GatherApplicants
from serving.usecases.score_pairs import Scored, city_date
from serving.usecases.standing_rounds import standing_round


@dataclass(frozen=True, slots=True)
class AwardCall:
    """Drafts and publishes awards.

    Attributes:
        make: offers what was won; a bidder has agreed by bidding.
    """

    store: Store
    catalogue: Catalogue
    read: ReadLiveKind
    applicants: GatherApplicants
    clock: Clock
    make: MakeOffer

    def draft(self, call_id: str, *, by: str, why: str = "") -> Call:
        """Freeze the bids of a call that has closed and decide who wins; nobody is told yet.

        Raises:
            NotFoundError: the call is not stored.
            IllegalTransitionError: it was awarded or cancelled.
            InvalidInputError: it has not closed, has no bid, or a bid has no mark.
            NoActiveModelError: no model was trained for the kind.
        """
        with self.store.reading() as tx:
            call = tx.calls.get(call_id)
            terms = self._terms(tx, call)
        solver = self.catalogue[call.kind].pairing.solver
        decided = decide_award(terms, solver)
        award = {
            **terms.public(),
            "seed": decided.seed,
            "awarded": list(decided.bids),
            "lost": [
                {"bid": one.bid_id, "reason": one.reason.value, "words": one.words}
                for one in decided.lost
            ],
        }
        with self.store.transaction(who=by, why=why or "拟定授榜") as tx:
            return tx.calls.move(call, CallState.DRAFTED, award=canonical_json(award))

    def publish(self, call_id: str, *, by: str, why: str = "") -> Call:
        """Offer every winner its need and tell the others why not; all or nothing.

        Raises:
            NotFoundError: the call is not stored.
            IllegalTransitionError: it has no draft.
            MakerIsCheckerError: `by` drafted it.
            CapacityTakenError, NeedFilledError, DuplicateMatchError: the world has moved on since
                the draft; draft it again.
        """
        with self.store.reading() as tx:
            call = tx.calls.get(call_id)
        if call.drafted_by == by:
            raise MakerIsCheckerError(call_id, by, "榜单")
        round_id = standing_round(self.store, call.kind, self.clock.now(), by=by)
        with self.store.transaction(who=by, why=why or "公布授榜") as tx:
            moved = tx.calls.move(call, CallState.AWARDED)
            award = json.loads(call.award or "{}")
            bids = {bid.id: bid for bid in tx.bids.of_call(call_id)}
            scores = {one["id"]: one for one in award["bids"]}
            for key in award["awarded"]:
                self._offer(tx, bids[key], scores[key], round_id, by)
            self._tell_others(tx, call, bids, award["lost"])
            return moved

    def _offer(
        self, tx: Transaction, bid: Bid, told: Mapping[str, object], round_id: str, by: str
    ) -> None:
        score, affinity = int(str(told["score"])), int(str(told["affinity"]))
        reasons = (f"揭榜得分 {score / UNIT:.4f}", f"匹配度 {affinity / UNIT:.3f}")
        pick = Pick(bid.need_id, bid.provider_id, affinity / UNIT, reasons)
        self.make(tx, Proposal(pick), round_id, by=by, agreed=Side.PROVIDER)
        now, subject = self.clock.now(), f"bid:{bid.id}"
        params = {"call": bid.call_id, "need": bid.need_id}
        to = f"provider:{bid.provider_id}"
        tx.notices.tell([a_notice(to, "bid.awarded", subject, now, params)])

    def _tell_others(
        self,
        tx: Transaction,
        call: Call,
        bids: Mapping[str, Bid],
        lost: Sequence[Mapping[str, str]],
    ) -> None:
        now = self.clock.now()
        tx.notices.tell(
            [
                a_notice(
                    f"provider:{bids[one['bid']].provider_id}",
                    "bid.lost",
                    f"bid:{one['bid']}",
                    now,
                    {"call": call.id, "need": bids[one["bid"]].need_id, "reason": one["reason"]},
                )
                for one in lost
            ]
        )

    def _terms(self, tx: Transaction, call: Call) -> AwardTerms:
        now = self.clock.now()
        if call.state is CallState.OPEN and now < call.closes_at:
            until = minute_of(call.closes_at)
            raise InvalidInputError("call", f"揭榜至 {until} 为止", "截止后再拟定授榜")
        bids = [bid for bid in tx.bids.of_call(call.id) if bid.withdrawn_at is None]
        _check_marked(bids)
        live = self.read(tx, call.kind, now)
        needs = tx.needs.get_many(sorted({bid.need_id for bid in bids}))
        projects = {one.id: one for one in tx.projects.get_many([n.project_id for n in needs])}
        asked = [(need, projects[need.project_id]) for need in needs]
        scored = live.scored(asked, self.applicants(tx, live.spec, asked, live.today))
        wanted = {need.id: places_left(need, tx.matches.of_need(need.id)) for need in needs}
        results = _results(tx, call.kind)
        return AwardTerms(
            call=call,
            place_value=round(live.spec.pairing.unmatched_penalty * UNIT),
            needs=[NeedTerms(n.id, wanted[n.id], _waited(n, now)) for n in needs],
            providers=[
                ProviderTerms(key, live.free.get(key, 0), *results.get(key, (0, 0)))
                for key in sorted({bid.provider_id for bid in bids})
            ],
            bids=[_bid_terms(live, scored, bid, wanted[bid.need_id]) for bid in bids],
        )


def _check_marked(bids: Sequence[Bid]) -> None:
    if not bids:
        raise InvalidInputError("call", "没有人揭榜", "取消榜单,或另开一期")
    unmarked = [bid.id for bid in bids if not bid.marks]
    if unmarked:
        listed = "、".join(unmarked[:20])
        raise InvalidInputError("call", f"尚有意向未评分:{listed}", "每份意向至少一名评审评分")


def _results(tx: Transaction, kind: str) -> dict[str, tuple[int, int]]:
    """Return provider id -> (accepted, met) over all its earlier matches."""
    pairs: dict[FeedbackType, set[tuple[str, str]]] = {}
    for event in tx.feedback.of_kind(kind):
        pairs.setdefault(event.type, set()).add((event.need_id, event.provider_id))
    accepted = pairs.get(FeedbackType.ACCEPTED, set())
    met = pairs.get(FeedbackType.MET, set()) & accepted
    agreed = Counter(provider for _, provider in accepted)
    seen = Counter(provider for _, provider in met)
    return {key: (number, seen[key]) for key, number in agreed.items()}


def _waited(need: Need, now: dt.datetime) -> int:
    return max((city_date(now) - city_date(need.opened_at)).days, 0)


def _bid_terms(live: LiveKind, scored: Scored, bid: Bid, wanted: int) -> BidTerms:
    if wanted == 0:
        return BidTerms(bid, 0, "该需求已无空缺")
    row = int(np.searchsorted(scored.eligibility.need_ids, bid.need_id))
    column = int(np.searchsorted(scored.eligibility.provider_ids, bid.provider_id))
    code = int(scored.eligibility.excluded_by[row, column])
    if code:
        return BidTerms(bid, 0, scored.eligibility.reasons[code - 1])
    if live.free.get(bid.provider_id, 0) == 0:
        return BidTerms(bid, 0, "资源方已无空余名额")
    table = scored.affinity
    at = np.flatnonzero((table.need == row) & (table.provider == column))
    return BidTerms(bid, round(float(table.affinity[at[0]]) * UNIT), None)
