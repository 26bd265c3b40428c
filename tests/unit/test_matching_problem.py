"""The gate into the optimiser: canonical order, integer units, refusals that name the place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from strategies import a_problem, a_random_problem, a_table

from matching.problem import AssignmentProblem, open_network, problem_from_affinity
from peipao.errors import InvalidInputError
from peipao.tables.pairs import AffinityTable

PAIRS = [("n1", "p1", 0.5), ("n1", "p2", 0.25), ("n2", "p1", 0.75)]
GIVEN: dict[str, Any] = {
    "wanted": 1,
    "capacity": 1,
    "unmatched_penalty": 0.0,
    "reservation": 0.0,
    "seed": "s",
}


def shuffled(table: AffinityTable, dice: np.random.Generator) -> AffinityTable:
    """Return the same table with ids and pairs in another order."""
    needs, providers = (
        dice.permutation(len(table.need_ids)),
        dice.permutation(len(table.provider_ids)),
    )
    rows = dice.permutation(len(table.need))
    return replace(
        table,
        need_ids=table.need_ids[needs],
        provider_ids=table.provider_ids[providers],
        need=np.argsort(needs)[table.need][rows].astype(np.int32),
        provider=np.argsort(providers)[table.provider][rows].astype(np.int32),
        margin=table.margin[rows],
        affinity=table.affinity[rows],
    )


def as_lists(problem: AssignmentProblem) -> dict[str, Any]:
    """Return every field as plain values."""
    return {
        f.name: np.asarray(getattr(problem, f.name)).tolist() for f in fields(AssignmentProblem)
    }


@pytest.mark.parametrize("number", range(20))
def test_the_order_of_ids_and_pairs_changes_nothing(number: int) -> None:
    dice = np.random.default_rng(number)
    table = a_table(
        (f"n{i}", f"p{j}", float(dice.random())) for i in range(5) for j in range(4) if (i + j) % 3
    )
    wanted = {str(need): number % 3 + 1 for number, need in enumerate(table.need_ids)}
    given = {**GIVEN, "wanted": wanted}
    straight = problem_from_affinity(table, **given)
    assert as_lists(problem_from_affinity(shuffled(table, dice), **given)) == as_lists(straight)


def test_an_array_of_limits_follows_the_ids_as_they_were_given() -> None:
    table = a_table(PAIRS)
    backwards = replace(table, need_ids=table.need_ids[::-1], need=1 - table.need)
    problem = problem_from_affinity(backwards, **{**GIVEN, "wanted": [7, 3]})
    assert dict(zip(problem.need_ids.tolist(), problem.wanted.tolist(), strict=True)) == {
        "n1": 3,
        "n2": 7,
    }


def test_affinity_becomes_millionths_rounded_half_to_even() -> None:
    problem = a_problem([("n1", "p1", 0.0000005), ("n1", "p2", 0.0000015), ("n1", "p3", 0.4999999)])
    assert problem.weight.tolist() == [0, 2, 500000]


def test_a_pin_takes_its_places_out_of_what_is_left_to_decide() -> None:
    problem = a_problem(PAIRS, pins=[("n1", "p1")], wanted={"n1": 2, "n2": 1})
    network, rows = open_network(problem)
    assert network.need_max.tolist() == [1, 1]
    assert network.provider_max.tolist() == [0, 1]
    assert problem.provider_ids[problem.provider[rows]].tolist() == ["p2"]


def test_a_pinned_pair_may_lie_below_the_reservation() -> None:
    problem = a_problem(PAIRS, pins=[("n1", "p2")], reservation=0.9)
    assert problem.pinned.sum() == 1


def test_vetoed_and_low_pairs_are_not_open() -> None:
    problem = a_problem(PAIRS, vetoes=[("n1", "p1")], reservation=0.5)
    assert problem.open_rows().tolist() == [2]


def test_a_row_is_found_by_ids_and_only_if_eligible() -> None:
    problem = a_problem(PAIRS)
    assert problem.row_of("n2", "p1") == 2
    assert problem.row_of("n2", "p2") is None
    assert problem.row_of("n3", "p1") is None
    assert problem.row_of("n0", "p9") is None


def with_affinity(value: float) -> Callable[[AffinityTable], AffinityTable]:
    """Return a change that puts a value into the second pair."""
    return lambda table: replace(table, affinity=np.array([0.5, value, 0.75]))


BROKEN_TABLES = [
    (with_affinity(float("nan")), "配对 (n1, p2) 的匹配度"),
    (with_affinity(float("inf")), "配对 (n1, p2) 的匹配度"),
    (with_affinity(-float("inf")), "配对 (n1, p2) 的匹配度"),
    (with_affinity(1.01), "0 至 1"),
    (with_affinity(-0.01), "0 至 1"),
    (lambda t: replace(t, affinity=t.affinity[:2]), "形状为 (2,)"),
    (lambda t: replace(t, affinity=t.affinity[:, None]), "形状为 (3, 1)"),
    (lambda t: replace(t, affinity=t.affinity.astype(object)), "类型为 object"),
    (lambda t: replace(t, affinity=t.affinity > 0), "类型为 bool"),
    (lambda t: replace(t, need=t.need.astype(float)), "类型为 float64"),
    (lambda t: replace(t, need=t.need[:2]), "需求 2 行、资源方 3 行"),
    (lambda t: replace(t, need=t.need + 5), "第 1 个配对:需求行号 5 越界"),
    (lambda t: replace(t, provider=t.provider - 1), "资源方行号 -1 越界"),
    (lambda t: replace(t, provider=np.zeros(3, np.int32)), "配对 (n1, p1):重复出现"),
    (lambda t: replace(t, need_ids=np.array(["n1", "n1"])), "需求 n1:编号重复"),
    (lambda t: replace(t, need_ids=np.array(["n 1", "n2"])), "'n 1'"),
    (lambda t: replace(t, provider_ids=np.array([1, 2])), "不是一维文本数组"),
]


@pytest.mark.parametrize(("change", "named"), BROKEN_TABLES)
def test_a_broken_table_is_refused_by_name(
    change: Callable[[AffinityTable], AffinityTable], named: str
) -> None:
    with pytest.raises(InvalidInputError) as refused:
        problem_from_affinity(change(a_table(PAIRS)), **GIVEN)
    assert named in str(refused.value)


BROKEN_LIMITS = [
    ({"wanted": 0}, "wanted[n1]"),
    ({"wanted": 1.0}, "类型为 float64"),
    ({"wanted": True}, "类型为 bool"),
    ({"wanted": {"n1": 1}}, "wanted[n2]:缺少取值"),
    ({"wanted": {"n1": 1, "n2": 1, "n3": 1}}, "wanted[n3]:不认识的编号"),
    ({"wanted": [1, 2, 3]}, "形状为 (3,)"),
    ({"capacity": -1}, "capacity[p1]:-1"),
    ({"capacity": [1, 2_000_000]}, "capacity[p2]"),
    ({"unmatched_penalty": -0.1}, "unmatched_penalty[n1]"),
    ({"unmatched_penalty": {"n1": 0.0, "n2": float("nan")}}, "unmatched_penalty[n2]:nan"),
    ({"reservation": 1.5}, "reservation[n1]"),
    ({"bonus": np.array([0.0, np.inf, 0.0])}, "配对 (n1, p2) 的加分"),
    ({"pins": [("n2", "p2")]}, "(n2, p2):该配对不合格"),
    ({"pins": [("n9", "p2")]}, "(n9, p2):不认识的需求编号"),
    ({"pins": [("n1", "p9")]}, "不认识的资源方编号"),
    ({"pins": [("n1", "p1"), ("n1", "p1")]}, "(n1, p1):重复出现"),
    ({"pins": [("n1", "p1"), ("n1", "p2")]}, "需求 n1:被指定 2 次"),
    ({"pins": [("n1", "p1"), ("n2", "p1")]}, "资源方 p1:被指定 2 次"),
    ({"pins": [("n1", "p1")], "capacity": 0}, "资源方 p1:被指定 1 次"),
    ({"pins": [("n1", "p1")], "vetoes": [("n1", "p1")]}, "既被指定又被否决"),
    ({"vetoes": [("n1", "p\ud800")]}, "不认识的资源方编号"),
    ({"seed": ""}, "seed"),
    ({"seed": 7}, "seed"),
    ({"seed": "a\ud800"}, "seed"),
]


@pytest.mark.parametrize(("change", "named"), BROKEN_LIMITS)
def test_a_broken_limit_is_refused_by_name(change: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        a_problem(PAIRS, **change)
    assert named in str(refused.value)
    assert str(refused.value).isprintable()


def test_numbers_that_would_overflow_are_refused() -> None:
    crowd = replace(a_table(PAIRS), need_ids=np.array([f"n{k}" for k in range(1_000)]))
    given = {**GIVEN, "wanted": 10_000, "unmatched_penalty": 1000.0}
    with pytest.raises(InvalidInputError, match="溢出"):
        problem_from_affinity(crowd, **given)


def test_a_random_problem_is_what_it_says() -> None:
    problem = a_random_problem(np.random.default_rng(1), 8, 9)
    keys = problem.need.astype(int) * 9 + problem.provider
    assert (np.diff(keys) > 0).all()
