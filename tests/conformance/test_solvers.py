"""Every registered solver keeps the limits, reaches the optimum and gives the same pairs."""

from __future__ import annotations

from dataclasses import replace
from importlib.metadata import entry_points

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from strategies import a_random_problem, best_by_trying, problems

from matching.assign import assign
from matching.check import check
from matching.network import Network, Solver
from matching.objective import worth
from matching.problem import Assignment, AssignmentProblem, open_network
from peipao.errors import InfeasibleError

SOLVERS = [
    pytest.param(point.load()(), id=point.name) for point in entry_points(group="peipao.solvers")
]
every_solver = pytest.mark.parametrize("solver", SOLVERS)
calm = settings(
    max_examples=80, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)


def assigned(problem: AssignmentProblem, solver: Solver) -> Assignment | None:
    """Return the assignment, or None where the engine says beforehand that it cannot."""
    refused = solver.refusal(open_network(problem)[0])
    return None if refused else assign(problem, solver)


@every_solver
@calm
@given(problem=problems())
def test_the_answer_is_the_best_of_all_assignments(
    solver: Solver, problem: AssignmentProblem
) -> None:
    found = assigned(problem, solver)
    objective, rows = best_by_trying(problem)
    assert found is None or tuple(found.pairs.tolist()) == rows
    assert found is None or worth(problem, found).objective == objective


@every_solver
@calm
@given(problem=problems(most_nodes=12))
def test_the_independent_checker_accepts_it(solver: Solver, problem: AssignmentProblem) -> None:
    found = assigned(problem, solver)
    assert found is None or check(problem, found).problems == ()


@every_solver
def test_an_empty_round_has_an_empty_answer(solver: Solver) -> None:
    problem = a_random_problem(np.random.default_rng(0), 0, 0)
    assert assign(problem, solver).pairs.tolist() == []


@every_solver
@pytest.mark.parametrize("number", range(6))
def test_ties_by_the_hundred_give_the_pairs_that_networkx_gives(
    solver: Solver, number: int
) -> None:
    dice = np.random.default_rng(number)
    problem = a_random_problem(
        dice, 40, 30, levels=1 + number % 3, density=0.4, most_wanted=1 + number % 2
    )
    reference = assign(problem, "networkx")
    found = assigned(problem, solver)
    assert reference.drawn > 0
    assert found is None or found.pairs.tolist() == reference.pairs.tolist()


@every_solver
def test_a_lower_bound_is_met_even_where_it_costs(solver: Solver) -> None:
    """One need must be filled although its only edge loses; one provider likewise."""
    network = a_network([(0, 0, -5), (1, 0, 9), (1, 1, -3)], need_min=[1, 0], provider_min=[0, 1])
    assert solver.solve(network).tolist() == [True, False, True]


@every_solver
def test_lower_bounds_that_clash_are_infeasible(solver: Solver) -> None:
    network = a_network([(0, 0, 5), (1, 0, 9)], need_min=[1, 1], provider_min=[0])
    with pytest.raises(InfeasibleError):
        solver.solve(network)


@every_solver
def test_an_edge_that_loses_is_left_out(solver: Solver) -> None:
    network = a_network([(0, 0, -1), (0, 1, 2)], need_min=[0], provider_min=[0, 0])
    assert solver.solve(network).tolist() == [False, True]


def test_dense_refuses_what_it_cannot_do_exactly() -> None:
    dense = next(point.load()() for point in entry_points(group="peipao.solvers", name="dense"))
    network = a_network([(0, 0, 2**52), (1, 1, 1)], need_min=[0, 0], provider_min=[0, 0])
    assert "双精度" in dense.refusal(network)
    both = replace(a_network([(0, 0, 1), (0, 1, 1), (1, 0, 1)], [0, 0], [0, 0], places=2))
    assert "双方都有多个名额" in dense.refusal(both)


def a_network(
    edges: list[tuple[int, int, int]],
    need_min: list[int],
    provider_min: list[int],
    places: int = 1,
) -> Network:
    """Return a network in which every node has the same number of places."""
    need, provider, gain = (np.array(column) for column in zip(*edges, strict=True))
    return Network(
        need=need.astype(np.int32),
        provider=provider.astype(np.int32),
        gain=gain.astype(np.int64),
        need_min=np.array(need_min),
        need_max=np.full(len(need_min), places),
        provider_min=np.array(provider_min),
        provider_max=np.full(len(provider_min), places),
    )
