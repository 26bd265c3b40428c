"""A round is held against the one before it: what changed beyond what rounds do is stopped."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from trained_city import CITY, NOW, Wired

from benchmarks.spoilt_sheets import Pairs, eligible_pairs, terms
from peipao.clock import FixedClock
from peipao.config import Settings
from peipao.domain.findings import Finding
from peipao.domain.states import NeedState, RoundState
from peipao.errors import PreflightBlockedError
from serving.usecases.round_terms import NO_TERMS, RoundTerms
from serving.usecases.score_sheet import ScoreSheet
from serving.wiring import Peipao, wire

KIND = "mentor"
DISTRICTS = ("huangdao", "laoshan", "shinan", "chengyang")
NEEDS = CITY.projects
MENTORS = 20
"""That take one need each; the other half pauses, so that two needs in three go on waiting."""

Change = Callable[[Peipao], RoundTerms]
Rows = np.ndarray[tuple[int], np.dtype[np.bool_]]


def published(peipao: Peipao, what: RoundTerms) -> str:
    key = peipao.run_round(KIND, by="zhao", terms=what)
    peipao.review_round.check(key, by="zhao")
    peipao.review_round.approve(key, by="li")
    peipao.review_round.publish(key, by="li")
    return key


def prepare(peipao: Peipao) -> None:
    """Spread the projects over four districts and make places scarce."""
    with peipao.store.transaction(who="tests", why="名额紧张") as tx:
        for at, one in enumerate(tx.projects.list()):
            place = {**one.attributes, "district": DISTRICTS[at % len(DISTRICTS)]}
            tx.projects.update(replace(one, attributes=place))
        for at, mentor in enumerate(tx.providers.of_kind(KIND)):
            tx.providers.update(replace(mentor, capacity=1, paused=at >= MENTORS))


def committee(pairs: Pairs, number: int, *, level: float = 0.55, spread: float = 0.1) -> ScoreSheet:
    """Return how a committee scores every pair: half what the model knows, half its own view."""
    dice = np.random.default_rng(number)
    known = (pairs.affinity - pairs.affinity.mean()) / pairs.affinity.std()
    view = (known + dice.standard_normal(len(known))) / np.sqrt(2)
    scores = np.round((level + spread * view).clip(0.0, 1.0), 3)
    return ScoreSheet("评委.csv", pairs.need_ids, pairs.provider_ids, scores)


def only(sheet: ScoreSheet, rows: Rows) -> ScoreSheet:
    """Return some rows of a sheet."""
    at = np.flatnonzero(rows).tolist()
    needs, providers = sheet.need_ids, sheet.provider_ids
    kept = tuple(needs[row] for row in at), tuple(providers[row] for row in at)
    return ScoreSheet(sheet.name, *kept, sheet.scores[rows])


@pytest.fixture(scope="module")
def homes(trained_home: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Homes after a published round: one by the model's affinity, one by a table of scores."""
    made = {}
    for name in ("model", "sheet"):
        home = tmp_path_factory.mktemp("before") / "home"
        shutil.copytree(trained_home, home)
        peipao = wire(Settings(home=home), FixedClock(NOW))
        prepare(peipao)
        by_table = name == "sheet"
        published(peipao, terms(committee(eligible_pairs(peipao), 1)) if by_table else NO_TERMS)
        peipao.close()
        made[name] = home
    return made


@pytest.fixture
def next_day(homes: dict[str, Path], tmp_path: Path, wired: Wired) -> Callable[[str], Peipao]:
    """The service on a copy of one of the homes, a day later."""

    def on(name: str) -> Peipao:
        shutil.copytree(homes[name], tmp_path / "home")
        return wired(tmp_path / "home", at=NOW + dt.timedelta(days=1))

    return on


