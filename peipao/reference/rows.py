"""One row of a reference file, read field by field; whatever does not fit is named."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypedDict

from peipao.errors import ReferenceDataError

_CODE = re.compile(r"^[A-Za-z][A-Za-z0-9_-]{0,63}$")
_PUBLISHED = re.compile(r"^\d{4}(-\d{2}(-\d{2})?)?$")
_DECIMAL = re.compile(r"^-?\d{1,15}(\.\d{1,9})?$")
_SHOWN, _LONGEST = 20, 1_000

TOP = "-"
"""Name of the row that is the whole file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sourced:
    """What every row carries about where it comes from.

    Attributes:
        source: addresses or descriptions; empty only if `verified` is False.
        verified: somebody read the facts of the row in the source.
        published: `YYYY`, `YYYY-MM` or `YYYY-MM-DD` of the source; None is unknown.
        grade: kind of the source (`official`, `press`, `portal` …); None is not said.
        note: remark for people; None is none.
    """

    source: tuple[str, ...]
    verified: bool
    published: str | None = None
    grade: str | None = None
    note: str | None = None


class Origin(TypedDict):
    """The fields of `Sourced`, as keyword arguments."""

    source: tuple[str, ...]
    verified: bool
    published: str | None
    grade: str | None
    note: str | None


