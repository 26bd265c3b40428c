"""月度情况表: the monthly facts as the rows of a sheet, and such rows back as facts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from peipao.domain.monthly_facts import MonthlyFact
from peipao.errors import SheetRefusedError
from peipao.reference.monthly_facts import BookRules, FactKind
from peipao.store import Store
from serving.usecases.months import bounds
from serving.usecases.response_rate import checked_month
from serving.usecases.sheet_rows import Line, filled_up, rows_of

SHEET = "月度情况"
HEADER = ("项目编号", "项目名称", "月份", "指标", "单位", "数值", "来源", "可信度")
_FIELDS = {title: (title,) for title in HEADER}
_REQUIRED = ("项目编号", "月份", "指标")
_SHOWN = 20

SheetRow = tuple[str, str, str, str, str, float | None, str | None, float | None]
Cells = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class FactsSheet:
    """Writes and reads the sheet; what it wrote, read again, changes nothing."""

    store: Store
    rules: BookRules

    def rows(self, month: str) -> list[SheetRow]:
        """Return a row for every figure of a month, and an empty one for every one to fill in.

        Projects that were in service within the month have all rows, others those they have.

        Raises:
            InvalidInputError: the month is malformed.
        """
        start, end = bounds(checked_month(month))
        with self.store.reading() as tx:
            held = {fact.place: fact for fact in tx.monthly_facts.current(first=month, last=month)}
            serving = {n.project_id for n in tx.needs.get_many(tx.steps.in_service(start, end))}
            keys = sorted(serving | {project for project, _, _ in held})
            names = {one.id: one.name for one in tx.projects.get_many(keys)}
        return [
            _row(names[key], key, month, kind, held.get((key, month, kind.id)))
            for key in keys
            for kind in self.rules.facts.values()
            if key in serving or (key, month, kind.id) in held
        ]

    def facts(self, name: str, lines: Sequence[Line]) -> list[MonthlyFact]:
        """Return the facts that lines of a sheet state; a row without 数值 states none.

        Args:
            name: of the file, for errors.
            lines: row number and cells; the first one is the header, in any order of columns.

        Raises:
            SheetRefusedError: lists row and field of everything wrong.
        """
        problems: list[str] = []
        found = []
        for one in rows_of(name, filled_up(lines), _FIELDS, _REQUIRED):
            row, where = one.cells, one.where
            if not row.get("数值"):
                continue
            stated = self._fact(row, where, problems)
            if stated is not None:
                found.append(stated)
        if problems:
            raise SheetRefusedError(problems[:_SHOWN])
        return found

    def _fact(self, row: Cells, where: str, problems: list[str]) -> MonthlyFact | None:
        before = len(problems)
        by_name = {text: kind for kind in self.rules.facts.values() for text in (kind.zh, kind.id)}
        kind = by_name.get(row.get("指标", ""))
        if kind is None:
            known = "、".join(one.zh for one in self.rules.facts.values())
            problems.append(f"{where} 指标:{row.get('指标', '')[:20]!r} 不认识;应为:{known}")
        elif row.get("单位") and row["单位"] != kind.unit:
            problems.append(f"{where} 单位:{row['单位'][:10]!r} 不符;应为:{kind.unit}")
        if not row.get("来源"):
            problems.append(f"{where} 来源:没有填写")
        value = _number(row["数值"])
        confidence = _number(row.get("可信度") or "1")
        if value is None:
            problems.append(f"{where} 数值:{row['数值'][:20]!r} 不是数;应为:不带单位和逗号的数")
        if confidence is None:
            problems.append(f"{where} 可信度:不是数;应为:大于 0、至多 1")
        if kind is None or value is None or confidence is None or len(problems) > before:
            return None
        return MonthlyFact(row["项目编号"], row["月份"], kind.id, value, row["来源"], confidence)


def _row(name: str, key: str, month: str, kind: FactKind, fact: MonthlyFact | None) -> SheetRow:
    if fact is None:
        return key, name, month, kind.zh, kind.unit, None, None, None
    return key, name, month, kind.zh, kind.unit, fact.value, fact.source, fact.confidence


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
