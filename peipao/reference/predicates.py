"""Predicates of policies: trees of `all` and `any` over leaves {field, op, value}, checked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from peipao.reference.rows import Row, finite, listed

OPS: Mapping[str, tuple[str, ...]] = {
    "bool": ("eq",),
    "number": ("eq", "ge", "gt", "le", "lt", "le_ref"),
    "date": ("eq", "ge", "gt", "le", "lt"),
    "enum": ("eq", "in"),
    "multi": ("contains_any",),
    "policy": ("eq",),
}
"""Type of a field -> ops it may have at all; a field lists the ones it has."""

_LIST_OPS = ("in", "contains_any")
_DEEPEST = 20


@dataclass(frozen=True, slots=True)
class PolicyField:
    """A fact that predicates ask for.

    Attributes:
        name: such as `founder_category`.
        type: `bool`, `number`, `date`, `enum` (one word), `multi` (several words) or `policy`
            (whether the named policy is met).
        ops: ops that predicates may use on it.
        values: words that predicates may use; a fact may have others; empty unless enum or multi.
        used_by: how many leaves ask for it; None is not stated.
    """

    name: str
    type: str
    ops: tuple[str, ...]
    values: tuple[str, ...] = ()
    used_by: int | None = None


@dataclass(frozen=True, slots=True)
class Leaf:
    """One condition.

    Attributes:
        field: name of a `PolicyField`.
        op: `eq`, `ge`, `gt`, `le`, `lt`, `in` (the fact is one of `value`), `contains_any` (the
            fact shares a word with `value`) or `le_ref` (at most the series that `value` names).
        value: as the field's type; ISO text for a date, a policy id for `policy`.
    """

    field: str
    op: str
    value: bool | float | str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every part must hold; no parts at all always holds."""

    parts: tuple[Predicate, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part must hold; there is at least one."""

    parts: tuple[Predicate, ...]


Predicate = Leaf | AllOf | AnyOf


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What predicates may speak of: fields, policy ids and reference series."""

    fields: Mapping[str, PolicyField]
    policies: Collection[str]
    series: Collection[str]


def leaves(predicate: Predicate) -> Iterator[Leaf]:
    """Yield the leaves of a predicate from left to right."""
    if isinstance(predicate, Leaf):
        yield predicate
        return
    for part in predicate.parts:
        yield from leaves(part)


def read_fields(top: Row) -> dict[str, PolicyField]:
    """Return the fields by name.

    Raises:
        ReferenceDataError: a type or an op is not known, or an op does not suit the type.
    """
    section = top.row("fields")
    found = {
        name: _field(Row(top.file, f"fields.{name}", section.get(name)), name)
        for name in section.keys()  # noqa: SIM118  a Row, not a dict
    }
    section.finish()
    return found


def _field(row: Row, name: str) -> PolicyField:
    kind = row.one_of("type", OPS)
    ops = row.some_of("ops", OPS[kind])
    if not ops:
        raise row.error("ops", "没有任何运算", listed(OPS[kind]))
    values = row.texts("values")
    if bool(values) != (kind in {"enum", "multi"}):
        raise row.error("values", "取值表与类型不符", "enum 与 multi 须列出取值,其他类型不得有")
    found = PolicyField(name, kind, ops, values, row.whole_or_none("used_by"))
    row.finish()
    return found


def read_predicate(owner: Row, where: str, raw: object, words: Vocabulary) -> Predicate:
    """Return the checked predicate that stands in a field of a row.

    Args:
        owner: row that errors name.
        where: path of the field inside the row, extended on the way down (`eligibility.all[2]`).
        raw: the YAML value.
        words: what the predicate may speak of.

    Raises:
        ReferenceDataError: the tree has another shape, or a leaf asks what cannot be asked.
    """
    if where.count("[") > _DEEPEST:
        raise owner.error(where, "条件嵌套过深", f"不超过 {_DEEPEST} 层")
    if isinstance(raw, dict) and len(raw) == 1 and next(iter(raw)) in {"all", "any"}:
        return _branch(owner, where, raw, words)
    if not isinstance(raw, dict) or set(raw) != {"field", "op", "value"}:
        raise owner.error(
            where, f"条件形状不对:{str(raw)[:80]}", "{all: […]}、{any: […]} 或 {field, op, value}"
        )
    return _leaf(owner, where, raw, words)


def _branch(owner: Row, where: str, raw: dict[str, object], words: Vocabulary) -> AllOf | AnyOf:
    key, items = next(iter(raw.items()))
    if not isinstance(items, list):
        raise owner.error(f"{where}.{key}", "不是列表", "条件的列表")
    parts = tuple(
        read_predicate(owner, f"{where}.{key}[{n}]", item, words) for n, item in enumerate(items)
    )
    if key == "all":
        return AllOf(parts)
    if not parts:
        raise owner.error(f"{where}.any", "没有任何条件,永远不成立", "至少一个条件")
    return AnyOf(parts)


def _leaf(owner: Row, where: str, raw: dict[str, object], words: Vocabulary) -> Leaf:
    name, op, value = raw["field"], raw["op"], raw["value"]
    if not isinstance(name, str) or name not in words.fields:
        raise owner.error(
            f"{where}.field", f"字段 {name!r} 未在 fields 中声明", listed(words.fields)
        )
    field = words.fields[name]
    if not isinstance(op, str) or op not in field.ops:
        raise owner.error(f"{where}.op", f"字段 {name} 不能用运算 {op!r}", listed(field.ops))
    right = _misfit(field, op, value, words)
    if right is not None:
        raise owner.error(f"{where}.value", f"{name} {op} 的取值 {value!r} 不合适", right)
    if isinstance(value, list):
        return Leaf(name, op, tuple(value))
    return Leaf(name, op, value)  # type: ignore[arg-type]  # _misfit let only these types pass


def _misfit(field: PolicyField, op: str, value: object, words: Vocabulary) -> str | None:
    """Return what would be right, or None if the value fits."""
    if op in _LIST_OPS:
        return _list_misfit(field, value)
    if op == "le_ref":
        return (
            None
            if _is_one_of(value, words.series)
            else "reference_series 之一:" + listed(words.series)
        )
    known = {"enum": field.values, "policy": words.policies}.get(field.type)
    if known is not None:
        return None if _is_one_of(value, known) else listed(known)
    fits, right = {
        "bool": (isinstance(value, bool), "true 或 false"),
        "number": (_is_number(value), "数字"),
        "date": (_is_iso_date(value), "YYYY-MM-DD"),
    }[field.type]
    return None if fits else right


def _list_misfit(field: PolicyField, value: object) -> str | None:
    right = f"以下取值的非空列表,互不重复:{listed(field.values)}"
    if not isinstance(value, list) or not value:
        return right
    fits = all(_is_one_of(item, field.values) for item in value) and len(set(value)) == len(value)
    return None if fits else right


def _is_one_of(value: object, known: Collection[str]) -> bool:
    return isinstance(value, str) and value in known


def _is_number(value: object) -> bool:
    return finite(value) is not None


def _is_iso_date(value: object) -> bool:
    try:
        return isinstance(value, str) and dt.date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False
