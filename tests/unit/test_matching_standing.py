"""A published plan with an empty place: every refill is what trying all plans finds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from quota_oracle import a_limited_problem, try_all
from strategies import a_problem, a_random_problem

from matching.groups import RawGroup
from matching.problem import AssignmentProblem
from matching.standing import (
    Change,
    Refill,
    Standing,
    alternates_now,
    refill,
    with_late_need,
)
from peipao.errors import InfeasibleError, InvalidInputError, NotFoundError

PAIRS = [("n1", "p1", 0.9), ("n1", "p2", 0.6), ("n2", "p1", 0.8), ("n2", "p3", 0.5)]


def a_case(number: int, *, limits: bool = False) -> tuple[Standing, str] | None:
    """Return a plan of which one match fell through, and its need; any plan, not the best."""
    dice = np.random.default_rng(number)
    if limits:
        problem = a_limited_problem(dice, nested=number % 2 == 0)
    else:
        size = int(dice.integers(2, 5)), int(dice.integers(2, 5))
        levels, wanted = int(dice.choice([1, 3, 1000])), int(dice.choice([1, 1, 2]))
        problem = a_random_problem(dice, *size, levels=levels, density=0.6, most_wanted=wanted)
    if len(problem.open_rows()) > 13:
        return None
    plans = [np.flatnonzero(plan) for plan in try_all(problem).plans if plan.any()]
    if not plans:
        return None
    plan = plans[dice.integers(len(plans))]
    lost = int(dice.choice(plan))
    stays = [row for row in plan.tolist() if dice.random() < 0.3 and row != lost]

    def ids(rows: list[int]) -> list[tuple[str, str]]:
        needs = problem.need_ids[problem.need[rows]].tolist()
        return list(zip(needs, problem.provider_ids[problem.provider[rows]].tolist(), strict=True))

    held = [row for row in plan.tolist() if row != lost]
    now = Standing.of(problem, ids(held), fixed=ids(stays), vetoes=ids([lost]))
    return now, str(problem.need_ids[problem.need[lost]])


def by_trying(now: Standing, need_id: str, others: int) -> tuple[int, int] | None:
    """Return the greatest objective, and the fewest changes with it, over every plan."""
    problem = replace(now.problem, pinned=now.fixed)
    tried = try_all(problem)
    changes = np.zeros(len(tried.plans), dtype=np.int64)
    for at, key in enumerate(problem.need_ids.tolist()):
        of_need = problem.need == at
        had = int(now.held[of_need].sum()) + (key == need_id)
        after = tried.plans[:, of_need].sum(axis=1)
        changes += np.maximum(after, had) - tried.plans[:, of_need & now.held].sum(axis=1)
    inside = changes <= 1 + others
    if not inside.any():
        return None
    best = tried.objective[inside].max()
    return int(best), int(changes[inside & (tried.objective == best)].min())


def after(now: Standing, found: Refill) -> np.ndarray:
    """Return the rows of the plan once the changes are made."""
    pairs = set(now.assignment().ids(now.problem))
    for change in found.changes:
        if change.was is not None:
            pairs.remove((change.need_id, change.was))
        if change.now is not None:
            pairs.add((change.need_id, change.now))
    rows = [now.problem.row_of(*pair) for pair in pairs]
    return np.array(sorted(row for row in rows if row is not None), dtype=np.int64)


def objective(problem: AssignmentProblem, rows: np.ndarray) -> int:
    """Return the objective of a plan."""
    penalty = int((problem.wanted * problem.unmatched_penalty).sum())
    return int(problem.gain()[rows].sum()) - penalty


@pytest.mark.parametrize("limits", [False, True])
@pytest.mark.parametrize("others", [0, 1])
def test_a_refill_is_the_best_of_all_plans_with_so_few_changes(
    *, limits: bool, others: int
) -> None:
    asked = 0
    for number in range(60 if limits else 250):
        case = a_case(number, limits=limits)
        if case is None:
            continue
        now, need_id = case
        right = by_trying(now, need_id, others)
        if right is None:
            with pytest.raises(InfeasibleError):
                refill(now, need_id, others=others)
            continue
        found = refill(now, need_id, others=others)
        rows = after(now, found)
        before = objective(now.problem, np.flatnonzero(now.held))
        assert (objective(now.problem, rows), len(found.changes)) == right
        assert round(found.gain * 1e6) == right[0] - before
        assert found.changes[0].need_id == need_id
        assert found.changes[0].was is None
        assert set(np.flatnonzero(now.fixed)) <= set(rows.tolist())
        asked += 1
    assert asked > 20


def test_equal_refills_are_drawn_by_the_seed_and_not_by_the_ids() -> None:
    pairs = [("n1", f"p{k}", 0.5) for k in range(6)]
    drawn = set()
    for seed in range(40):
        problem = a_problem(pairs, seed=f"seed-{seed}")
        drawn.add(refill(Standing.of(problem, []), "n1").changes[0].now)
    assert len(drawn) == 6


def test_a_decline_moves_at_most_one_other_need_and_never_an_accepted_one() -> None:
    problem = a_problem(PAIRS)
    held, lost = [("n2", "p1")], [("n1", "p2")]
    loose = Standing.of(problem, held, vetoes=lost)
    found = refill(loose, "n1")
    assert found == Refill((Change("n1", None, "p1"), Change("n2", "p1", "p3")), 0.6)
    stays = Standing.of(problem, held, fixed=held, vetoes=lost)
    assert refill(stays, "n1") == Refill((Change("n1", None, None),), 0.0)
    assert refill(loose, "n1", others=0) == Refill((Change("n1", None, None),), 0.0)


def test_alternates_are_free_and_eligible_now() -> None:
    problem = a_problem(PAIRS)
    now = Standing.of(problem, [("n2", "p1")])
    assert [one.provider_id for one in alternates_now(now, "n1")] == ["p2"]
    now = Standing.of(problem, [], vetoes=[("n1", "p1"), ("n1", "p9")])
    assert [one.provider_id for one in alternates_now(now, "n1")] == ["p2"]
    now = Standing.of(problem, [], capacity={"p2": 0})
    assert [one.provider_id for one in alternates_now(now, "n1")] == ["p1"]
    assert alternates_now(Standing.of(problem, [("n1", "p2")]), "n1") == []
    assert alternates_now(Standing.of(problem, [], gone=["n1"]), "n1") == []


def test_a_late_need_gets_a_place_and_accepted_matches_stay() -> None:
    problem = a_problem(PAIRS)
    held = [("n1", "p2"), ("n2", "p1")]
    later = with_late_need(problem, "n15", [("p1", 0.95), ("p3", 0.2)], unmatched_penalty=0.1)
    stays = refill(Standing.of(later, held, fixed=held), "n15")
    assert stays == Refill((Change("n15", None, "p3"),), 0.3)
    moved = refill(Standing.of(later, held), "n15")
    assert moved == Refill((Change("n15", None, "p1"), Change("n2", "p1", "p3")), 0.75)
    assert later.need_ids.tolist() == ["n1", "n15", "n2"]


def test_a_late_need_counts_in_the_groups_of_its_providers() -> None:
    problem = a_problem(PAIRS, groups=[RawGroup("g", "provider", ["p1", "p3"], 0, 1)])
    later = with_late_need(problem, "n0", [("p3", 0.9)])
    full = Standing.of(later, [("n1", "p1")])
    assert refill(full, "n0", others=0).changes == (Change("n0", None, None),)
    assert refill(full, "n0").changes == (Change("n0", None, "p3"), Change("n1", "p1", "p2"))


def test_what_cannot_be_used_is_refused_by_name() -> None:
    problem = a_problem(PAIRS)
    with pytest.raises(InvalidInputError, match="held n1/p3"):
        Standing.of(problem, [("n1", "p3")])
    with pytest.raises(InvalidInputError, match="fixed"):
        Standing.of(problem, [], fixed=[("n1", "p1")])
    with pytest.raises(InvalidInputError, match="p9"):
        Standing.of(problem, [], capacity={"p9": 1})
    with pytest.raises(InvalidInputError, match="p1"):
        Standing.of(problem, [], capacity={"p1": -1})
    with pytest.raises(NotFoundError, match="n9"):
        refill(Standing.of(problem, []), "n9")
    with pytest.raises(InvalidInputError, match="没有空缺的名额"):
        refill(Standing.of(problem, [("n1", "p1")]), "n1")
    with pytest.raises(InvalidInputError, match="已在本轮中"):
        with_late_need(problem, "n1", [])
    with pytest.raises(InvalidInputError, match="p9"):
        with_late_need(problem, "n3", [("p9", 0.5)])
