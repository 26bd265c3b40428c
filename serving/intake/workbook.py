"""xlsx workbooks: written with text as text, read in a process of its own that is kept small.

A workbook that somebody hands in may be built to exhaust memory or to run something; see
`workbook_child`. What is written never starts a formula, whatever a name begins with.
"""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from peipao.errors import SheetRefusedError

_PATIENCE_S = 30.0
_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_BROKEN = "文件损坏,或大到不能安全读取"

Cell = str | float | int | None
Line = tuple[int, list[str]]


def read_sheet(path: Path, sheet: str) -> list[Line]:
    """Return row number and cells as text of the rows of a sheet; blank rows are left out.

    Numbers become text without a fraction of zero; formulas and numbers of over 15 digits are
    refused, since what they say is not what was typed.

    Raises:
        OSError: the file cannot be opened.
        SheetRefusedError: it is no such workbook; names file, sheet and row.
    """
    where = f"{path.name} 工作表「{sheet}」"
    command = [sys.executable, "-m", "serving.intake.workbook_child", sheet]
    limits = {"OPENBLAS_NUM_THREADS": "1", "PYTHONUTF8": "1"}
    with path.open("rb") as file:
        try:
            done = subprocess.run(  # noqa: S603  our own module
                command,
                stdin=file,
                capture_output=True,
                timeout=_PATIENCE_S,
                check=False,
                env=limits,
            )
        except subprocess.TimeoutExpired as error:
            raise SheetRefusedError([f"{where}:{_BROKEN}"]) from error
    lines = [json.loads(line) for line in done.stdout.splitlines()] if not done.returncode else None
    if lines is None:
        raise SheetRefusedError([f"{where}:{_BROKEN}"])
    if lines and isinstance(lines[-1], dict):
        raise SheetRefusedError([f"{where}:{lines[-1]['refused']}"])
    return [(number, cells) for number, cells in lines]


def workbook_of(sheet: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Return a workbook of one sheet.

    Args:
        sheet: name of the sheet.
        header: first row.
        rows: text is written as text, even where it looks like a formula.
    """
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    book = Workbook(write_only=True)
    page = book.create_sheet(sheet)
    page.freeze_panes = "A2"
    for row in (header, *rows):
        cells = []
        for value in row:
            said = _NOT_IN_XML.sub("", value) if isinstance(value, str) else value
            cell = WriteOnlyCell(page, said)
            if isinstance(value, str):
                cell.data_type = "s"
            cells.append(cell)
        page.append(cells)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()