def finite(value: object) -> float | None:
    """Return a number as a float; None if it is none, or beyond what a float can hold."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:  # an integer beyond any float
        return None


def listed(values: Iterable[str]) -> str:
    """Return known values for a message, the first twenty of them."""
    known = sorted(values)
    return "、".join(known[:_SHOWN]) + (f" 等共 {len(known)} 个" if len(known) > _SHOWN else "")


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


class Row:
    """Reads the fields of one row; remembers which were read, so that others can be refused.

    Attributes:
        file, name: what errors name: the file, and the row by its id.
    """

    __slots__ = ("_cells", "_raw", "_read", "file", "name")

    def __init__(self, file: str, name: str, raw: object) -> None:
        self.file, self.name = file, name
        self._cells = file.endswith(".csv")  # where every value is text
        self._read: set[str] = set()
        if not isinstance(raw, Mapping):
            raise ReferenceDataError(file, name, "-", "不是键值表", "键: 值")
        self._raw = raw

    def error(self, field: str, problem: str, right: str = "") -> ReferenceDataError:
        """Return the error that names this row and the field; what stands there may be cut."""
        return ReferenceDataError(
            self.file, _cut(self.name), _cut(field), _cut(problem), _cut(right)
        )

    def get(self, field: str) -> Any:  # noqa: ANN401  any YAML value
        """Return the raw value; None if absent, null or an empty cell."""
        self._read.add(field)
        value = self._raw.get(field)
        return None if value == "" else value

    def required(self, field: str) -> Any:  # noqa: ANN401  any YAML value
        """Return the raw value, which must be there."""
        value = self.get(field)
        if value is None:
            raise self.error(field, "缺少或为空", "必填")
        return value

    def text(self, field: str) -> str:
        """Return text that is not blank."""
        value = self.required(field)
        if not isinstance(value, str) or not value.strip():
            raise self.error(field, f"不是文字:{value!r}", "非空文字(数字请加引号)")
        return value

    def text_or_none(self, field: str) -> str | None:
        """Return text, or None if not stated."""
        return None if self.get(field) is None else self.text(field)

    def flag(self, field: str) -> bool:
        """Return a truth value, `true` or `false`."""
        value = self.required(field)
        if self._cells and value in {"true", "false"}:
            return bool(value == "true")
        if not isinstance(value, bool):
            raise self.error(field, f"不是真假值:{value!r}", "true 或 false")
        return value

    def number(self, field: str, low: float = -math.inf, high: float = math.inf) -> float:
        """Return a finite number in [low, high]; a CSV cell is read as a decimal."""
        value = self.required(field)
        if self._cells and _DECIMAL.match(value):
            value = float(value)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.error(field, f"不是数字:{self._raw[field]!r}", "数字")
        number = finite(value)
        if number is None or not low <= number <= high:
            raise self.error(field, f"数值超出范围:{value}", f"{low} 至 {high} 之间")
        return number

    def number_or_none(self, field: str, low: float = -math.inf) -> float | None:
        """Return a finite number of at least `low`, or None if not stated."""
        return None if self.get(field) is None else self.number(field, low)

    def whole(self, field: str, low: int = 0) -> int:
        """Return a whole number of at least `low`."""
        value = self.number(field, low)
        if not value.is_integer():
            raise self.error(field, f"不是整数:{value}", "整数")
        return int(value)

    def whole_or_none(self, field: str, low: int = 0) -> int | None:
        """Return a whole number of at least `low`, or None if not stated."""
        return None if self.get(field) is None else self.whole(field, low)

    def texts(self, field: str) -> tuple[str, ...]:
        """Return a list of different texts; empty if absent; a CSV cell is cut at semicolons."""
        value = self.get(field)
        items = value.split(";") if self._cells and value else value or []
        if not isinstance(items, list):
            raise self.error(field, f"不是列表:{value!r}", "列表")
        for item in items:
            if not isinstance(item, str) or not item.strip():
                raise self.error(field, f"列表中有非文字项:{item!r}", "非空文字")
        if len(set(items)) < len(items):
            twice = next(item for item in items if items.count(item) > 1)
            raise self.error(field, f"列表中 {twice!r} 重复", "各项互不相同")
        return tuple(items)

    def one_of(self, field: str, known: Collection[str]) -> str:
        """Return a code of a table."""
        value = self.text(field)
        if value not in known:
            raise self.error(field, f"引用了不存在的取值 {value!r}", listed(known))
        return value

    def one_of_or_none(self, field: str, known: Collection[str]) -> str | None:
        """Return a code of a table, or None if not stated."""
        return None if self.get(field) is None else self.one_of(field, known)

    def some_of(self, field: str, known: Collection[str]) -> tuple[str, ...]:
        """Return codes of a table; empty if absent."""
        values = self.texts(field)
        for value in values:
            if value not in known:
                raise self.error(field, f"引用了不存在的取值 {value!r}", listed(known))
        return values

    def iso_date_or_none(self, field: str) -> str | None:
        """Return `YYYY-MM-DD`, or None if not stated."""
        value = self.text_or_none(field)
        if value is not None and (len(value) != len("2026-01-01") or not _is_date(value)):
            raise self.error(field, f"不是日期:{value!r}", "YYYY-MM-DD")
        return value

    def published(self, field: str = "published") -> str | None:
        """Return `YYYY`, `YYYY-MM` or `YYYY-MM-DD`, or None if not stated."""
        value = self.text_or_none(field)
        if value is None:
            return None
        if _PUBLISHED.match(value) is None or not _is_date(value + "-01-01"[len(value) - 4 :]):
            raise self.error(field, f"不是日期:{value!r}", "YYYY、YYYY-MM 或 YYYY-MM-DD")
        return value

    def origin(self, *, note: str = "note", grade: str = "grade") -> Origin:
        """Return source, verified, date, grade and note; `verified` needs a source."""
        stated = self.get("source")
        source = (self.text("source"),) if isinstance(stated, str) else self.texts("source")
        verified = self.flag("verified")
        if verified and not source:
            raise self.error("source", "标为已核实却没有来源", "至少一个来源,或 verified: false")
        return Origin(
            source=source,
            verified=verified,
            published=self.published(),
            grade=self.text_or_none(grade),
            note=self.text_or_none(note),
        )

    def row(self, field: str) -> Row:
        """Return the mapping in a field as a row of its own."""
        name = field if self.name == TOP else f"{self.name}.{field}"
        return Row(self.file, name, self.required(field))

    def rows(self, field: str) -> list[Row]:
        """Return the mappings of a list as rows named by position; empty if absent."""
        value = self.get(field) or []
        if not isinstance(value, list):
            raise self.error(field, f"不是列表:{value!r}", "列表")
        return [Row(self.file, f"{self.name}.{field}[{n}]", item) for n, item in enumerate(value)]

    def keys(self) -> tuple[str, ...]:
        """Return the names of the fields that are there."""
        return tuple(map(str, self._raw))

    def finish(self) -> None:
        """Refuse fields that nobody asked for."""
        for key in self._raw:
            if key not in self._read:
                raise self.error(str(key), "不认识的字段", listed(self._read))


def table(file: str, raw: object, section: str) -> dict[str, Row]:
    """Return id -> row of a list of mappings, in file order.

    Raises:
        ReferenceDataError: no list, an id is missing, malformed or given twice.
    """
    if not isinstance(raw, list):
        raise ReferenceDataError(file, section, "-", "缺少或不是列表", "列表")
    found: dict[str, Row] = {}
    for position, item in enumerate(raw):
        key = Row(file, f"{section}[{position}]", item).text("id")
        row = Row(file, key, item)
        row.get("id")
        if _CODE.match(key) is None:
            raise row.error("id", f"编号 {key!r} 不合法", "字母开头的字母、数字、连字符、下划线")
        if key in found:
            raise row.error("id", f"编号 {key!r} 重复", "每行一个不同的编号")
        found[key] = row
    return found


def _is_date(text: str) -> bool:
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        return False
    return True
