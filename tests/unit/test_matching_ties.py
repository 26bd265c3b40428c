"""What the optima share, and the prices that say so."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from strategies import a_problem, a_random_problem

from matching.assign import assign
from matching.duals import derive_prices, solve_exactly
from matching.network import Network
from matching.problem import AssignmentProblem, drawn_as, open_network
from matching.registry import load_solver
from matching.ties import lottery_weight, lottery_weights, optimal_face
from peipao.errors import InvalidInputError, SolverFailedError


def all_optima(network: Network) -> list[tuple[int, ...]]:
    """Return every best choice of edges by trying all subsets."""
    found: dict[int, list[tuple[int, ...]]] = {}
    for size in range(network.n_edges + 1):
        for rows in combinations(range(network.n_edges), size):
            need = np.bincount(network.need[list(rows)], minlength=network.n_needs)
            provider = np.bincount(network.provider[list(rows)], minlength=network.n_providers)
            if (need <= network.need_max).all() and (provider <= network.provider_max).all():
                found.setdefault(int(network.gain[list(rows)].sum()), []).append(rows)
    return found[max(found)]


@pytest.mark.parametrize("number", range(60))
def test_the_free_edges_are_those_that_some_optima_take_and_others_do_not(number: int) -> None:
    dice = np.random.default_rng(number)
    problem = a_random_problem(dice, 3, 3, levels=2, density=0.8, most_wanted=2, most_capacity=2)
    network, _ = open_network(problem)
    chosen, prices = solve_exactly(load_solver("sparse"), network)
    optima = all_optima(network)
    taken = np.bincount([row for rows in optima for row in rows], minlength=network.n_edges)
    differs = np.flatnonzero((taken > 0) & (taken < len(optima)))
    assert optimal_face(network, chosen, prices).free.tolist() == differs.tolist()


@pytest.mark.parametrize("number", range(30))
def test_prices_exist_for_optimal_choices_and_for_no_other(number: int) -> None:
    dice = np.random.default_rng(number)
    network, _ = open_network(a_random_problem(dice, 3, 3, levels=3, density=0.7))
    optima = all_optima(network)
    for size in range(min(3, network.n_edges) + 1):
        for rows in combinations(range(network.n_edges), size):
            chosen = np.isin(np.arange(network.n_edges), rows)
            assert _is_proven(network, chosen) == (rows in optima)


def _is_proven(network: Network, chosen: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> bool:
    try:
        prices = derive_prices(network, chosen)
    except SolverFailedError:
        return False
    left = prices.reduced(network)
    assert (left[chosen] >= 0).all()
    assert (left[~chosen] <= 0).all()
    return True


def test_a_provider_that_its_minimum_holds_down_has_a_price_below_nothing() -> None:
    network = Network(
        need=np.array([0, 0, 1, 2, 2], np.int32),
        provider=np.array([0, 1, 2, 1, 2], np.int32),
        gain=np.array([95, 95, 95, 25, 75]),
        need_min=np.array([0, 1, 1]),
        need_max=np.ones(3, np.int64),
        provider_min=np.array([1, 1, 0]),
        provider_max=np.array([3, 2, 3]),
    )
    chosen = np.array([True, False, True, True, False])
    left = derive_prices(network, chosen).reduced(network)
    assert (left[chosen] >= 0).all()
    assert (left[~chosen] <= 0).all()


def test_a_lot_depends_on_the_ids_and_the_seed_alone() -> None:
    lot = lottery_weight(b"seed", "n1", "p1")
    assert lot == 157923029497  # as drawn by another program
    assert 0 <= lot < 2**40
    others = {
        lottery_weight(b"other", "n1", "p1"),
        lottery_weight(b"seed", "n2", "p1"),
        lottery_weight(b"seed", "n1", "p2"),
        lottery_weight(b"seed", "n1", "p1", word=1),
    }
    assert lot not in others
    assert len(others) == 4


def test_lots_come_in_the_order_of_the_pairs() -> None:
    lots = lottery_weights("seed", ["n1", "n2"], ["p1", "p1"])
    assert lots.tolist() == [lottery_weight(b"seed", n, "p1") for n in ("n1", "n2")]


def test_an_edge_that_brings_nothing_is_drawn_for_like_any_equal() -> None:
    """A pair of value 0 and no pair are equals; the lottery decides, here for the pair."""
    problem = a_problem([("n1", "p1", 0.0)])
    network, _ = open_network(problem)
    chosen, prices = solve_exactly(load_solver("dense"), network)
    assert optimal_face(network, chosen, prices).free.tolist() == [0]


def equals(*needs: str) -> AssignmentProblem:
    """Return needs that are all equally good for one place."""
    return a_problem([(need, "p1", 0.5) for need in needs])


def test_a_need_that_is_made_anew_keeps_the_lot_of_its_project() -> None:
    before = {"n1": "alpha", "n2": "beta", "n3": "gamma"}
    after = {"n1": "alpha", "n9": "beta", "n3": "gamma"}
    held = drawn_as(equals(*before), before)
    again = drawn_as(equals(*after), after)
    winner = before[assign(held).ids(held)[0][0]]
    assert after[assign(again).ids(again)[0][0]] == winner


def test_two_needs_cannot_be_drawn_under_one_name() -> None:
    with pytest.raises(InvalidInputError, match="摇号名称"):
        drawn_as(equals("n1", "n2"), {"n1": "alpha", "n2": "alpha"})


def test_each_of_four_equals_wins_within_four_sigma() -> None:
    names = ["n1", "n2", "n3", "n4"]
    problem, draws = equals(*names), 200
    wins = Counter(
        assign(one).ids(one)[0][0]
        for one in (replace(problem, seed=f"seed-{number}") for number in range(draws))
    )
    sigma = (draws * 0.25 * 0.75) ** 0.5
    assert all(abs(wins[name] - draws / 4) <= 4 * sigma for name in names)
