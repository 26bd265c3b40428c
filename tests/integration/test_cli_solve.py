"""`peipao solve` with tables of pairs, explanations and what-if questions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from command_line import Run

NODES: dict[str, Any] = {
    "needs": [{"id": "n1"}, {"id": "n2"}],
    "providers": [{"id": "p1"}],
    "pairs": [],
}
ROWS = {"need": ["n1", "n2"], "provider": ["p1", "p1"], "affinity": [0.9, 0.4]}
CSV = "need,provider,affinity\nn1,p1,0.9\nn2,p1,0.4\n"


def written(**changes: Any) -> None:
    """Write the instance with changes."""
    Path("good.json").write_text(json.dumps({**NODES, **changes}), encoding="utf-8")


@pytest.mark.parametrize("name", ["pairs.csv", "pairs.parquet"])
def test_pairs_are_read_from_a_table_beside_the_instance(run: Run, name: str) -> None:
    Path("pairs.csv").write_text("\ufeff" + CSV, encoding="utf-8")
    pq.write_table(pa.table(ROWS), "pairs.parquet")
    written(pairs_file=name)
    answer = json.loads(run("solve", "good.json").out)
    assert answer["matches"] == [{"need": "n1", "provider": "p1", "affinity": 0.9}]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("need,provider\nn1,p1\n", "缺少此列"),
        (CSV.replace("affinity", "affinity,colour"), "不认识或重复的列"),
        (CSV + "n1,p1\n", "第 4 行:列数与表头不符"),
        (CSV.replace("0.4", "viel"), "第 3 行 affinity:取值 'viel' 不可用"),
        (CSV.replace("0.4", "nan"), "pairs[1].affinity"),
        (CSV.replace("n2,", "n9,"), "pairs[1].need"),
        ("", "缺少此列"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused_by_name(run: Run, text: str, says: str) -> None:
    Path("pairs.csv").write_text(text, encoding="utf-8")
    written(pairs_file="pairs.csv")
    ran = run("solve", "good.json")
    assert (ran.code, ran.refusal, ran.out) == (2, "invalid-input", "")
    assert says in ran.err


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"pairs_file": "nowhere.csv"}, "没有文件 nowhere.csv"),
        ({"pairs_file": "good.json"}, "不认识的文件类型"),
        ({"pairs_file": 7}, "取值 7 不可用"),
        (
            {"pairs_file": "a.csv", "pairs": [{"need": "n1", "provider": "p1", "affinity": 1}]},
            "二者只取其一",
        ),
    ],
)
def test_a_table_that_is_not_there_is_refused(run: Run, changes: Any, says: str) -> None:
    written(**changes)
    ran = run("solve", "good.json")
    assert (ran.code, ran.refusal) == (2, "invalid-input")
    assert says in ran.err


def test_a_file_that_is_no_parquet_is_refused(run: Run) -> None:
    Path("pairs.parquet").write_text("PAR", encoding="utf-8")
    written(pairs_file="pairs.parquet")
    assert "不是 Parquet 文件" in run("solve", "good.json").err


def test_explanations_and_questions_are_answered(run: Run) -> None:
    pairs = [
        {"need": need, "provider": "p1", "affinity": a} for need, a in (("n1", 0.9), ("n2", 0.4))
    ]
    written(pairs=pairs)
    asked = ("--explain", "--what-if", "place:p1:+1", "--what-if", "veto:n1:p1")
    answer = json.loads(run("solve", "good.json", *asked).out)
    assert [one["gain"] for one in answer["what_if"]] == [0.4, -0.5]
    assert [one["made"] for one in answer["explanations"]] == [True, False]
    ran = run("solve", "good.json", "--what-if", "more of everything")
    assert (ran.code, ran.refusal) == (2, "invalid-input")
