"""A wrong run is stopped before anybody is told of it, and a right one is not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from trained_city import NOW, Wired

from benchmarks.spoilt_sheets import SLIPS, Pairs, eligible_pairs, honest, one_district_off, terms
from peipao.domain.states import NeedState
from peipao.errors import IllegalTransitionError, InvalidInputError, PreflightBlockedError
from serving.usecases.round_terms import NO_TERMS, RoundTerms
from serving.wiring import Peipao

KIND = "mentor"


def codes(peipao: Peipao, key: str) -> set[str]:
    return {one.code for one in peipao.override_finding.list(key)}


def drafted(peipao: Peipao, what: RoundTerms = NO_TERMS) -> str:
    return peipao.run_round(KIND, by="zhao", terms=what)


def publish(peipao: Peipao, key: str) -> None:
    for one in peipao.override_finding.list(key):
        peipao.override_finding(key, one.number, by="li", why="已经核对")
    peipao.review_round.check(key, by="zhao")
    peipao.review_round.approve(key, by="li")
    peipao.review_round.publish(key, by="li")


@pytest.fixture(scope="module")
def pairs(steady: Peipao) -> Pairs:
    return eligible_pairs(steady)


def test_a_round_of_an_ordinary_city_has_no_findings(drafts: Peipao) -> None:
    assert codes(drafts, drafted(drafts)) == set()


def test_the_rounds_after_a_published_one_have_no_findings(peipao: Peipao) -> None:
    key = drafted(peipao)
    publish(peipao, key)
    assert codes(peipao, drafted(peipao)) == set()
    peipao.review_round.withdraw(key, by="li", why="重来")
    assert codes(peipao, drafted(peipao)) == set()


@pytest.mark.parametrize("number", range(3))
def test_an_honest_table_of_scores_is_let_through(
    drafts: Peipao, pairs: Pairs, number: int
) -> None:
    sheet = honest(pairs, np.random.default_rng(number))
    assert codes(drafts, drafted(drafts, terms(sheet))) == set()


@pytest.mark.parametrize("slip", SLIPS)
def test_a_table_of_scores_that_slipped_is_stopped(drafts: Peipao, pairs: Pairs, slip: str) -> None:
    dice = np.random.default_rng(7)
    sheet = SLIPS[slip](honest(pairs, dice), dice)
    if slip == "ids that lost their precision":
        with pytest.raises(InvalidInputError):
            drafted(drafts, replace(terms(sheet), pins=(("n-p0001-mentor", "m0001"),)))
    key = drafted(drafts, terms(sheet))
    assert codes(drafts, key)
    with pytest.raises(PreflightBlockedError):
        drafts.review_round.check(key, by="zhao")


def test_a_district_that_scores_itself_up_is_named(drafts: Peipao, pairs: Pairs) -> None:
    snapshots, spec = drafts.run_round.snapshots, drafts.catalogue[KIND]
    asked = snapshots(spec).asked
    district = {need.id: str(project.attributes["district"]) for need, project in asked}
    dice = np.random.default_rng(3)
    spoil = one_district_off(district, "huangdao")
    key = drafted(drafts, terms(spoil(honest(pairs, dice), dice)))
    assert "scores-district" in codes(drafts, key)


def test_the_table_of_a_published_round_is_known_when_it_comes_again(
    peipao: Peipao, pairs: Pairs
) -> None:
    sheet = honest(pairs, np.random.default_rng(1))
    key = drafted(peipao, terms(sheet))
    publish(peipao, key)
    again = peipao.review_round.withdraw
    assert "scores-again" in codes(peipao, drafted(peipao, terms(sheet)))
    again(key, by="li", why="数据有误")
    assert "scores-again" not in codes(peipao, drafted(peipao, terms(sheet)))


def test_a_round_by_a_table_pairs_by_its_scores_alone(drafts: Peipao, pairs: Pairs) -> None:
    sheet = honest(pairs, np.random.default_rng(2))
    key = drafted(drafts, terms(sheet))
    scores = dict(
        zip(zip(sheet.need_ids, sheet.provider_ids, strict=True), sheet.scores, strict=True)
    )
    made = drafts.show_rounds.matches(key).matches
    assert made
    assert all(
        one.affinity == pytest.approx(scores[one.need_id, one.provider_id], abs=2e-6)
        for one in made
    )
    assert drafts.show_rounds.one(key).certificate["scores"] == sheet.hash()
    assert drafts.replay_round(key).digest == drafts.show_rounds.one(key).digest


def test_a_seed_that_the_maker_chose_has_to_be_answered_for(drafts: Peipao) -> None:
    key = drafts.run_round(KIND, by="zhao", seed="我喜欢的")
    assert codes(drafts, key) == {"stated-seed"}


def change_providers(peipao: Peipao, changed: Callable[[int], dict[str, object]]) -> None:
    with peipao.store.transaction(who="tests", why="改名册") as tx:
        for at, one in enumerate(tx.providers.of_kind(KIND)):
            tx.providers.update(replace(one, **changed(at)))  # type: ignore[arg-type]


def test_places_that_multiply_over_night_are_found(peipao: Peipao) -> None:
    publish(peipao, drafted(peipao))
    change_providers(peipao, lambda _at: {"capacity": 9})
    assert "places-changed" in codes(peipao, drafted(peipao))


def test_a_roster_whose_validity_is_over_is_last_year_s(peipao: Peipao) -> None:
    over = NOW.date() - dt.timedelta(days=30)
    change_providers(peipao, lambda at: {"valid_to": over} if at % 4 else {})
    assert "roster-expired" in codes(peipao, drafted(peipao))


def test_the_roster_of_two_rounds_ago_is_recognised(peipao: Peipao, wired: Wired) -> None:
    with peipao.store.reading() as tx:
        before = {one.id: one.capacity for one in tx.providers.of_kind(KIND)}
    publish(peipao, drafted(peipao))
    change_providers(peipao, lambda at: {"capacity": 3} if at < 2 else {})
    later = wired(peipao.settings.home, at=NOW + dt.timedelta(days=1))
    publish(later, drafted(later))
    change_providers(later, lambda at: {"capacity": before[sorted(before)[at]]})
    last = wired(peipao.settings.home, at=NOW + dt.timedelta(days=2))
    with last.store.transaction(who="tests", why="新需求") as tx:
        needs = tx.needs.of_kind(KIND)[:3]
        fresh = [replace(n, id=f"x-{n.id}", state=NeedState.OPENED) for n in needs]
        tx.needs.add_many(fresh)
    assert "roster-of-before" in codes(last, drafted(last))


def test_a_roster_that_was_put_in_twice_is_found(peipao: Peipao) -> None:
    with peipao.store.transaction(who="tests", why="重复导入") as tx:
        twice = [replace(one, id=f"x-{one.id}", used=0) for one in tx.providers.of_kind(KIND)]
        tx.providers.add_many(twice)
    assert "duplicate-providers" in codes(peipao, drafted(peipao))


def test_an_override_needs_a_reason_and_opens_the_way(peipao: Peipao) -> None:
    key = peipao.run_round(KIND, by="zhao", seed="某期摇奖号码")
    with pytest.raises(PreflightBlockedError, match="stated-seed"):
        peipao.review_round.check(key, by="zhao")
    with pytest.raises(InvalidInputError, match="原因"):
        peipao.override_finding(key, 1, by="li", why=" ")
    done = peipao.override_finding(key, 1, by="li", why="号码已在会上公布")
    assert (done.overridden_by, done.override_reason) == ("li", "号码已在会上公布")
    peipao.review_round.check(key, by="zhao")
    with pytest.raises(IllegalTransitionError):
        peipao.override_finding(key, 1, by="wang", why="为时已晚")
    with peipao.store.reading() as tx:
        lines = [(one.verb, one.who, one.why) for one in tx.ledger.about(f"round:{key}")]
    assert ("round.override", "li", "号码已在会上公布") in lines


def test_where_conflicts_must_be_known_an_unknown_employer_blocks(
    home: Path, tmp_path: Path
) -> None:
    import peipao.kinds as kinds_package
    from peipao.clock import FixedClock
    from peipao.config import Settings
    from serving.wiring import wire

    stock = Path(str(kinds_package.__file__)).parent / "mentor.toml"
    folder = tmp_path / "kinds"
    folder.mkdir()
    text = stock.read_text(encoding="utf-8") + "conflicts_known = true\n"
    (folder / "mentor.toml").write_text(text, encoding="utf-8")
    peipao = wire(Settings(home=home, kinds_dir=folder), FixedClock(NOW))
    found = peipao.override_finding.list(peipao.run_round(KIND, by="zhao"))
    peipao.close()
    assert [one.code for one in found] == ["unknown-conflict"]
