"""Sets taken as one lose no choice, and a programme over few edges ends where one over all does."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from quota_oracle import try_all
from relax_oracle import a_planted_case, relief_as_by_trying, some_costs

from matching import programme
from matching.alike import alike_nodes, merged
from matching.conflict import clash
from matching.demands import demands_of
from matching.programme import relaxed
from peipao.errors import InfeasibleError


@pytest.fixture
def few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hand over one edge a set at first, however few there are."""
    monkeypatch.setattr(programme, "MANY", 1)
    monkeypatch.setattr(programme, "PROMISING", 1)
    monkeypatch.setattr(programme, "PRICED", 1)
    monkeypatch.setattr(programme, "_SMALL", 1.0)


def test_needs_and_providers_within_the_same_groups_are_alike() -> None:
    group = np.array([[1, 0], [1, 0], [0, 1]])
    pairs = [(need, provider) for need in range(3) for provider in range(2)]
    matrix = np.zeros((3 + 2 + 2 + 1, len(pairs)), dtype=np.int64)
    for at, (need, provider) in enumerate(pairs):
        matrix[[need, 3 + provider], at] = 1
        matrix[5:7, at] = group[need]
    matrix[7, 0] = 1
    alike = alike_nodes(sp.csr_array(matrix), 3, 5, 2)
    assert alike.tolist() == [alike[0], alike[0], alike[2], alike[3], alike[3], 3, 4, 5]
    assert len(set(alike.tolist())) == 6


def test_sets_taken_as_one_have_bounds_that_add_up_and_edges_that_count_together() -> None:
    matrix = sp.csr_array(np.array([[1, 0, 1, 0], [0, 1, 0, 1], [1, 1, 0, 0]]))
    gain, ones = np.array([5, 5, 5, 7]), np.ones(4, dtype=np.int64)
    sets = np.array([0, 1, 0]), np.array([1, 2, 9])
    small = merged(gain, matrix, sets, (0 * ones, ones), np.array([0, 0, 1]))
    assert [side.tolist() for side in small[2]] == [[1, 0], [3, 9]]
    columns = {
        (gained, tuple(column), most)
        for gained, column, most in zip(
            small[0].tolist(), small[1].toarray().T.tolist(), small[3][1].tolist(), strict=True
        )
    }
    assert columns == {(5, (1, 1), 2), (5, (1, 0), 1), (7, (1, 0), 1)}


@pytest.mark.parametrize("number", range(60))
def test_what_is_taken_as_one_gains_no_less_than_the_whole(number: int) -> None:
    demands = demands_of(a_planted_case(number))
    n = len(demands.rows)
    gain = np.random.default_rng(number).integers(0, 4, size=n)
    whole = gain, demands.matrix, (demands.least, demands.most), (0 * gain, 0 * gain + 1)
    small = merged(*whole, demands.alike())
    try:
        best = gain @ relaxed(*whole).taken
    except InfeasibleError:
        return
    assert small[0] @ relaxed(*small).taken >= best - 1e-6


@pytest.mark.usefixtures("few_at_once")
def test_few_edges_at_first_change_neither_the_cost_of_a_way_out_nor_whether_there_is_one() -> None:
    found = 0
    for number in range(50):
        problem = a_planted_case(number)
        costs = some_costs(np.random.default_rng(number), problem)
        relief = relief_as_by_trying(problem, costs)
        if relief is None:
            continue
        found += bool(relief.units)
    assert found > 10


@pytest.mark.usefixtures("few_at_once")
def test_few_edges_at_first_do_not_change_whether_limits_clash() -> None:
    for number in range(0, 100, 2):
        problem = a_planted_case(number)
        assert (clash(problem) is None) == (try_all(problem).best() is not None)
