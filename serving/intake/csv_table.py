"""A CSV file as rows of text: nothing is guessed, so that no id loses a digit or a zero."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from peipao.errors import SheetRefusedError

MAX_BYTES = 64 << 20
MAX_ROWS = 1_000_000
_ENCODINGS = ("utf-8-sig", "gb18030")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a sheet.

    Attributes:
        where: file and line, such as `pairs.csv 第 2 行`; begins every error about it.
        cells: field -> text without blanks around it; empty where nothing is stated.
    """

    where: str
    cells: Mapping[str, str]


def read_csv(path: Path, fields: Mapping[str, Sequence[str]], required: Sequence[str]) -> list[Row]:
    """Return the rows of a CSV file, in UTF-8 or GB18030; blank lines are left out.

    Args:
        path: of the file.
        fields: field -> what its column may be called.
        required: fields that every row must state.

    Raises:
        OSError: the file cannot be opened.
        SheetRefusedError: it is no such table; lists columns and cells that are wrong or missing.
    """
    text = _text(path)
    lines = _lines(path.name, text)
    if not lines:
        raise SheetRefusedError([f"{path.name}:文件为空;应为:表头一行,其后每行一条"])
    columns = _columns(path.name, lines[0][1], fields, required)
    problems: list[str] = []
    rows = []
    for number, cells in lines[1:]:
        where = f"{path.name} 第 {number} 行"
        if len(cells) != len(lines[0][1]):
            problems.append(f"{where}:有 {len(cells)} 列;应为:{len(lines[0][1])} 列")
            continue
        row = {field: cells[at].strip() for field, at in columns.items()}
        problems += [f"{where} {fields[one][0]}:没有填写" for one in required if not row[one]]
        rows.append(Row(where, row))
    if problems:
        raise SheetRefusedError(problems)
    return rows


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


def _lines(name: str, text: str) -> list[tuple[int, list[str]]]:
    found: list[tuple[int, list[str]]] = []
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


def _columns(
    name: str, header: Sequence[str], fields: Mapping[str, Sequence[str]], required: Sequence[str]
) -> dict[str, int]:
    titles = [title.strip() for title in header]
    by_title = {title: field for field, known in fields.items() for title in (*known, field)}
    problems = [
        f"{name} 表头:没有列 {title!r};应为:{'、'.join(known[0] for known in fields.values())}"
        for title in titles
        if title not in by_title
    ]
    found: dict[str, int] = {}
    for at, title in enumerate(titles):
        field = by_title.get(title)
        if field in found:
            problems.append(f"{name} 表头:列 {title!r} 重复")
        elif field is not None:
            found[field] = at
    missing = [fields[one][0] for one in required if one not in found]
    if missing:
        problems.append(f"{name} 表头:缺少列 {'、'.join(missing)}")
    if problems:
        raise SheetRefusedError(problems)
    return found
