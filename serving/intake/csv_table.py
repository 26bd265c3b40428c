"""A CSV file as rows of text: nothing is guessed, so that no id loses a digit or a zero."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from peipao.errors import SheetRefusedError
from serving.usecases.sheet_rows import Fields, Line, Row, rows_of

MAX_BYTES = 64 << 20
MAX_ROWS = 1_000_000
_ENCODINGS = ("utf-8-sig", "gb18030")


def read_csv(path: Path, fields: Fields, required: Sequence[str]) -> list[Row]:
    """Return the rows of a CSV file, in UTF-8 or GB18030; blank lines are left out.

    Args:
        path: of the file.
        fields: field -> what its column may be called.
        required: fields that every row must state.

    Raises:
        OSError: the file cannot be opened.
        SheetRefusedError: it is no such table; lists columns and cells that are wrong or missing.
    """
    return rows_of(path.name, _lines(path.name, _text(path)), fields, required)


def _text(path: Path) -> str:
    with path.open("rb") as file:
        raw = file.read(MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        raise SheetRefusedError([f"{path.name}:文件过大;应为:不超过 {MAX_BYTES >> 20} MB"])
    if raw[:2] == b"PK" or b"\x00" in raw:
        raise SheetRefusedError([f"{path.name}:不是文本文件;应为:另存为 CSV(UTF-8)"])
    for encoding in _ENCODINGS:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise SheetRefusedError([f"{path.name}:编码无法识别;应为:UTF-8 或 GB18030"])


def _lines(name: str, text: str) -> list[Line]:
    found: list[Line] = []
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                found.append((reader.line_num, cells))
            if len(found) > MAX_ROWS + 1:
                raise SheetRefusedError([f"{name}:行数过多;应为:不超过 {MAX_ROWS} 行"])
    except csv.Error as error:
        where = f"{name} 第 {reader.line_num} 行"
        raise SheetRefusedError([f"{where}:引号或换行有误,无法分列"]) from error
    return found
