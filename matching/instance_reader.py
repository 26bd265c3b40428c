"""Reading the instance format (docs/model.md): strict, nothing guessed and nothing ignored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from matching.groups import RawGroup, Side
from matching.problem import AssignmentProblem, canonical_problem
from matching.relax import RelaxCosts, refuse_wrong_costs
from matching.tasks import OBJECTIVES, Task
from matching.validate import RawProblem, checked
from peipao.domain.ids import checked_id
from peipao.errors import InvalidInputError

MAX_CHANGE_COST = 1000.0


@dataclass(frozen=True, slots=True)
class _Field:
    """One field of a record: what it must be and what it is when left out.

    Attributes:
        kind: `text`, `whole`, `number` or `list`.
        default: what it is when left out; `nullable` fields may also say so with null.
    """

    kind: str
    default: object = None
    nullable: bool = False


_RELAX = _Field("number", None, nullable=True)
_NEED = {
    "id": _Field("text"),
    "wanted": _Field("whole", 1),
    "min": _Field("whole", 0),
    "unmatched_penalty": _Field("number", 0.0),
    "reservation": _Field("number", 0.0),
    "relax_cost": _RELAX,
}
_PROVIDER = {
    "id": _Field("text"),
    "capacity": _Field("whole", 1),
    "min": _Field("whole", 0),
    "relax_cost": _RELAX,
}
_PAIR = {
    "need": _Field("text"),
    "provider": _Field("text"),
    "affinity": _Field("number"),
    "bonus": _Field("number", 0.0),
}
_GROUP = {
    "id": _Field("text"),
    "side": _Field("text"),
    "members": _Field("list"),
    "min": _Field("whole", 0),
    "max": _Field("whole", None, nullable=True),
    "relax_cost": _RELAX,
}
_SETTINGS = {
    "max_changes": _Field("whole", None, nullable=True),
    "change_cost": _Field("number", 0.0),
    "objective": _Field("text", "total"),
    "time_limit_s": _Field("number", None, nullable=True),
}
_LISTS = ("needs", "providers", "pairs", "pins", "vetoes", "previous", "groups")
_TOP = (*_LISTS, "pairs_file", "need_order", "provider_order", "seed", *_SETTINGS)
_ZH = {"text": "文本", "whole": "整数", "number": "有限的数", "list": "列表"}
_TYPES = {"text": (str,), "whole": (int,), "number": (int, float), "list": (list, tuple)}


@dataclass(frozen=True, slots=True)
class Instance:
    """An instance, read and checked.

    Attributes:
        task: what is asked.
        costs: what staff would pay for one unit of each limit.
    """

    task: Task
    costs: RelaxCosts

    @property
    def problem(self) -> AssignmentProblem:
        """Return the problem of the task."""
        return self.task.problem


def read_instance(instance: Mapping[str, Any]) -> Instance:
    """Return an instance, read and checked.

    Raises:
        InvalidInputError: naming the key or pair that cannot be used.
    """
    if not isinstance(instance, Mapping):
        raise InvalidInputError("instance", "不是 JSON 对象", "{needs, providers, pairs, …}")
    _refuse_unknown(instance, _TOP, "")
    if instance.get("pairs_file") is not None:
        raise InvalidInputError(
            "pairs_file", "此处不能读取文件", "在 peipao solve 中使用,或把配对写入 pairs"
        )
    needs = _records(instance, "needs", _NEED)
    providers = _records(instance, "providers", _PROVIDER)
    groups = _records({"groups": [], **instance}, "groups", _GROUP)
    settings = {
        name: _typed(instance.get(name, field.default), field, name)
        for name, field in _SETTINGS.items()
    }
    task = Task(
        problem=_problem(instance, needs, providers, groups),
        previous=tuple(_pairs_of_ids(instance, "previous")),
        need_order=_orders(instance, "need_order"),
        provider_order=_orders(instance, "provider_order"),
        **settings,
    )
    _refuse_settings(task)
    read = Instance(task, RelaxCosts(*(_costs(records) for records in (needs, providers, groups))))
    refuse_wrong_costs(read.problem, read.costs)
    return read


def _problem(
    instance: Mapping[str, Any],
    needs: Sequence[Mapping[str, Any]],
    providers: Sequence[Mapping[str, Any]],
    groups: Sequence[Mapping[str, Any]],
) -> AssignmentProblem:
    pairs = _records(instance, "pairs", _PAIR)
    need_ids, provider_ids = _checked_ids(needs, "needs"), _checked_ids(providers, "providers")
    raw = RawProblem(
        need_ids=np.array(need_ids, dtype=np.str_),
        provider_ids=np.array(provider_ids, dtype=np.str_),
        need=_numbers_of(pairs, "need", need_ids),
        provider=_numbers_of(pairs, "provider", provider_ids),
        affinity=np.array(_column(pairs, "affinity"), dtype=np.float64),
        bonus=np.array(_column(pairs, "bonus"), dtype=np.float64),
        wanted=_column(needs, "wanted"),
        capacity=_column(providers, "capacity"),
        unmatched_penalty=_column(needs, "unmatched_penalty"),
        reservation=_column(needs, "reservation"),
        pins=_pairs_of_ids(instance, "pins"),
        vetoes=_pairs_of_ids(instance, "vetoes"),
        seed=instance.get("seed", "0"),
        need_min=_column(needs, "min"),
        provider_min=_column(providers, "min"),
        groups=[_raw_group(group) for group in groups],
    )
    return canonical_problem(checked(raw))


def _raw_group(group: Mapping[str, Any]) -> RawGroup:
    members = group["members"]
    if group["side"] == Side.PAIR:
        members = [tuple(m) if isinstance(m, list) else m for m in members]
    return RawGroup(group["id"], group["side"], members, group["min"], group["max"])


def _costs(records: Sequence[Mapping[str, Any]]) -> dict[str, float | None]:
    return {record["id"]: record["relax_cost"] for record in records}


def _refuse_settings(read: Task) -> None:
    """Refuse settings out of range and settings that do not go together."""
    if read.objective not in OBJECTIVES:
        raise InvalidInputError(
            "objective", f"不认识的取值 {read.objective!r:.80}", "、".join(OBJECTIVES)
        )
    if read.max_changes is not None and read.max_changes < 0:
        raise InvalidInputError("max_changes", f"{read.max_changes} 不可用", "不小于 0 的整数")
    if not 0 <= read.change_cost <= MAX_CHANGE_COST:
        right = f"0 至 {MAX_CHANGE_COST:g} 之间的数"
        raise InvalidInputError("change_cost", f"{read.change_cost} 不可用", right)
    if read.time_limit_s is not None and read.time_limit_s <= 0:
        raise InvalidInputError("time_limit_s", f"{read.time_limit_s} 不可用", "大于 0 的秒数")
    if read.changes_little and read.objective != "total":
        key = "change_cost" if read.max_changes is None else "max_changes"
        raise InvalidInputError(key, f"不能与 objective {read.objective!r} 同用", "total")
    for key, order in (("need_order", read.need_order), ("provider_order", read.provider_order)):
        if order and read.objective != "stable":
            raise InvalidInputError(key, f"不能与 objective {read.objective!r} 同用", "stable")


def _refuse_unknown(record: Mapping[str, Any], known: Sequence[str], where: str) -> None:
    for key in sorted(map(str, set(record) - set(known))):
        shown = key if key.isprintable() else repr(key)
        raise InvalidInputError(f"{where}{shown:.80}", "不认识的字段", "、".join(known))


def _records(
    instance: Mapping[str, Any], key: str, fields: Mapping[str, _Field]
) -> list[dict[str, Any]]:
    """Return the records of a list, complete and of the right types."""
    if key not in instance:
        raise InvalidInputError(key, "缺少此字段", "列表")
    return [
        _record(record, f"{key}[{at}]", fields)
        for at, record in enumerate(_list(instance[key], key))
    ]


def _list(value: object, where: str) -> list[Any]:
    if not isinstance(value, list | tuple):
        raise InvalidInputError(where, f"不是列表:{value!r:.80}", "列表")
    return list(value)


def _record(record: object, where: str, fields: Mapping[str, _Field]) -> dict[str, Any]:
    if not isinstance(record, Mapping):
        raise InvalidInputError(where, f"不是 JSON 对象:{record!r:.80}", "、".join(fields))
    _refuse_unknown(record, (*fields,), f"{where}.")
    return {
        name: _typed(record.get(name, field.default), field, f"{where}.{name}")
        for name, field in fields.items()
    }


def _typed(value: object, field: _Field, where: str) -> Any:  # noqa: ANN401  as the field says
    if value is None and field.nullable:
        return None
    if value is None:
        raise InvalidInputError(where, "缺少取值", _ZH[field.kind])
    if isinstance(value, bool) or not isinstance(value, _TYPES[field.kind]):
        raise InvalidInputError(where, f"取值 {value!r:.80} 不可用", _ZH[field.kind])
    if isinstance(value, int | float) and not abs(value) < 2**53:
        raise InvalidInputError(where, f"取值 {value!r:.80} 不可用", "有限且不过大的数")
    return value


def _column(records: Sequence[Mapping[str, Any]], name: str) -> list[Any]:
    return [record[name] for record in records]


def _checked_ids(records: Sequence[Mapping[str, Any]], where: str) -> list[str]:
    """Return the ids; checked before an array of text can cut or stretch them."""
    return [checked_id(record["id"], f"{where}[{at}].id") for at, record in enumerate(records)]


def _numbers_of(
    pairs: Sequence[Mapping[str, Any]], side: str, ids: Sequence[str]
) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return int64 (n_pairs,), the row of each pair's id."""
    row = {key: at for at, key in enumerate(ids)}
    for at, pair in enumerate(pairs):
        if pair[side] not in row:
            known = f"{side}s 中列出的编号"
            raise InvalidInputError(
                f"pairs[{at}].{side}", f"不认识的编号 {pair[side]!r:.80}", known
            )
    return np.array([row[pair[side]] for pair in pairs], dtype=np.int64)


def _pairs_of_ids(instance: Mapping[str, Any], key: str) -> list[tuple[str, str]]:
    found = []
    for at, pair in enumerate(_list(instance.get(key, []), key)):
        ends = _list(pair, f"{key}[{at}]")
        if len(ends) != 2 or not all(isinstance(end, str) for end in ends):
            raise InvalidInputError(
                f"{key}[{at}]", f"取值 {pair!r:.80} 不可用", "[需求编号, 资源方编号]"
            )
        found.append((ends[0], ends[1]))
    return found


def _orders(instance: Mapping[str, Any], key: str) -> dict[str, list[str]]:
    given = instance.get(key)
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise InvalidInputError(key, f"不是 JSON 对象:{given!r:.80}", "{编号: [编号, …]}")
    for name, order in given.items():
        if not all(isinstance(one, str) for one in _list(order, f"{key}[{name!s:.80}]")):
            raise InvalidInputError(f"{key}[{name!s:.80}]", "取值不可用", "编号的列表")
    return {str(name): list(order) for name, order in given.items()}
