"""Laws of an assignment that need no oracle: order, names, pins, vetoes, the lottery."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from strategies import a_problem, a_random_problem, a_table, with_random_pins

from matching.assign import assign
from matching.duals import solve_exactly
from matching.network import Network, Solver
from matching.objective import worth
from matching.problem import AssignmentProblem, problem_from_affinity
from matching.solvers.auto import AutoSolver
from matching.solvers.sparse import SparseSolver
from peipao.errors import InvalidInputError, SolverFailedError
from peipao.tables.profiles import BoolArray


def a_tied_round(dice: np.random.Generator, names: list[str] | None = None) -> AssignmentProblem:
    """Return 15 needs and 8 providers with three affinity levels, rows in random order."""
    names = names or [f"n{k}" for k in range(15)]
    taste = np.random.default_rng(7).integers(1, 4, (15, 8)) / 4
    pairs = [(names[i], f"p{j}", float(taste[i, j])) for i in range(15) for j in range(8)]
    table = a_table(pairs)
    order = dice.permutation(len(pairs))
    mixed = replace(
        table,
        need=table.need[order],
        provider=table.provider[order],
        affinity=table.affinity[order],
        margin=table.margin[order],
    )
    return problem_from_affinity(
        mixed, wanted=1, capacity=1, unmatched_penalty=0.05, reservation=0.0, seed="round-1"
    )


@pytest.mark.parametrize("solver", ["auto", "sparse", "networkx"])
def test_the_order_of_the_rows_does_not_change_who_is_paired(solver: str) -> None:
    straight = a_tied_round(np.random.default_rng(0))
    expected = assign(straight, solver).ids(straight)
    for number in range(1, 8):
        problem = a_tied_round(np.random.default_rng(number))
        assert assign(problem, solver).ids(problem) == expected


def test_other_names_leave_the_value_unchanged() -> None:
    straight = a_tied_round(np.random.default_rng(0))
    renamed = a_tied_round(np.random.default_rng(0), [f"x{99 - k}" for k in range(15)])
    values = [worth(p, assign(p)).objective for p in (straight, renamed)]
    assert values[0] == values[1]


def test_another_seed_may_change_the_pairs_but_never_the_value() -> None:
    rounds = [replace(a_tied_round(np.random.default_rng(0)), seed=f"s{k}") for k in range(20)]
    answers = [assign(problem) for problem in rounds]
    pairs = {tuple(answer.pairs.tolist()) for answer in answers}
    values = {worth(p, a).objective for p, a in zip(rounds, answers, strict=True)}
    assert len(values) == 1
    assert len(pairs) > 1


def test_equals_win_equally_often() -> None:
    """Two equal needs for one place over 400 seeds: within 4 sigma of one half."""
    pairs = [("n1", "p1", 0.5), ("n2", "p1", 0.5)]
    engine = AutoSolver()
    winners = [assign(a_problem(pairs, seed=f"s{k}"), engine).pairs[0] for k in range(400)]
    assert abs(sum(int(row) for row in winners) - 200) <= 4 * 10


def test_a_unique_optimum_needs_no_lottery() -> None:
    assert assign(a_problem([("n1", "p1", 0.5), ("n2", "p1", 0.6)])).drawn == 0


def test_the_two_for_one_place_go_by_value() -> None:
    problem = a_problem([("n1", "p1", 0.9), ("n2", "p1", 0.4)])
    assert assign(problem).ids(problem) == [("n1", "p1")]


def test_a_higher_penalty_for_waiting_wins_the_place() -> None:
    penalty = {"n1": 0.0, "n2": 0.6}
    problem = a_problem([("n1", "p1", 0.9), ("n2", "p1", 0.4)], unmatched_penalty=penalty)
    answer = assign(problem)
    assert answer.ids(problem) == [("n2", "p1")]
    assert worth(problem, answer).total_affinity == 0.4
    assert worth(problem, answer).objective_value == 0.4


def test_an_unfilled_place_costs_its_penalty_and_no_affinity() -> None:
    problem = a_problem([("n1", "p1", 0.9)], wanted=3, unmatched_penalty=0.1)
    figures = worth(problem, assign(problem))
    assert (figures.total_affinity, figures.unfilled) == (0.9, 2)
    assert figures.objective_value == 0.7


def test_a_need_that_wants_several_gets_distinct_providers() -> None:
    pairs = [("n1", "p1", 0.9), ("n1", "p2", 0.1), ("n2", "p1", 0.8)]
    problem = a_problem(pairs, wanted=2, capacity=5)
    assert assign(problem).ids(problem) == [("n1", "p1"), ("n1", "p2"), ("n2", "p1")]


def test_nobody_is_paired_below_the_reservation() -> None:
    problem = a_problem([("n1", "p1", 0.3)], reservation=0.31, unmatched_penalty=1.0)
    assert assign(problem).pairs.tolist() == []


def test_a_pair_exactly_at_the_reservation_is_made() -> None:
    assert assign(a_problem([("n1", "p1", 0.3)], reservation=0.3)).pairs.tolist() == [0]


def test_pins_stay_and_vetoed_pairs_stay_out_of_a_hundred_rounds() -> None:
    dice = np.random.default_rng(3)
    for _ in range(100):
        problem = with_random_pins(dice, a_random_problem(dice, 8, 6))
        pairs = assign(problem, AutoSolver()).pairs
        assert np.isin(np.flatnonzero(problem.pinned), pairs).all()
        assert not problem.vetoed[pairs].any()


class CarelessSolver:
    """Takes the first edge whatever it is worth."""

    def refusal(self, _network: Network, /) -> str:
        return ""

    def solve(self, network: Network, /) -> BoolArray:
        first: BoolArray = np.arange(network.n_edges) == 0
        return first


class CrowdingSolver:
    """Takes every edge whatever the limits are."""

    def refusal(self, _network: Network, /) -> str:
        return ""

    def solve(self, network: Network, /) -> BoolArray:
        return np.ones(network.n_edges, dtype=np.bool_)


@pytest.mark.parametrize("solver", [CarelessSolver(), CrowdingSolver()])
def test_an_engine_that_is_wrong_is_found_out(solver: Solver) -> None:
    problem = a_problem([("n1", "p1", 0.4), ("n2", "p1", 0.9)])
    with pytest.raises(SolverFailedError):
        assign(problem, solver)


def test_an_unknown_engine_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InvalidInputError, match=r"dense.*sparse"):
        assign(a_problem([("n1", "p1", 0.4)]), "magic")


def test_an_engine_that_refuses_says_why() -> None:
    problem = a_problem(
        [("n1", "p1", 0.4), ("n1", "p2", 0.4), ("n2", "p1", 0.4)], wanted=2, capacity=2
    )
    with pytest.raises(SolverFailedError, match="双方都有多个名额"):
        assign(problem, "dense")


def test_lots_of_forty_bits_are_solved_exactly_by_the_linear_programme() -> None:
    """The weights of the lottery are far beyond the tolerance of a float solver."""
    dice = np.random.default_rng(11)
    n = 60
    need, provider = np.nonzero(np.ones((n, n)))
    ones = np.ones(n, dtype=np.int64)
    network = Network(
        need=need.astype(np.int32),
        provider=provider.astype(np.int32),
        gain=dice.integers(0, 2**40, n * n),
        need_min=ones,
        need_max=ones,
        provider_min=ones,
        provider_max=ones,
    )
    chosen, _ = solve_exactly(SparseSolver(), network)
    assert chosen.sum() == n
