"""Who comes next, against trying every single offer and every single exchange."""

from __future__ import annotations

from collections import Counter
from random import Random

import numpy as np
import pytest

from matching.problem import AssignmentProblem, problem_from_affinity
from matching.standing import Standing
from matching.succession import Step, successions
from peipao.errors import NotFoundError
from peipao.tables.pairs import AffinityTable


def a_problem(
    affinity: dict[tuple[str, str], float], capacity: dict[str, int], reservation: float = 0.0
) -> AssignmentProblem:
    """Return the problem of pairs (need id, provider id) -> affinity."""
    pairs = sorted(affinity)
    needs, providers = sorted({n for n, _ in pairs}), sorted(capacity)
    table = AffinityTable(
        need_ids=np.array(needs),
        provider_ids=np.array(providers),
        need=np.array([needs.index(n) for n, _ in pairs], dtype=np.int32),
        provider=np.array([providers.index(p) for _, p in pairs], dtype=np.int32),
        margin=np.zeros(len(pairs)),
        affinity=np.array([affinity[pair] for pair in pairs]),
        calibrated=True,
        model_version="m",
    )
    return problem_from_affinity(
        table,
        wanted=1,
        capacity=capacity,
        unmatched_penalty=0.0,
        reservation=reservation,
        seed="s",
    )


def standing(
    problem: AssignmentProblem,
    held: list[tuple[str, str]],
    movable: list[tuple[str, str]],
    free: dict[str, int],
) -> Standing:
    """Return how things stand, with so many places free beside those held."""
    used = Counter(provider for _, provider in held)
    places = {key: used[key] + free.get(key, 0) for key in problem.provider_ids.tolist()}
    fixed = [pair for pair in held if pair not in movable]
    return Standing.of(problem, held, fixed=fixed, capacity=places)


def named(problem: AssignmentProblem, step: Step) -> tuple[str, str | None, str | None]:
    """Return (who takes the need, whose offer is exchanged, who takes that need)."""

    def provider(row: int) -> str:
        return str(problem.provider_ids[problem.provider[row]])

    moved = None if step.gives_up is None else str(problem.need_ids[problem.need[step.gives_up]])
    return provider(step.row), moved, None if step.instead is None else provider(step.instead)


AFFINITY = {
    ("n1", "a"): 0.9,
    ("n1", "b"): 0.6,
    ("n1", "c"): 0.5,
    ("n2", "a"): 0.8,
    ("n2", "c"): 0.7,
}


def test_the_best_who_is_free_comes_first_even_if_an_exchange_were_worth_more() -> None:
    problem = a_problem(AFFINITY, {"a": 1, "b": 1, "c": 1})
    now = standing(problem, [("n2", "a")], [("n2", "a")], {"b": 1, "c": 1})
    found = [named(problem, step) for step in successions(now, "n1")]
    assert found == [("b", None, None), ("c", None, None), ("a", "n2", "c")]


def test_where_nobody_is_free_one_unanswered_offer_is_exchanged() -> None:
    problem = a_problem({**AFFINITY, ("n2", "d"): 0.2}, {"a": 1, "b": 0, "c": 0, "d": 1})
    now = standing(problem, [("n2", "a")], [("n2", "a")], {"d": 1})
    (step,) = successions(now, "n1")
    assert named(problem, step) == ("a", "n2", "d")
    assert step.gain == 900_000 - 800_000 + 200_000


def test_an_offer_that_somebody_has_answered_is_not_exchanged() -> None:
    problem = a_problem({**AFFINITY, ("n2", "d"): 0.2}, {"a": 1, "b": 0, "c": 0, "d": 1})
    now = standing(problem, [("n2", "a")], [], {"d": 1})
    assert list(successions(now, "n1")) == []


def test_a_pair_below_the_reservation_is_not_made() -> None:
    problem = a_problem(AFFINITY, {"a": 1, "b": 1, "c": 1}, reservation=0.55)
    now = standing(problem, [], [], {"b": 1, "c": 1})
    assert [named(problem, step)[0] for step in successions(now, "n1")] == ["b"]


def test_a_need_of_another_round_is_named() -> None:
    problem = a_problem(AFFINITY, {"a": 1, "b": 1, "c": 1})
    with pytest.raises(NotFoundError, match="n9"):
        list(successions(standing(problem, [], [], {}), "n9"))


@pytest.mark.parametrize("seed", range(60))
def test_the_first_step_is_the_best_of_all_that_could_be_tried(seed: int) -> None:
    draw = Random(seed)  # noqa: S311  no secret
    needs, providers = [f"n{i}" for i in range(5)], [f"p{i}" for i in range(4)]
    affinity = {
        (n, p): draw.randint(1, 9) / 10 for n in needs for p in providers if draw.random() < 0.7
    } | {("n0", "p0"): 0.5}
    problem = a_problem(affinity, dict.fromkeys(providers, 2))
    held = [pair for pair in affinity if pair[0] != "n0" and draw.random() < 0.3]
    movable = [pair for pair in held if draw.random() < 0.7]
    free = {p: draw.choice([0, 0, 1]) for p in providers}
    now = standing(problem, held, movable, free)

    direct = {p: w for (n, p), w in affinity.items() if n == "n0" and free[p]}
    exchanges = [
        affinity["n0", p] - affinity[other, p] + weight
        for other, p in movable
        if ("n0", p) in affinity and not free[p]
        for (n, to), weight in affinity.items()
        if n == other and free[to] and (n, to) not in held
    ]
    best = max(direct.values()) if direct else max(exchanges, default=None)
    first = next(successions(now, "n0"), None)
    assert (first is None) is (best is None)
    assert first is None or first.gain / 1e6 == pytest.approx(best)
    assert first is None or (first.gives_up is None) is bool(direct)
