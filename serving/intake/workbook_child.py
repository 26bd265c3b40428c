"""Reads one sheet of an xlsx file in a process of its own, which may take little and cannot harm.

The file comes on standard input, JSON lines `[row number, [cell, …]]` go to standard output, or one
line `{"refused": "…"}`. Run as `python -m serving.intake.workbook_child SHEET`.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import resource
import sys
import zipfile
from collections.abc import Iterator
from typing import Any

MAX_BYTES = 20 << 20
MAX_ROWS, MAX_COLUMNS = 20_000, 200
_MAX_UNPACKED, _MAX_RATIO, _MAX_ENTRIES = 200 << 20, 100, 100
_MEMORY, _SECONDS = 768 << 20, 15
_EXACT = 10**15
"""Excel keeps 15 digits of a number; longer ids have lost some already."""


class RefusedFileError(Exception):
    """The file cannot be taken; the message is for staff."""


def main() -> int:
    """Read standard input and print the rows."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    try:
        for number, cells in rows_in(sys.stdin.buffer.read(MAX_BYTES + 1), sys.argv[1]):
            sys.stdout.write(json.dumps([number, cells], ensure_ascii=False) + "\n")
    except RefusedFileError as error:
        sys.stdout.write(json.dumps({"refused": str(error)}, ensure_ascii=False) + "\n")
    return 0


def rows_in(raw: bytes, sheet: str) -> Iterator[tuple[int, list[str]]]:
    """Yield row number and cells as text of every row that is not blank.

    Raises:
        RefusedFileError: the file is no such workbook, or a cell cannot be taken as it is.
    """
    _check_container(raw)
    # Imported late: what cannot be a workbook is refused without it. It needs defusedxml to be
    # there, and then takes it by itself.
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(raw), read_only=True, data_only=False, keep_links=False)
    if sheet not in book.sheetnames:
        raise RefusedFileError(f"没有工作表「{sheet}」;现有:{'、'.join(book.sheetnames[:10])}")
    rows = book[sheet].iter_rows(max_row=MAX_ROWS + 1, max_col=MAX_COLUMNS + 1)
    for number, row in enumerate(rows, start=1):
        cells = [_text(cell, number) for cell in row]
        if not any(cell.strip() for cell in cells):
            continue
        if number > MAX_ROWS or any(cells[MAX_COLUMNS:]):
            raise RefusedFileError(f"表格过大;应为:至多 {MAX_ROWS} 行、{MAX_COLUMNS} 列")
        yield number, _trimmed(cells)


def _check_container(raw: bytes) -> None:
    if len(raw) > MAX_BYTES:
        raise RefusedFileError(f"文件过大;应为:不超过 {MAX_BYTES >> 20} MB")
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            parts = archive.infolist()
    except zipfile.BadZipFile as error:
        raise RefusedFileError("不是 xlsx 工作簿;应为:另存为 Excel 工作簿(.xlsx)") from error
    names = {part.filename for part in parts}
    if "xl/workbook.xml" not in names:
        raise RefusedFileError("不是 xlsx 工作簿;应为:另存为 Excel 工作簿(.xlsx)")
    unpacked = sum(part.file_size for part in parts)
    packed = sum(part.compress_size for part in parts)
    if unpacked > _MAX_UNPACKED or unpacked > _MAX_RATIO * max(packed, 1):
        raise RefusedFileError("解压后过大,可能是压缩炸弹")
    if len(parts) > _MAX_ENTRIES:
        raise RefusedFileError(f"内部文件过多;应为:至多 {_MAX_ENTRIES} 个")
    if any("vbaProject" in name or "externalLinks" in name for name in names):
        raise RefusedFileError("含有宏或外部链接;应为:另存为不含宏的工作簿")


def _text(cell: Any, row: int) -> str:  # noqa: ANN401  openpyxl is untyped
    value = cell.value
    if value is None:
        return ""
    if cell.data_type in {"f", "e"}:
        kind = "公式" if cell.data_type == "f" else "错误值"
        raise RefusedFileError(f"第 {row} 行有{kind};应为:粘贴为数值")
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return _number_text(value, row)
    return value.isoformat() if isinstance(value, dt.datetime | dt.date | dt.time) else str(value)


def _number_text(value: float, row: int) -> str:
    if abs(value) >= _EXACT:
        raise RefusedFileError(f"第 {row} 行有超过 15 位的数字,已丢失精度;应为:存为文本")
    return str(int(value)) if float(value).is_integer() else repr(value)


def _trimmed(cells: list[str]) -> list[str]:
    last = max(k for k, cell in enumerate(cells) if cell.strip())
    return cells[: last + 1]


if __name__ == "__main__":
    sys.exit(main())
