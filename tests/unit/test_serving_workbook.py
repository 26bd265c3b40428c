"""Workbooks: text stays text, hostile files are refused in words and never reach this process."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from peipao.errors import SheetRefusedError
from serving.intake.workbook import read_sheet, workbook_of
from serving.intake.workbook_child import MAX_BYTES, RefusedFileError, rows_in

SHEET = "月度情况"


def a_book(*rows: tuple[Any, ...], sheet: str = SHEET) -> bytes:
    """Return an ordinary workbook."""
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.title = sheet
    for row in rows:
        page.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def with_part(raw: bytes, name: str, content: bytes) -> bytes:
    """Return the archive with one part more or another."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as was, zipfile.ZipFile(out, "w", 8) as now:
        for part in was.namelist():
            if part != name:
                now.writestr(part, was.read(part))
        now.writestr(name, content)
    return out.getvalue()


def test_what_is_written_is_read_back_as_it_was_and_nothing_becomes_a_formula(
    tmp_path: Path,
) -> None:
    names = ["=HYPERLINK(1)", "+1", "-1", "@x", "\t=1", "青禾科技", "0012", "NA"]
    names += ["_x0041_", "TRUE", "第一行\n第二行", "a\x07b", "a\uffffb"]
    path = tmp_path / "月报.xlsx"
    path.write_bytes(workbook_of(SHEET, ("名称", "数"), [(name, 12.5) for name in names]))
    lines = read_sheet(path, SHEET)
    assert lines[0] == (1, ["名称", "数"])
    assert [cells[0] for _, cells in lines[1:]] == [
        re.sub("[\x07\uffff]", "", name) for name in names
    ]
    book = openpyxl.load_workbook(path)
    assert {cell.data_type for cell in book[SHEET]["A"]} == {"s"}


@pytest.mark.parametrize("value", [0, 12, 12.5, 0.01, 999_999_999_999.99, 1e-7])
def test_a_number_survives_being_written_and_read(tmp_path: Path, value: float) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(workbook_of(SHEET, ("数",), [(value,)]))
    ((_, (text,)),) = read_sheet(path, SHEET)[1:]
    assert float(text) == value


def test_cells_become_text_and_blank_rows_are_left_out() -> None:
    day = dt.datetime(2026, 3, 2, tzinfo=None)  # noqa: DTZ001  a spreadsheet knows no zone
    raw = a_book(("a", 3.0, True, day, None), (None, " "), ("b",))
    assert list(rows_in(raw, SHEET)) == [
        (1, ["a", "3", "TRUE", "2026-03-02T00:00:00"]),
        (3, ["b"]),
    ]


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: b"not a workbook", "不是 xlsx"),
        (lambda: b"\0" * (MAX_BYTES + 1), "文件过大"),
        (lambda: a_book(("x",), sheet="别的"), "没有工作表"),
        (lambda: a_book(("=1+1",)), "第 1 行有公式"),
        (lambda: a_book((370202199001011234,)), "超过 15 位"),
        (lambda: with_part(a_book(("x",)), "xl/vbaProject.bin", b"x"), "宏"),
        (lambda: with_part(a_book(("x",)), "xl/pad.xml", b"0" * (8 << 20)), "压缩炸弹"),
        (lambda: a_book(*[(k,) for k in range(20_001)]), "表格过大"),
    ],
    ids=["text", "large", "sheet", "formula", "digits", "macro", "bomb", "rows"],
)
def test_what_cannot_be_taken_as_it_is_is_refused_in_words(
    make: Callable[[], bytes], said: str
) -> None:
    with pytest.raises(RefusedFileError, match=said):
        list(rows_in(make(), SHEET))


def test_entities_of_xml_are_not_expanded_and_end_as_a_damaged_file(tmp_path: Path) -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><sst>&b;</sst>'
    path = tmp_path / "bomb.xlsx"
    path.write_bytes(with_part(a_book(("x",)), "xl/workbook.xml", bomb))
    with pytest.raises(SheetRefusedError, match=r"bomb\.xlsx 工作表「月度情况」:文件损坏"):
        read_sheet(path, SHEET)
