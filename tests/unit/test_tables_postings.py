"""Products of sparse rows are those of dense ones, to the same bit in every way of making them."""

from __future__ import annotations

import numpy as np
import pytest

from peipao.tables import postings
from peipao.tables.postings import Postings, add_row_products, dots_at
from peipao.tables.profiles import FloatArray
from peipao.tables.terms import TermRows

GRID = 2.0**-16


def rows(n: int, width: int, seed: int) -> FloatArray:
    """Return rows on a grid, most entries 0; the first dimensions are in nearly every row."""
    rng = np.random.default_rng(seed)
    values = np.round(rng.random((n, width)) / GRID) * GRID
    often = np.linspace(0.95, 0.02, width)
    return np.where(rng.random((n, width)) < often, values, 0.0)


@pytest.fixture(params=[1, 10**6], ids=["compiled", "numpy"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postings, "MANY", request.param)
    monkeypatch.setattr(postings, "MANY_PAIRS", request.param)


@pytest.mark.usefixtures("way")
def test_products_are_those_of_the_dense_rows() -> None:
    ours, theirs = rows(20, 30, 1), rows(50, 30, 2)
    ours[3] = 0.0
    found = Postings.of(theirs)
    assert 0 < len(found.table) < 30
    assert np.array_equal(found.products(TermRows.of(ours)), ours @ theirs.T)


@pytest.mark.usefixtures("way")
def test_products_are_added_to_what_is_there() -> None:
    ours, theirs = rows(20, 30, 1), rows(50, 30, 2)
    out = np.ones((20, 50))
    Postings.of(theirs).add_products(TermRows.of(ours), out)
    assert np.array_equal(out, 1 + ours @ theirs.T)


@pytest.mark.usefixtures("way")
def test_vectors_without_any_entry_give_zeros() -> None:
    found = Postings.of(np.zeros((5, 30)))
    assert not found.products(TermRows.of(rows(4, 30, 1))).any()


@pytest.mark.usefixtures("way")
def test_rows_times_a_full_table() -> None:
    ours, table = rows(20, 30, 3), rows(30, 12, 4).astype(np.float32)
    out = np.zeros((20, 12), dtype=np.float32)
    add_row_products(TermRows.of(ours), table, out)
    assert out == pytest.approx(ours @ table, abs=1e-5)


@pytest.mark.usefixtures("way")
def test_pair_by_pair_is_as_row_by_row() -> None:
    ours, theirs = rows(20, 30, 1), rows(50, 30, 2)
    need, provider = np.divmod(np.arange(0, 1000, 3), 50)
    found = dots_at(ours, need.astype(np.int32), TermRows.of(theirs), provider.astype(np.int32))
    assert np.array_equal(found, (ours @ theirs.T)[need, provider])


def test_some_rows_can_be_taken_and_others_emptied() -> None:
    dense = rows(6, 30, 5)
    sparse = TermRows.of(dense)
    order = np.array([4, 0, 4], dtype=np.int32)
    everything = Postings.of(np.eye(30))
    assert np.array_equal(everything.products(sparse.taken(order)), dense[order])
    kept = np.array([True, False, True, False, False, True])
    assert np.array_equal(everything.products(sparse.where(kept)), dense * kept[:, None])
    assert len(sparse.where(kept)) == 6
