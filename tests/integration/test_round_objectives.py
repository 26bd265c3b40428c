"""Rounds that are fair or stable first live the same life: checked, published, replayed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from command_line import Run, looked_into

from matching.problem import Assignment, AssignmentProblem
from matching.stable import blocking_pairs, preferences
from matching.validate import SCALE
from peipao.domain.states import MatchState
from peipao.errors import InvalidInputError
from serving.usecases.replay_round import replay_file
from serving.usecases.round_shape import shape_of
from serving.usecases.round_snapshot import Prepared
from serving.usecases.round_terms import NO_TERMS, Quota, RoundTerms
from serving.wiring import Peipao

KIND = "mentor"
OBJECTIVES = ("total", "rawls", "leximin", "stable")
BANDS = 20


@pytest.fixture
def scarce(peipao: Peipao) -> Peipao:
    """A city where places are short, so that the objectives part ways."""
    with peipao.store.transaction(who="tests", why="名额紧张") as tx:
        for at, one in enumerate(tx.providers.of_kind(KIND)):
            tx.providers.update(replace(one, capacity=2, paused=at % 3 == 0))
    return peipao


def drafted(peipao: Peipao, objective: str) -> str:
    return peipao.run_round(KIND, by="zhao", terms=RoundTerms(objective=objective))


def published(peipao: Peipao, objective: str) -> str:
    key = drafted(peipao, objective)
    peipao.review_round.check(key, by="zhao")
    peipao.review_round.approve(key, by="li")
    peipao.review_round.publish(key, by="li")
    return key


def plan_of(peipao: Peipao, key: str) -> tuple[AssignmentProblem, Assignment]:
    """Return the frozen problem of a round and the pairs that the store holds of it."""
    inputs = str(peipao.show_rounds.one(key).certificate["inputs"])
    problem = peipao.run_round.draft.frozen.get(key, inputs).problem
    made = peipao.show_rounds.matches(key).matches
    rows = [problem.row_of(one.need_id, one.provider_id) for one in made]
    return problem, Assignment(np.sort(np.array(rows, dtype=np.int32)), None, "stored")


def affinities(peipao: Peipao, key: str) -> list[float]:
    return sorted(one.affinity for one in peipao.show_rounds.matches(key).matches)


def bands(peipao: Peipao, key: str) -> list[int]:
    """Return how many matches lie in each band of affinity, the lowest first."""
    problem, plan = plan_of(peipao, key)
    band = np.minimum(problem.weight[plan.pairs] * BANDS // SCALE, BANDS - 1)
    found: list[int] = np.bincount(band, minlength=BANDS).tolist()
    return found


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_a_round_of_any_objective_lives_its_whole_life_and_replays(
    scarce: Peipao, tmp_path: Path, objective: str
) -> None:
    key = published(scarce, objective)
    stored = scarce.show_rounds.one(key)
    assert stored.state == "published"
    assert stored.certificate["valid"] is True
    made = scarce.show_rounds.matches(key).matches
    assert {one.state for one in made} == {MatchState.OFFERED}
    replayed = scarce.replay_round(key)
    assert (replayed.digest, replayed.recomputed) == (stored.digest, True)
    path = tmp_path / "round.jsonl.gz"
    path.write_bytes(scarce.export_bundle(key))
    assert replay_file(path).digest == stored.digest
    scarce.review_round.withdraw(key, by="li", why="重来")
    with scarce.store.reading() as tx:
        assert set(tx.providers.used(KIND).values()) == {0}


def test_a_fair_round_serves_no_fewer_and_none_of_its_matches_is_worse_than_the_worst_of_another(
    scarce: Peipao,
) -> None:
    best, fair = affinities(scarce, drafted(scarce, "total")), drafted(scarce, "rawls")
    lifted = affinities(scarce, fair)
    assert len(lifted) >= len(best)
    assert lifted[0] > best[0]
    gap = scarce.show_rounds.one(fair).certificate["gap_units"]
    assert isinstance(gap, int)
    assert gap > 0


def test_a_leximin_round_has_fewer_in_the_lowest_band_in_which_it_differs_from_the_best_total(
    scarce: Peipao,
) -> None:
    best, fair = (bands(scarce, drafted(scarce, one)) for one in ("total", "leximin"))
    assert sum(fair) >= sum(best)
    first = next(at for at in range(BANDS) if fair[at] != best[at])
    assert fair[first] < best[first]


def test_nobody_in_a_stable_round_would_rather_have_each_other(scarce: Peipao) -> None:
    problem, plan = plan_of(scarce, drafted(scarce, "stable"))
    assert blocking_pairs(problem, plan.pairs, preferences(problem)).tolist() == []
    other, total = plan_of(scarce, drafted(scarce, "total"))
    assert len(blocking_pairs(other, total.pairs, preferences(other))) > 0


def test_a_stable_round_with_quotas_is_refused_in_words(peipao: Peipao) -> None:
    quota = Quota("a", "need", "project.stage", ("startup", "growth"), most=5)
    with pytest.raises(InvalidInputError, match="stable 不支持"):
        peipao.run_round(KIND, by="zhao", terms=RoundTerms(objective="stable", quotas=(quota,)))


def test_a_round_whose_search_ran_out_of_time_has_to_be_answered_for(peipao: Peipao) -> None:
    runs, spec = peipao.run_round, peipao.catalogue[KIND]
    made = peipao.show_rounds.one(drafted(peipao, "total"))
    assert made.certificate["unproven_units"] == 0
    snapshot = runs.snapshots(spec)
    scored = runs.snapshots.scored(spec, snapshot)
    frozen = runs.snapshots.frozen(spec, snapshot, scored, NO_TERMS, made.seed)
    with peipao.store.reading() as tx:
        stored = tx.rounds.get(made.id)
    short = replace(stored, certificate={**stored.certificate, "unproven_units": 250_000})
    prepared = Prepared(snapshot, scored, NO_TERMS, frozen)
    (found,) = runs.draft.preflight(short, shape_of(frozen, snapshot), prepared)
    assert (found.code, "0.250000" in found.detail) == ("search-cut-short", True)
    assert runs.draft.preflight(stored, shape_of(frozen, snapshot), prepared) == []


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        (RoundTerms(objective="best"), "objective"),
        (RoundTerms(max_changes=2), "previous"),
        (RoundTerms(change_cost=0.1), "previous"),
        (RoundTerms(previous="r1", max_changes=2, objective="leximin"), "objective"),
    ],
)
def test_terms_that_do_not_go_together_are_refused_by_name(
    steady: Peipao, terms: RoundTerms, field: str
) -> None:
    with pytest.raises(InvalidInputError) as refused:
        steady.run_round(KIND, by="zhao", terms=terms)
    assert refused.value.where == field


def test_the_objective_is_stated_on_the_command_line(run_demo: Run) -> None:
    ran = run_demo("round", "run", KIND, "--objective", "rawls", "--by", "zhao")
    assert ran.code == 0
    with looked_into(Path.cwd()) as peipao:
        key = peipao.show_rounds(kind=KIND)[0].id
        digest = peipao.show_rounds.one(key).digest
    assert "重算结果一致" in run_demo("round", "replay", key).out
    assert digest in run_demo("round", "replay", key).out
    assert run_demo("round", "run", KIND, "--objective", "最好").refusal == "invalid-input"
