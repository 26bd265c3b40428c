"""From the terms of a call to who wins, and why the others do not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from matching.assign import assign
from matching.check import check
from matching.problem import AssignmentProblem, problem_from_affinity
from peipao.domain.calls import Bid, BidResult
from peipao.tables.pairs import AffinityTable
from serving.usecases.award_terms import UNIT, AwardTerms, floor_of


@dataclass(frozen=True, slots=True)
class Lost:
    """Why a bid was not awarded.

    Attributes:
        words: Chinese; names no other bidder.
    """

    bid_id: str
    reason: BidResult
    words: str


@dataclass(frozen=True, slots=True)
class Awarded:
    """Who wins.

    Attributes:
        bids: ids of the winning bids, sorted; lost: of the others, by id.
        seed: decided between equals.
    """

    seed: str
    bids: tuple[str, ...]
    lost: tuple[Lost, ...]


def decide_award(terms: AwardTerms, solver: str) -> Awarded:
    """Return the award of greatest total score within all places, proved by the checker.

    Raises:
        SolverFailedError, CheckFailedError: no proven optimum.
    """
    scores, seed = terms.scores(), terms.seed()
    floor = floor_of(terms.call.rule)
    entered = [one.bid for one in terms.bids if scores.get(one.bid.id, 0) >= floor]
    won: set[str] = set()
    if entered:
        problem = _problem(terms, entered, scores, seed)
        assignment = assign(problem, solver)
        check(problem, assignment).require()
        pairs = set(assignment.ids(problem))
        won = {bid.id for bid in entered if (bid.need_id, bid.provider_id) in pairs}
    lost = [_lost(terms, one.bid, one.excluded, scores, won) for one in terms.bids]
    return Awarded(seed, tuple(sorted(won)), tuple(one for one in lost if one is not None))


def _problem(
    terms: AwardTerms, entered: Sequence[Bid], scores: Mapping[str, int], seed: str
) -> AssignmentProblem:
    needs = sorted({bid.need_id for bid in entered})
    providers = sorted({bid.provider_id for bid in entered})
    ordered = sorted(entered, key=lambda bid: (bid.need_id, bid.provider_id))
    table = AffinityTable(
        need_ids=np.array(needs),
        provider_ids=np.array(providers),
        need=np.searchsorted(needs, [bid.need_id for bid in ordered]).astype(np.int32),
        provider=np.searchsorted(providers, [bid.provider_id for bid in ordered]).astype(np.int32),
        margin=np.zeros(len(ordered)),
        affinity=np.array([scores[bid.id] / UNIT for bid in ordered]),
        calibrated=False,
        model_version="award",
    )
    problem = problem_from_affinity(
        table,
        wanted={one.id: max(one.wanted, 1) for one in terms.needs if one.id in needs},
        capacity={one.id: one.free for one in terms.providers if one.id in providers},
        unmatched_penalty=terms.place_value / UNIT,
        reservation=0.0,
        seed=seed,
    )
    # The very integers of the rule, whatever the way through floating point did to them.
    exact = np.array([scores[bid.id] for bid in ordered], dtype=np.int64)
    return replace(problem, weight=exact)


def _lost(
    terms: AwardTerms, bid: Bid, excluded: str | None, scores: Mapping[str, int], won: set[str]
) -> Lost | None:
    if bid.id in won:
        return None
    if excluded is not None:
        return Lost(bid.id, BidResult.NOT_ELIGIBLE, excluded)
    own, rule = scores[bid.id], terms.call.rule
    if own < floor_of(rule):
        words = f"得分 {_shown(own)} 低于规则的下限 {rule.floor / 100:.2f}"
        return Lost(bid.id, BidResult.BELOW_FLOOR, words)
    winners = [one.bid for one in terms.bids if one.bid.id in won]
    chosen = [scores[one.id] for one in winners if one.need_id == bid.need_id]
    places = {one.id: one.wanted for one in terms.needs}[bid.need_id]
    if len(chosen) >= places and min(chosen, default=own) >= own:
        least = _shown(min(chosen, default=own))
        words = f"得分 {_shown(own)};该需求 {places} 个名额授予得分不低于 {least} 者"
        return Lost(bid.id, BidResult.OUTSCORED, words)
    used = Counter(one.provider_id for one in winners)[bid.provider_id]
    words = f"得分 {_shown(own)};您的 {used} 个空余名额已授予总分更优的需求"
    return Lost(bid.id, BidResult.PLACES_USED, words)


def _shown(score: int) -> str:
    return f"{score / UNIT:.4f}"