def lose_half(*, and_more: int) -> Change:
    """Close half of the needs that wait, rounded down, and so many more."""

    def change(peipao: Peipao) -> RoundTerms:
        with peipao.store.transaction(who="tests", why="撤回") as tx:
            waiting = tx.needs.open_of_kind(KIND)
            gone = waiting[: len(waiting) // 2 + and_more]
            tx.needs.move_many(gone, NeedState.CLOSED, reason="withdrawn")
        return NO_TERMS

    return change


def grow_to(total: int) -> Change:
    """Let projects like those that wait come in until so many needs wait."""

    def change(peipao: Peipao) -> RoundTerms:
        with peipao.store.transaction(who="tests", why="新来") as tx:
            waiting = tx.needs.open_of_kind(KIND)
            for at in range(total - len(waiting)):
                need = waiting[at % len(waiting)]
                project = replace(tx.projects.get(need.project_id), id=f"new{at}")
                tx.projects.add(replace(project, external_ids={}))
                tx.needs.add(replace(need, id=f"new{at}-m", project_id=project.id, version=1))
        return NO_TERMS

    return change


def share_an_id(names: tuple[str, str]) -> Change:
    """Give two projects the same external id, under names of ours."""

    def change(peipao: Peipao) -> RoundTerms:
        with peipao.store.transaction(who="tests", why="登记外部编号") as tx:
            waiting = tx.needs.open_of_kind(KIND)[:2]
            for need, name in zip(waiting, names, strict=True):
                project = tx.projects.get(need.project_id)
                tx.projects.update(replace(project, external_ids={name: "91370202MA3C0001X1"}))
        return NO_TERMS

    return change


def scored(*, level: float = 0.55, spread: float = 0.1) -> Change:
    """Score by another committee, at some level and with some spread."""
    return lambda peipao: terms(committee(eligible_pairs(peipao), 2, level=level, spread=spread))


def lift_a_district(by: float) -> Change:
    """Put something on the scores of one district."""

    def change(peipao: Peipao) -> RoundTerms:
        sheet = committee(eligible_pairs(peipao), 2)
        asked = peipao.run_round.snapshots(peipao.catalogue[KIND]).asked
        inside = {need.id for need, project in asked if project.attributes["district"] == "shinan"}
        more = np.array([by if need in inside else 0.0 for need in sheet.need_ids])
        return terms(replace(sheet, scores=(sheet.scores + more).clip(0.0, 1.0)))

    return change


def repeat(share: float) -> Change:
    """Hand in the last table again, with a share of its scores as they were."""

    def change(peipao: Peipao) -> RoundTerms:
        with peipao.store.reading() as tx:
            (last,) = tx.rounds.standing(KIND, limit=1)
        old = peipao.run_round.draft.frozen.read(last.id, str(last.certificate["inputs"]))
        problem = old.frozen.problem
        needs, providers = problem.need_ids[problem.need], problem.provider_ids[problem.provider]
        scores = dict(
            zip(zip(needs.tolist(), providers.tolist(), strict=True), problem.weight, strict=True)
        )
        sheet = committee(eligible_pairs(peipao), 2)
        dice = np.random.default_rng(3)
        pairs = zip(sheet.need_ids, sheet.provider_ids, sheet.scores.tolist(), strict=True)
        told = [
            scores[need, provider] / 1e6 if dice.random() < share else score
            for need, provider, score in pairs
        ]
        return terms(replace(sheet, scores=np.array(told)))

    return change


def leave_out(keep: float, needs: float) -> Change:
    """Score only a share of the providers of the first needs, which are so large a share."""

    def change(peipao: Peipao) -> RoundTerms:
        sheet = committee(eligible_pairs(peipao), 2)
        dice = np.random.default_rng(4)
        everybody = sorted(set(sheet.need_ids))
        thin = set(everybody[: round(needs * len(everybody))])
        chance = np.array([keep if need in thin else 1.0 for need in sheet.need_ids])
        return terms(only(sheet, dice.random(len(chance)) < chance))

    return change


CASES: dict[str, tuple[str, Change, Change]] = {
    "needs-fell": ("model", lose_half(and_more=1), lose_half(and_more=0)),
    "needs-rose": ("model", grow_to(2 * NEEDS + 21), grow_to(2 * NEEDS + 20)),
    "id-shared": ("model", share_an_id(("uscc", "uscc")), share_an_id(("uscc", "portal"))),
    "values-shifted": ("sheet", scored(spread=0.03), scored(spread=0.09)),
    "district-out-of-line": ("sheet", lift_a_district(0.3), lift_a_district(0.03)),
    "scores-of-before": ("sheet", repeat(0.95), repeat(0.8)),
    "scores-thin": ("sheet", leave_out(0.3, 0.35), leave_out(0.7, 0.35)),
    "scores-halved": ("sheet", leave_out(0.5, 1.0), leave_out(0.8, 1.0)),
}
"""Code -> the round before it, a change that is stopped, and one that is let through."""


@pytest.mark.parametrize("code", CASES)
def test_what_is_not_like_the_round_before_is_stopped_until_somebody_answers_for_it(
    next_day: Callable[[str], Peipao], code: str
) -> None:
    before, change, _ = CASES[code]
    peipao = next_day(before)
    key = peipao.run_round(KIND, by="zhao", terms=change(peipao))
    found = {one.code: one.number for one in peipao.override_finding.list(key)}
    assert code in found
    with pytest.raises(PreflightBlockedError, match=code):
        peipao.review_round.check(key, by="zhao")
    for number in found.values():
        peipao.override_finding(key, number, by="li", why="已逐项核对来源")
    assert peipao.review_round.check(key, by="zhao").state is RoundState.CHECKED
    told = {one.code: (one.overridden_by, one.override_reason) for one in kept(peipao, key)}
    assert told[code] == ("li", "已逐项核对来源")


@pytest.mark.parametrize("code", CASES)
def test_what_has_changed_less_than_that_is_let_through(
    next_day: Callable[[str], Peipao], code: str
) -> None:
    before, _, change = CASES[code]
    peipao = next_day(before)
    key = peipao.run_round(KIND, by="zhao", terms=change(peipao))
    assert [(one.code, one.detail) for one in kept(peipao, key)] == []
    assert peipao.review_round.check(key, by="zhao").state is RoundState.CHECKED


def kept(peipao: Peipao, key: str) -> list[Finding]:
    return peipao.override_finding.list(key)
