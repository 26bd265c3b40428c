"""What an award rests on, in whole numbers: the published rule applied to the frozen data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction

from peipao.canonical import sha256_json, sha256_text
from peipao.domain.calls import WHOLE, AwardRule, Bid, Call

UNIT = 1_000_000
FORMAT = "peipao-award-1"


@dataclass(frozen=True, slots=True)
class NeedTerms:
    """A need of a call.

    Attributes:
        wanted: places to be filled; waited_days: whole days since it was opened.
    """

    id: str
    wanted: int
    waited_days: int


@dataclass(frozen=True, slots=True)
class ProviderTerms:
    """A bidder.

    Attributes:
        free: places that nobody holds.
        accepted, met: earlier matches that both sides accepted, and those of them that met.
    """

    id: str
    free: int
    accepted: int
    met: int


@dataclass(frozen=True, slots=True)
class BidTerms:
    """A bid with its figures.

    Attributes:
        affinity: millionths; 0 where it is excluded.
        excluded: Chinese reason why the pair must not be made; None if it may be.
    """

    bid: Bid
    affinity: int
    excluded: str | None


@dataclass(frozen=True, slots=True)
class AwardTerms:
    """Everything that decides an award; each part sorted by id.

    Attributes:
        place_value: millionths; what filling a place counts beside the score.
    """

    call: Call
    place_value: int
    needs: Sequence[NeedTerms]
    providers: Sequence[ProviderTerms]
    bids: Sequence[BidTerms]

    def scores(self) -> dict[str, int]:
        """Return bid id -> score in millionths, of the bids that are not excluded."""
        needs = {one.id: one for one in self.needs}
        providers = {one.id: one for one in self.providers}
        return {
            one.bid.id: score(
                self.call.rule, one, needs[one.bid.need_id], providers[one.bid.provider_id]
            )
            for one in self.bids
            if one.excluded is None
        }

    def public(self) -> dict[str, object]:
        """Return what is published of it, JSON values, without seed and result."""
        scores = self.scores()
        return {
            "format": FORMAT,
            "call": self.call.id,
            "kind": self.call.kind,
            "title": self.call.title,
            "closes_at": self.call.closes_at.isoformat(),
            "rule": asdict(self.call.rule),
            "place_value": self.place_value,
            "needs": [asdict(one) for one in self.needs],
            "providers": [asdict(one) for one in self.providers],
            "bids": [_published(one, scores) for one in self.bids],
        }

    def seed(self) -> str:
        """Return what decides between equals: made of the data, so that nobody can draw again."""
        return f"{self.call.id}-{sha256_json(self.public())[:32]}"


def score(rule: AwardRule, bid: BidTerms, need: NeedTerms, provider: ProviderTerms) -> int:
    """Return the score of a bid in millionths; quotients are rounded, halves to the even one."""
    marks = list(bid.bid.marks.values())
    waited = min(need.waited_days, rule.waiting_days)
    total = (
        rule.affinity * bid.affinity
        + rule.strength * _millionths(sum(marks), WHOLE * len(marks))
        + rule.results * _millionths(provider.met + 1, provider.accepted + 2)
        + rule.waiting * _millionths(waited, rule.waiting_days)
    )
    return round(Fraction(total, WHOLE))


def floor_of(rule: AwardRule) -> int:
    """Return the least score that is awarded, in millionths."""
    return rule.floor * UNIT // WHOLE


def _millionths(top: int, bottom: int) -> int:
    return round(Fraction(top * UNIT, bottom))


def _published(one: BidTerms, scores: Mapping[str, int]) -> dict[str, object]:
    bid = one.bid
    return {
        "id": bid.id,
        "need": bid.need_id,
        "provider": bid.provider_id,
        "affinity": one.affinity,
        "marks": sorted(bid.marks.values()),
        "plan_sha256": sha256_text(bid.plan),
        "excluded": one.excluded,
        "score": scores.get(bid.id),
    }
