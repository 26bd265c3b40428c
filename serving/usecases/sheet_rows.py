"""The rows of a sheet by the titles of its columns, whatever file they came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from peipao.errors import SheetRefusedError

Line = tuple[int, list[str]]
"""Row number as people see it, and the cells as text."""

Fields = Mapping[str, Sequence[str]]
"""Field -> what its column may be called, the usual title first."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a sheet.

    Attributes:
        where: file and line, such as `pairs.csv 第 2 行`; begins every error about it.
        cells: field -> text without blanks around it; empty where nothing is stated.
    """

    where: str
    cells: Mapping[str, str]


def rows_of(name: str, lines: Sequence[Line], fields: Fields, required: Sequence[str]) -> list[Row]:
    """Return the rows behind the first, which is the header; its columns may be in any order.

    Args:
        name: of the file, for errors.
        lines: not blank.
        fields: the columns that there may be.
        required: fields that every row must state.

    Raises:
        SheetRefusedError: it is no such table; lists columns and cells that are wrong or missing.
    """
    if not lines:
        raise SheetRefusedError([f"{name}:文件为空;应为:表头一行,其后每行一条"])
    header = lines[0][1]
    columns = _columns(name, header, fields, required)
    problems: list[str] = []
    rows = []
    for number, cells in lines[1:]:
        where = f"{name} 第 {number} 行"
        if len(cells) != len(header):
            problems.append(f"{where}:有 {len(cells)} 列;应为:{len(header)} 列")
            continue
        row = {field: cells[at].strip() for field, at in columns.items()}
        problems += [f"{where} {fields[one][0]}:没有填写" for one in required if not row[one]]
        rows.append(Row(where, row))
    if problems:
        raise SheetRefusedError(problems)
    return rows


def filled_up(lines: Sequence[Line]) -> list[Line]:
    """Return the lines with empty cells at the end, as far as the header goes.

    A workbook does not keep them.
    """
    width = len(lines[0][1]) if lines else 0
    return [(number, [*cells, *[""] * (width - len(cells))]) for number, cells in lines]


def _columns(
    name: str, header: Sequence[str], fields: Fields, required: Sequence[str]
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
