"""Awards are the best there is under the published rule, and anybody can compute them again."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import subprocess
import sys
from pathlib import Path
from random import Random
from typing import Any

import pytest

from matching import recompute
from peipao.canonical import canonical_json
from peipao.domain.calls import AwardRule, Bid, BidResult, Call
from peipao.errors import InvalidInputError
from serving.usecases.award_result import Awarded, decide_award
from serving.usecases.award_terms import AwardTerms, BidTerms, NeedTerms, ProviderTerms, floor_of

NOON = dt.datetime(2026, 3, 2, 4, 0, tzinfo=dt.UTC)


def a_bid(need: str, provider: str, *marks: int) -> Bid:
    given = {f"r{at}": mark for at, mark in enumerate(marks)}
    key = f"b-{need}-{provider}"
    return Bid(key, "c1", need, provider, "方案", NOON, "link:x", marks=given)


def terms(
    bids: list[BidTerms],
    *,
    wanted: int = 1,
    free: int = 1,
    rule: AwardRule | None = None,
    place_value: int = 50_000,
) -> AwardTerms:
    needs = sorted({one.bid.need_id for one in bids})
    providers = sorted({one.bid.provider_id for one in bids})
    call = Call("c1", "mentor", "榜", NOON, "zhao", NOON, tuple(needs), rule or AwardRule())
    return AwardTerms(
        call=call,
        place_value=place_value,
        needs=[NeedTerms(key, wanted, 30 * at) for at, key in enumerate(needs)],
        providers=[ProviderTerms(key, free, 4, at % 5) for at, key in enumerate(providers)],
        bids=sorted(bids, key=lambda one: one.bid.id),
    )


def published(given: AwardTerms, award: Awarded) -> dict[str, Any]:
    """Return the award as it is published."""
    found: dict[str, Any] = json.loads(
        canonical_json(
            {
                **given.public(),
                "seed": award.seed,
                "awarded": list(award.bids),
                "lost": [{"bid": one.bid_id, "reason": one.reason.value} for one in award.lost],
            }
        )
    )
    return found


def drawn(seed: int) -> AwardTerms:
    """Return terms with many equal scores."""
    draw = Random(seed)  # noqa: S311  no secret
    bids = [
        BidTerms(
            a_bid(f"n{n}", f"m{m}", draw.choice([0, 50, 100])), draw.choice([0, 500_000]), None
        )
        for n, m in itertools.product(range(4), range(4))
        if draw.random() < 0.7
    ]
    rule = AwardRule(50, 50, 0, 0, floor=draw.choice([1, 30]))
    bids = bids or [BidTerms(a_bid("n0", "m0", 50), 500_000, None)]
    return terms(bids, wanted=draw.randint(1, 2), free=draw.randint(1, 2), rule=rule)


def best_value(given: AwardTerms) -> int:
    """Return the greatest value by trying every set of bids."""
    scores, floor = given.scores(), floor_of(given.call.rule)
    entered = [one.bid for one in given.bids if scores[one.bid.id] >= floor]
    wanted = {one.id: one.wanted for one in given.needs}
    free = {one.id: one.free for one in given.providers}

    def tried(at: int, wants: dict[str, int], frees: dict[str, int]) -> int:
        if at == len(entered):
            return 0
        bid = entered[at]
        without = tried(at + 1, wants, frees)
        if not wants[bid.need_id] or not frees[bid.provider_id]:
            return without
        less_wanted = {**wants, bid.need_id: wants[bid.need_id] - 1}
        less_free = {**frees, bid.provider_id: frees[bid.provider_id] - 1}
        value = scores[bid.id] + given.place_value
        return max(without, value + tried(at + 1, less_wanted, less_free))

    return tried(0, wanted, free)


@pytest.mark.parametrize("seed", range(40))
def test_an_award_is_the_best_of_all_and_the_stand_alone_file_agrees(seed: int) -> None:
    given = drawn(seed)
    award = decide_award(given, "auto")
    scores = given.scores()
    assert sum(scores[key] + given.place_value for key in award.bids) == best_value(given)
    assert recompute.differences(published(given, award)) == []
    assert {*award.bids, *(one.bid_id for one in award.lost)} == {one.bid.id for one in given.bids}


def test_the_stand_alone_file_runs_with_nothing_but_python(tmp_path: Path) -> None:
    given = drawn(3)
    said = published(given, decide_award(given, "auto"))
    file = tmp_path / "award.json"
    file.write_text(json.dumps(said), encoding="utf-8")
    command = [sys.executable, "-I", "-S", recompute.__file__, str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "same award" in done.stdout


@pytest.mark.parametrize("change", ["awarded", "mark", "weight", "seed", "free"])
def test_whatever_is_changed_in_a_published_award_is_noticed(change: str) -> None:
    bids = [BidTerms(a_bid("n0", f"m{m}", 40 + m), 500_000, None) for m in range(3)]
    given = terms(bids)
    said = published(given, decide_award(given, "auto"))
    changes: dict[str, Any] = {
        "awarded": lambda: said.update(awarded=["b-n0-m0"]),
        "mark": lambda: said["bids"][0].update(marks=[100]),
        "weight": lambda: said["rule"].update(affinity=30, strength=50),
        "seed": lambda: said.update(seed="c1-again"),
        "free": lambda: said["providers"][2].update(free=0),
    }
    changes[change]()
    assert recompute.differences(said) != []


def test_every_bidder_who_loses_is_told_why() -> None:
    bids = [
        BidTerms(a_bid("n0", "m0", 90), 900_000, None),
        BidTerms(a_bid("n0", "m1", 80), 800_000, None),
        BidTerms(a_bid("n1", "m0", 70), 700_000, None),
        BidTerms(a_bid("n1", "m2", 0), 1, None),
        BidTerms(a_bid("n1", "m3", 90), 0, "资源方与项目属于同一单位,须回避"),
    ]
    award = decide_award(terms(bids), "auto")
    why = {one.bid_id: one for one in award.lost}
    assert award.bids == ("b-n0-m1", "b-n1-m0")
    assert why["b-n0-m0"].reason is BidResult.PLACES_USED
    assert why["b-n1-m2"].reason is BidResult.BELOW_FLOOR
    assert why["b-n1-m3"].words == "资源方与项目属于同一单位,须回避"
    single = decide_award(terms(bids[:2]), "auto")
    assert [(one.bid_id, one.reason) for one in single.lost] == [("b-n0-m1", BidResult.OUTSCORED)]


@pytest.mark.parametrize(
    "wrong",
    [
        {"affinity": 50},
        {"affinity": -10, "strength": 90},
        {"floor": 0},
        {"waiting_days": 0},
    ],
)
def test_a_rule_that_cannot_be_applied_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(InvalidInputError, match="rule"):
        AwardRule(**wrong)
