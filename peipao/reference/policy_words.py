"""Words, questions and changeability of the facts that policies ask for, in Chinese."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from peipao.reference.predicates import PolicyField
from peipao.reference.rows import TOP, Row, table

FILE = "policy_fields_zh.yaml"
SUBJECTS = ("person", "firm", "space", "investor", "hire")
CHANGES = ("act", "time", "never")
BASE_TYPES = ("bool", "date", "policy")


@dataclass(frozen=True, slots=True)
class FieldWords:
    """How people speak of one fact, and whether a project can change it.

    Attributes:
        id: name of the fact, a predicate field or a base fact.
        type: type as in `PolicyField`.
        zh, question: Chinese label and the question that asks for it.
        unit: Chinese unit, `元`, `%` (the value is a share of one) or empty.
        about: one of `SUBJECTS`.
        change: `act` (can be changed), `time` (grows by itself) or `never`.
        cost: effort of one `step`, a relative figure of our own, > 0; 0 unless `act`.
        step: smallest change that is proposed, in the field's own unit; 0 unless `act`.
        rising: for numbers that can be changed, whether they can be raised, or lowered.
        whole: only whole numbers exist.
        low, high: range of a number in the field's own unit, both included: 0 to infinity unless
            the file says otherwise, 0 to 1 for a `%`.
        sensitive: the value is never put into a sentence.
        timeless: the fact holds on every day, whenever it was stated.
        asked_as: name of the fact that is asked for in its place; its own name otherwise.
        base: whether it is a base fact, which no predicate asks for.
    """

    id: str
    type: str
    zh: str
    question: str
    unit: str
    about: str
    change: str
    cost: float
    step: float
    rising: bool
    whole: bool
    low: float
    high: float
    sensitive: bool
    timeless: bool
    asked_as: str
    base: bool


def read_policy_words(
    content: Mapping[str, object], fields: Mapping[str, PolicyField]
) -> dict[str, FieldWords]:
    """Return the words of every field and base fact, by name, fields first.

    Raises:
        ReferenceDataError: a field has no words or no such field exists, or a row is wrong.
    """
    top = Row(FILE, TOP, content)
    top.required("meta")
    rows = table(FILE, top.get("fields"), "fields")
    base_rows = table(FILE, top.get("base_facts"), "base_facts")
    top.finish()
    _check_names(rows, base_rows, fields)
    names = {*rows, *base_rows}
    found = {key: _words(row, fields[key].type, names, base=False) for key, row in rows.items()}
    for key, row in base_rows.items():
        found[key] = _words(row, row.one_of("type", BASE_TYPES), names, base=True)
    return found


def _check_names(
    rows: Mapping[str, Row], base_rows: Mapping[str, Row], fields: Mapping[str, PolicyField]
) -> None:
    for key, row in rows.items():
        if key not in fields:
            raise row.error("id", f"policies.yaml 的 fields 中没有 {key!r}", "已声明的字段")
    for key, row in base_rows.items():
        if key in fields:
            raise row.error("id", f"{key!r} 是条件字段,不是基础事实", "fields 一节")
    missing = [key for key in fields if key not in rows]
    if missing:
        raise Row(FILE, missing[0], {}).error("id", "字段缺少中文说明", "为它补上一行")


def _words(row: Row, type_: str, names: Collection[str], *, base: bool) -> FieldWords:
    way = row.one_of("change", CHANGES)
    acts = way == "act"
    unit = row.text_or_none("unit") or ""
    low, high = row.number_or_none("low"), row.number_or_none("high")
    found = FieldWords(
        id=row.name,
        type=type_,
        zh=row.text("zh"),
        question=row.text("question"),
        unit=unit,
        about=row.one_of("about", SUBJECTS),
        change=way,
        cost=_positive(row, "cost") if acts else 0.0,
        step=_positive(row, "step") if acts else 0.0,
        rising=not acts or type_ != "number" or row.one_of("direction", ("up", "down")) == "up",
        whole=_flag(row, "whole"),
        low=0.0 if low is None else low,
        high=(1.0 if unit == "%" else math.inf) if high is None else high,
        sensitive=_flag(row, "sensitive"),
        timeless=_flag(row, "timeless"),
        asked_as=row.one_of_or_none("asked_as", names) or row.name,
        base=base,
    )
    row.finish()
    if found.low > found.high:
        raise row.error("low", f"{found.low:g} 大于 high {found.high:g}", "不大于 high 的数")
    if found.whole and acts and not found.step.is_integer():
        raise row.error("step", f"{found.step} 不是整数", "whole 的字段用整数步长")
    return found


def _positive(row: Row, field: str) -> float:
    value = row.number(field, 0)
    if value == 0:
        raise row.error(field, "不得为 0", "大于 0 的数")
    return value


def _flag(row: Row, field: str) -> bool:
    return row.get(field) is not None and row.flag(field)
