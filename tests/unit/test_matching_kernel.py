"""The kernel against other engines, against itself in other orders, and in odd surroundings."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from networks import a_random_network, assert_proven, best_total

import matching
from matching.bound import require_optimal
from matching.kernel import rounds, search, shortlist
from matching.network import Network, Solver
from matching.solvers.auto import engine_for
from matching.solvers.dense import DenseSolver
from matching.solvers.kernel import KernelSolver
from matching.solvers.network import NetworkSolver
from matching.solvers.shortlist import ShortlistSolver
from matching.solvers.sparse import SparseSolver
from peipao.errors import CheckFailedError, InfeasibleError

ROOT = Path(matching.__file__).resolve().parent.parent


def a_wide_network(seed: int, shape: tuple[int, int], levels: int, places: int = 1) -> Network:
    """Return a network with every edge, of `levels` different gains."""
    n, m = shape
    dice = np.random.default_rng(seed)
    return Network(
        need=np.repeat(np.arange(n, dtype=np.int32), m),
        provider=np.tile(np.arange(m, dtype=np.int32), n),
        gain=dice.integers(0, levels, n * m),
        need_min=np.zeros(n, np.int64),
        need_max=np.full(n, places),
        provider_min=np.zeros(m, np.int64),
        provider_max=np.full(m, places),
    )


def best_by_subsets(network: Network) -> int | None:
    """Return the greatest total gain by trying every set of edges."""
    best: int | None = None
    for size in range(network.n_edges + 1):
        for rows in combinations(range(network.n_edges), size):
            need = np.bincount(network.need[list(rows)], minlength=network.n_needs)
            provider = np.bincount(network.provider[list(rows)], minlength=network.n_providers)
            fits = (
                (need >= network.need_min).all()
                and (need <= network.need_max).all()
                and (provider >= network.provider_min).all()
                and (provider <= network.provider_max).all()
            )
            if fits:
                total = int(network.gain[list(rows)].sum())
                best = total if best is None else max(best, total)
    return best


@pytest.mark.parametrize("start", range(0, 900, 300))
def test_nine_hundred_networks_are_as_good_as_by_linear_programming(start: int) -> None:
    infeasible = 0
    for seed in range(start, start + 300):
        network = a_random_network(seed)
        best = best_total(network)
        if best is None:
            infeasible += 1
            with pytest.raises(InfeasibleError):
                KernelSolver().solve(network)
            continue
        chosen, prices = KernelSolver().solve_priced(network)
        assert int(network.gain[chosen].sum()) == best
        assert_proven(network, chosen, prices)
        assert require_optimal(network, chosen, (prices.need, prices.provider)) == best
    assert 30 < infeasible < 150


def test_tiny_networks_are_as_good_as_every_subset() -> None:
    tried = 0
    for seed in range(10_000, 10_500):
        network = a_random_network(seed, most_nodes=4)
        if network.n_edges > 9:
            continue
        tried += 1
        best = best_by_subsets(network)
        if best is None:
            with pytest.raises(InfeasibleError):
                KernelSolver().solve(network)
        else:
            assert int(network.gain[KernelSolver().solve(network)].sum()) == best
    assert tried > 300


@pytest.mark.parametrize("seed", range(20_000, 20_012))
def test_networks_of_hundreds_of_edges_are_as_good_as_by_networkx(seed: int) -> None:
    network = a_random_network(seed, most_nodes=30)
    try:
        best = int(network.gain[NetworkSolver().solve(network)].sum())
    except InfeasibleError:
        with pytest.raises(InfeasibleError):
            KernelSolver().solve(network)
    else:
        assert int(network.gain[KernelSolver().solve(network)].sum()) == best


@pytest.mark.parametrize("levels", [1, 2, 50, 10**6])
@pytest.mark.parametrize("shape", [(60, 60), (120, 40), (40, 120)])
def test_full_matrices_are_as_good_as_by_the_assignment_method(
    shape: tuple[int, int], levels: int
) -> None:
    network = a_wide_network(7, shape, levels)
    best = int(network.gain[DenseSolver().solve(network)].sum())
    for engine in (KernelSolver(), ShortlistSolver()):
        chosen, prices = engine.solve_priced(network)
        assert require_optimal(network, chosen, (prices.need, prices.provider)) == best


@pytest.mark.parametrize("fine", [1, 7, 10**6])
def test_the_step_of_the_auction_changes_the_time_and_never_the_value(fine: int) -> None:
    for seed in range(60):
        network = a_random_network(seed, most_nodes=20, minimums=False)
        chosen, prices = rounds.solve_priced(network, fine)
        assert_proven(network, chosen, prices)


@pytest.mark.parametrize("places", [1, 3])
def test_a_shortlist_too_short_is_mended_until_no_edge_beats_the_prices(
    places: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "LIST", (0, 1))
    for seed in range(40):
        network = a_wide_network(seed, (30, 25), 1 + 10 ** (seed % 4), places)
        chosen, prices = ShortlistSolver().solve_priced(network)
        assert_proven(network, chosen, prices)


def test_equal_gains_with_several_places_on_both_sides_are_no_trouble() -> None:
    network = replace(a_wide_network(1, (300, 200), 1, 3), gain=np.full(60_000, 5))
    assert int(KernelSolver().solve(network).sum()) == 600


def test_a_column_that_is_closed_takes_nobody_and_has_a_price() -> None:
    network = a_wide_network(3, (5, 4), 100)
    closed = replace(network, provider_max=np.array([1, 0, 1, 1]))
    chosen, prices = KernelSolver().solve_priced(closed)
    assert not chosen[closed.provider == 1].any()
    assert_proven(closed, chosen, prices)


def test_only_losses_leave_everybody_alone() -> None:
    network = replace(a_wide_network(3, (5, 4), 100), gain=np.full(20, -3))
    assert not KernelSolver().solve(network).any()


def test_nobody_and_nothing_are_networks_too() -> None:
    for shape in ((0, 0), (3, 0), (0, 3)):
        assert KernelSolver().solve(a_wide_network(0, shape, 1)).tolist() == []


@pytest.mark.parametrize("seed", range(8))
def test_the_order_and_the_sides_of_a_network_do_not_change_its_value(seed: int) -> None:
    network = a_random_network(seed, most_nodes=20, minimums=False)
    dice = np.random.default_rng(seed)
    by_need, by_provider = dice.permutation(network.n_needs), dice.permutation(network.n_providers)
    need, provider = by_need[network.need], by_provider[network.provider]
    order = np.lexsort((provider, need))
    shuffled = Network(
        need=need[order].astype(np.int32),
        provider=provider[order].astype(np.int32),
        gain=network.gain[order],
        need_min=network.need_min,
        need_max=network.need_max[np.argsort(by_need)],
        provider_min=network.provider_min,
        provider_max=network.provider_max[np.argsort(by_provider)],
    )
    order = np.lexsort((network.need, network.provider))
    turned = Network(
        need=network.provider[order],
        provider=network.need[order],
        gain=network.gain[order],
        need_min=network.provider_min,
        need_max=network.provider_max,
        provider_min=network.need_min,
        provider_max=network.need_max,
    )
    totals = {int(x.gain[KernelSolver().solve(x)].sum()) for x in (network, shuffled, turned)}
    assert len(totals) == 1


def test_a_network_that_may_not_be_written_to_is_left_as_it_was() -> None:
    network = a_random_network(11, most_nodes=20, minimums=False)
    before = network.gain.copy()
    for array in (network.need, network.provider, network.gain):
        array.setflags(write=False)
    first = KernelSolver().solve(network)
    assert first.tolist() == KernelSolver().solve(network).tolist()
    assert network.gain.tolist() == before.tolist()


def test_six_threads_give_what_one_gives() -> None:
    networks = [a_random_network(seed, most_nodes=40, minimums=False) for seed in range(60)]
    alone = [KernelSolver().solve(network).tolist() for network in networks]
    with ThreadPoolExecutor(6) as pool:
        together = [found.tolist() for found in pool.map(KernelSolver().solve, networks)]
    assert together == alone


def test_gains_that_could_overflow_are_refused_beforehand() -> None:
    network = replace(a_wide_network(1, (4, 4), 2), gain=np.full(16, 2**58))
    assert "64 位整数" in KernelSolver().refusal(network)
    assert not KernelSolver().refusal(replace(network, gain=np.full(16, 2**56)))


@pytest.mark.parametrize(
    ("network", "engine"),
    [
        (a_wide_network(0, (20, 20), 9), DenseSolver),
        (a_wide_network(0, (20, 20), 9, places=2), KernelSolver),
        (a_wide_network(0, (250, 250), 9), KernelSolver),
        (a_wide_network(0, (500, 500), 9), ShortlistSolver),
        (replace(a_wide_network(0, (3, 3), 9), gain=np.full(9, 2**59)), SparseSolver),
    ],
)
def test_the_router_takes_the_engine_of_the_regime(network: Network, engine: type[Solver]) -> None:
    assert type(engine_for(network)) is engine


def test_prices_that_allow_more_and_broken_limits_are_refused() -> None:
    network = a_wide_network(5, (6, 6), 50)
    chosen, prices = KernelSolver().solve_priced(network)
    both = prices.need, prices.provider
    with pytest.raises(CheckFailedError, match="相差 1 个单位"):
        require_optimal(network, chosen, (both[0] + np.eye(6, dtype=np.int64)[0], both[1]))
    with pytest.raises(CheckFailedError, match="未达最优"):
        require_optimal(network, np.zeros_like(chosen), both)
    with pytest.raises(CheckFailedError, match="上下限"):
        require_optimal(network, np.ones_like(chosen), both)


def test_where_no_cache_can_be_written_the_kernel_compiles_all_the_same(tmp_path: Path) -> None:
    """The source lies where no folder can be made, and so does the home of the user."""
    source = (ROOT / "matching" / "kernel" / "compiled.py").read_text(encoding="utf-8")
    (tmp_path / "compiled.py").write_text(source, encoding="utf-8")
    (tmp_path / "twice.py").write_text(
        "from compiled import compiled\n\n@compiled\ndef twice(x):\n    return 2 * x\n"
    )
    (tmp_path / "__pycache__").write_text("a file, no folder")
    nowhere = str(tmp_path / "compiled.py" / "cache")
    run = subprocess.run(
        [sys.executable, "-c", "from twice import twice; print(twice(21), twice.stats.cache_path)"],
        check=True,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={"HOME": nowhere, "XDG_CACHE_HOME": nowhere, "PYTHONPATH": str(tmp_path)},
        timeout=300,
    )
    assert run.stdout.split() == ["42", "None"]


def test_whoever_only_ranks_or_reads_a_problem_does_not_meet_the_compiler() -> None:
    code = (
        "import sys, matching.assign, matching.problem, matching.instance\n"
        "from matching.solvers import auto\n"
        "print('numba' in sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=300,
    )
    assert run.stdout.split() == ["False"]


def test_what_is_compiled_together_stays_in_one_file() -> None:
    """A caller kept on disk would go on calling the old code of a function in another file."""
    for module in (search, shortlist):
        for name, function in vars(module).items():
            if hasattr(function, "py_func") and name not in ("compiled", "inlined"):
                assert function.py_func.__module__ == module.__name__
