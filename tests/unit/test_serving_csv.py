"""Sheets as people hand them in: what is wrong is listed by file, row and field."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from peipao.errors import SheetRefusedError
from serving.intake.sheets import read_pairings, read_scores

SCORES = "需求编号,资源方编号,评分\nn1,p1,0.5\nn2,p1,1\n"


def sheet(tmp_path: Path, text: str, encoding: str = "utf-8") -> Path:
    path = tmp_path / "表.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_scores_are_read_in_any_encoding_that_offices_use(tmp_path: Path, encoding: str) -> None:
    found = read_scores(sheet(tmp_path, SCORES, encoding))
    assert (found.need_ids, found.scores.tolist()) == (("n1", "n2"), [0.5, 1.0])


def test_the_hash_of_a_sheet_does_not_depend_on_the_order_of_its_rows(tmp_path: Path) -> None:
    head, *rows = SCORES.splitlines()
    turned = "\n".join([head, *reversed(rows)])
    assert (
        read_scores(sheet(tmp_path, turned)).hash() == read_scores(sheet(tmp_path, SCORES)).hash()
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "文件为空"),
        ("需求编号,评分\nn1,0.5\n", "缺少列 资源方编号"),
        (SCORES.replace("评分", "得分"), "没有列 '得分'"),
        (SCORES.replace("评分", "评分,评分").replace(",0.5", ",0.5,0.5"), "列 '评分' 重复"),
        (SCORES.replace("n1", ""), "第 2 行 需求编号:没有填写"),
        (SCORES.replace("n1", "3.70202E+17"), "第 2 行 需求编号:'3.70202E+17' 不合法"),
        (SCORES.replace("0.5", "名次1"), "第 2 行 评分:'名次1' 不是数"),
        (SCORES.replace("0.5", "nan"), "不是数"),
        (SCORES.replace("0.5", "85"), "第 2 行 评分:85.0 不可用;应为:0 至 1"),
        (SCORES + "n1,p1,0.4\n", "第 4 行:配对 (n1, p1) 与 表.csv 第 2 行 重复"),
        (SCORES + "n3,p1\n", "第 4 行:有 2 列;应为:3 列"),
        (SCORES + '"n3,p1,0.5\n', "引号或换行有误"),
        ("需求编号,资源方编号,评分\n", "没有任何评分行"),
    ],
)
def test_a_wrong_sheet_is_refused_by_place(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(SheetRefusedError) as refused:
        read_scores(sheet(tmp_path, text))
    assert told in str(refused.value)


def test_a_workbook_is_told_to_be_saved_as_text(tmp_path: Path) -> None:
    path = tmp_path / "表.csv"
    path.write_bytes(b"PK\x03\x04\x00\x00")
    with pytest.raises(SheetRefusedError, match="另存为 CSV"):
        read_scores(path)


def test_every_problem_of_a_sheet_is_listed_and_a_flood_is_counted(tmp_path: Path) -> None:
    rows = "".join(f"n{number},p1,高\n" for number in range(30))
    with pytest.raises(SheetRefusedError) as refused:
        read_scores(sheet(tmp_path, "需求编号,资源方编号,评分\n" + rows))
    assert len(refused.value.problems) == 30
    assert str(refused.value).endswith("另有 10 处")


@pytest.mark.parametrize("day", ["2025-09-01", "2025/9/1", "2025年9月1日", "2025.09.01"])
def test_days_are_read_as_people_write_them(tmp_path: Path, day: str) -> None:
    text = f"项目编号,类别,资源方编号,开始日期\np1,mentor,m1,{day}\n"
    (found,) = read_pairings(sheet(tmp_path, text))
    assert (found.since, found.need_id) == (dt.date(2025, 9, 1), None)


@pytest.mark.parametrize("day", ["2025-02-30", "45000", "去年", "2025-13-01"])
def test_what_is_no_day_is_refused(tmp_path: Path, day: str) -> None:
    text = f"项目编号,类别,资源方编号,开始日期\np1,mentor,m1,{day}\n"
    with pytest.raises(SheetRefusedError, match="第 2 行 开始日期"):
        read_pairings(sheet(tmp_path, text))
