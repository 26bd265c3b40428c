"""Pairs of an instance from a table: CSV or Parquet, named by `pairs_file`."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from peipao.errors import InvalidInputError

_NEEDED, _OPTIONAL = ("need", "provider", "affinity"), ("bonus",)


def with_pairs_read(instance: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Return the instance with the pairs of its `pairs_file`, if it names one, in `pairs`.

    Args:
        instance: as read.
        folder: where a relative path starts.

    Raises:
        InvalidInputError: pairs are given twice, or the file or a cell cannot be used.
    """
    named = instance.get("pairs_file")
    if named is None:
        return dict(instance)
    if not isinstance(named, str):
        raise InvalidInputError("pairs_file", f"取值 {named!r:.80} 不可用", "文件路径")
    if instance.get("pairs"):
        raise InvalidInputError("pairs_file", "pairs 已列出配对", "二者只取其一")
    return {**instance, "pairs": _pairs(folder / named), "pairs_file": None}


def _pairs(path: Path) -> list[dict[str, Any]]:
    if not path.is_file():
        raise InvalidInputError("pairs_file", f"没有文件 {path.name}", ".csv 或 .parquet 文件")
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            _refuse_wrong_columns(reader.fieldnames or ())
            return [_from_text(row, at) for at, row in enumerate(reader, start=2)]
    if path.suffix == ".parquet":
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            table = pq.read_table(path)
        except pa.ArrowInvalid as error:
            raise InvalidInputError("pairs_file", f"{path.name} 不是 Parquet 文件") from error
        _refuse_wrong_columns(table.column_names)
        rows: list[dict[str, Any]] = table.to_pylist()
        return rows
    raise InvalidInputError(
        "pairs_file", f"不认识的文件类型 {path.suffix!r:.20}", ".csv 或 .parquet"
    )


def _refuse_wrong_columns(names: Iterable[str]) -> None:
    given = list(names)
    for name in _NEEDED:
        if name not in given:
            raise InvalidInputError(f"pairs_file 的列 {name}", "缺少此列", "、".join(_NEEDED))
    for name in given:
        if name not in (*_NEEDED, *_OPTIONAL) or given.count(name) > 1:
            known = "、".join((*_NEEDED, *_OPTIONAL))
            raise InvalidInputError(f"pairs_file 的列 {name!r:.80}", "不认识或重复的列", known)


def _from_text(row: Mapping[str | None, Any], line: int) -> dict[str, Any]:
    if None in row or any(value is None for value in row.values()):
        raise InvalidInputError(f"pairs_file 第 {line} 行", "列数与表头不符")
    pair: dict[str, Any] = {str(name): value for name, value in row.items()}
    for name in ("affinity", "bonus"):
        if name in pair:
            pair[name] = _number(pair[name], f"pairs_file 第 {line} 行 {name}")
    return pair


def _number(text: str, where: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise InvalidInputError(where, f"取值 {text!r:.80} 不可用", "数") from None
