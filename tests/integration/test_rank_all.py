"""The lists of all needs at once are those of each need alone, to the last bit."""

from __future__ import annotations

import csv
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest
from command_line import Run

from models.grids import best_of
from peipao.errors import InvalidInputError, NoActiveModelError
from serving.usecases import rank_all
from serving.usecases.rank_all import TopRow
from serving.wiring import Peipao


def lists_of(rows: list[TopRow]) -> dict[str, list[TopRow]]:
    return {key: list(some) for key, some in groupby(rows, key=lambda row: row.need_id)}


@pytest.mark.parametrize("cells", [1, 40 * 7, 1 << 20])
def test_every_list_equals_that_of_its_need_alone(
    steady: Peipao, monkeypatch: pytest.MonkeyPatch, cells: int
) -> None:
    monkeypatch.setattr(rank_all, "CELLS", cells)
    found = lists_of(list(steady.rank_all("mentor", 10)))
    chosen = sorted(found)[::9]
    alone = {key: steady.rank.need(key, 10).matches for key in chosen}
    assert {
        key: [(row.provider_id, row.margin, row.affinity) for row in found[key]] for key in chosen
    } == {
        key: [(one.provider_id, one.margin, one.affinity) for one in alone[key]] for key in chosen
    }
    assert [row.rank for row in found[chosen[0]]] == list(range(1, len(found[chosen[0]]) + 1))


def test_every_waiting_need_is_answered_in_order(steady: Peipao) -> None:
    found = list(lists_of(list(steady.rank_all("service_officer", 3))))
    with steady.store.reading() as tx:
        waiting = sorted(need.id for need in tx.needs.open_of_kind("service_officer"))
    assert found == waiting


@pytest.mark.parametrize("limit", [0, 201])
def test_a_limit_out_of_range_is_refused(steady: Peipao, limit: int) -> None:
    with pytest.raises(InvalidInputError, match="1 至 200"):
        steady.rank_all("mentor", limit)


def test_a_kind_without_a_model_is_refused(steady: Peipao) -> None:
    with pytest.raises(NoActiveModelError):
        steady.rank_all("association")


def test_a_table_is_written_whole(
    run: Run, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PEIPAO_HOME", str(home))
    ran = run("rank", "mentor", "--limit", 2, "--out", tmp_path / "lists.csv")
    assert ran.code == 0, ran.err
    rows = list(csv.DictReader((tmp_path / "lists.csv").read_text(encoding="utf-8").splitlines()))
    assert {row["rank"] for row in rows} == {"1", "2"}
    assert str(len(rows)) in ran.plain


def test_the_best_of_a_block_are_those_of_sorting_it() -> None:
    rng = np.random.default_rng(3)
    margin = np.round(rng.normal(size=(50, 30)), 1)
    margin[rng.random(margin.shape) < 0.3] = -np.inf
    need, provider = best_of(margin, 5)
    for row in range(len(margin)):
        open_ones = np.sort(margin[row][margin[row] > -np.inf])[::-1]
        last = open_ones[:5][-1]
        assert provider[need == row].tolist() == np.flatnonzero(margin[row] >= last).tolist()


def test_a_limit_beyond_all_providers_takes_every_eligible_one() -> None:
    need, provider = best_of(np.array([[1.0, -np.inf, 0.0]]), 9)
    assert (need.tolist(), provider.tolist()) == ([0, 0], [0, 2])
