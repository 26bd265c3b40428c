"""The page that maps the document's mechanisms: what it names exists, and it leaves none out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from peipao.reference.loader import load_reference

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "clauses.md").read_text(encoding="utf-8")
PATHS = set(json.loads((ROOT / "docs/reference/openapi.json").read_text(encoding="utf-8"))["paths"])
REFERENCE = load_reference()
STATES = ("已有", "部分", "尚无")


def rows() -> Iterator[list[str]]:
    """Yield the cells of every mechanism: what, state, use cases, routes, tests."""
    for line in PAGE.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| ") and len(cells) == 5 and cells[0] != "机制":
            yield cells


def named(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


@pytest.mark.parametrize("row", list(rows()), ids=lambda row: row[0][:20])
def test_what_a_row_names_exists_and_what_is_missing_is_said_to_be(row: list[str]) -> None:
    _, state, use_cases, routes, tests = row
    assert state.startswith(STATES)
    absent = state.startswith("尚无")
    for cell in (use_cases, routes, tests):
        assert bool(named(cell)) is not absent
    assert all((ROOT / f"serving/usecases/{name}.py").is_file() for name in named(use_cases))
    assert set(named(routes)) <= PATHS
    assert all((ROOT / name).is_file() for name in named(tests))


def test_every_team_space_and_stage_of_the_document_is_on_the_page() -> None:
    tables = (REFERENCE.teams, REFERENCE.space_types, REFERENCE.stages)
    words = [one.zh for table in tables for one in table.values()]
    assert len(words) == 8 + 4 + 4
    assert [word for word in words if word not in PAGE] == []


@pytest.mark.parametrize(
    ("key", "word"),
    [
        ("targets", "响应率 100%"),
        ("beneficiary_groups", "陪跑对象"),
        ("bid_mode", "揭榜挂帅"),
        ("dynamic", "项目库动态调整"),
        ("ledger_fields", "陪跑台账"),
        ("honours", "创业陪跑先锋"),
        ("departments", "五部门"),
    ],
)
def test_every_way_in_which_the_programme_is_run_is_on_the_page(key: str, word: str) -> None:
    assert key in REFERENCE.operations
    assert word in PAGE


def test_no_way_of_running_the_programme_is_forgotten() -> None:
    known = {
        "targets", "beneficiary_groups", "bid_mode", "dynamic", "ledger_fields", "honours",
        "departments", "source",
    }  # fmt: skip
    assert set(REFERENCE.operations) == known
