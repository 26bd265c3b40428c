"""The sheets that rounds take: tables of scores, and pairings that ran before the system did."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from pathlib import Path

from peipao.domain.ids import ID_PATTERN
from peipao.errors import SheetRefusedError
from serving.intake.csv_table import read_csv
from serving.intake.workbook import read_sheet
from serving.usecases.import_pairings import PairingDraft
from serving.usecases.pairings_sheet import SHEET
from serving.usecases.score_sheet import ScoreRow, ScoreSheet, sheet_of
from serving.usecases.sheet_rows import Row, filled_up, rows_of

SCORE_FIELDS: Mapping[str, tuple[str, ...]] = {
    "need": ("需求编号",),
    "provider": ("资源方编号",),
    "score": ("评分", "分值", "匹配度"),
}
PAIRING_FIELDS: Mapping[str, tuple[str, ...]] = {
    "project": ("项目编号",),
    "kind": ("类别",),
    "provider": ("资源方编号",),
    "since": ("开始日期",),
    "need": ("需求编号",),
    "project_name": ("项目名称",),
    "provider_name": ("资源方名称",),
}
"""Names are for people alone and are not read."""

_ID = re.compile(ID_PATTERN)
_NUMBER = re.compile(r"^\d{1,9}(?:\.\d{1,12})?(?:[eE]-?\d{1,2})?$")
_DAY = re.compile(r"^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})(?:日|T00:00:00)?$")


def read_scores(path: Path) -> ScoreSheet:
    """Return a table of scores: columns 需求编号, 资源方编号, 评分 (0 to 1, higher is better).

    Raises:
        OSError: the file cannot be opened.
        SheetRefusedError: lists row and field of everything wrong.
    """
    rows = read_csv(path, SCORE_FIELDS, list(SCORE_FIELDS))
    problems = [
        *_wrong_ids(rows, {"need": "需求编号", "provider": "资源方编号"}),
        *(
            f"{row.where} 评分:{row.cells['score'][:20]!r} 不是数;应为:0 至 1"
            for row in rows
            if _NUMBER.fullmatch(row.cells["score"]) is None
        ),
    ]
    if problems:
        raise SheetRefusedError(problems)
    return sheet_of(
        path.name,
        [
            ScoreRow(row.where, row.cells["need"], row.cells["provider"], float(row.cells["score"]))
            for row in rows
        ],
    )


def read_pairings(path: Path) -> list[PairingDraft]:
    """Return running pairings of a CSV file or an xlsx workbook.

    Columns: 项目编号, 类别, 资源方编号, 开始日期, and 需求编号 if known.

    Raises:
        OSError: the file cannot be opened.
        SheetRefusedError: lists row and field of everything wrong.
    """
    required = ["project", "kind", "provider", "since"]
    if path.suffix.lower() == ".xlsx":
        rows = rows_of(path.name, filled_up(read_sheet(path, SHEET)), PAIRING_FIELDS, required)
    else:
        rows = read_csv(path, PAIRING_FIELDS, required)
    named = {"project": "项目编号", "provider": "资源方编号", "need": "需求编号"}
    days = [_day(row.cells["since"]) for row in rows]
    problems = [
        *_wrong_ids(rows, named),
        *(
            f"{row.where} 开始日期:{row.cells['since'][:20]!r} 不是日期;应为:如 2025-09-01"
            for row, day in zip(rows, days, strict=True)
            if day is None
        ),
    ]
    if problems:
        raise SheetRefusedError(problems)
    return [
        PairingDraft(
            where=row.where,
            project_id=row.cells["project"],
            kind=row.cells["kind"],
            provider_id=row.cells["provider"],
            since=day,
            need_id=row.cells.get("need") or None,
        )
        for row, day in zip(rows, days, strict=True)
        if day is not None
    ]


def _wrong_ids(rows: list[Row], named: Mapping[str, str]) -> list[str]:
    return [
        f"{row.where} {title}:{row.cells[field][:40]!r} 不合法;"
        "应为:1 至 64 位字母、数字、下划线或连字符(长编号请存为文本格式)"
        for row in rows
        for field, title in named.items()
        if row.cells.get(field) and _ID.fullmatch(row.cells[field]) is None
    ]


def _day(text: str) -> dt.date | None:
    found = _DAY.fullmatch(text)
    if found is None:
        return None
    try:
        return dt.date(*map(int, found.groups()))
    except ValueError:
        return None
