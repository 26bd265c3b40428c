"""The instance format (docs/model.md): JSON in, checked assignment as JSON out.

Strict: an unknown key, a wrong type and a feature that is not built yet are refused by name;
nothing is guessed or ignored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np

from matching.assign import assign
from matching.check import check
from matching.digest import digest
from matching.network import Solver
from matching.objective import worth
from matching.outcomes import shortfalls
from matching.problem import Assignment, AssignmentProblem, canonical_problem
from matching.sensitivity import one_more_place_each
from matching.validate import SCALE, RawProblem, checked
from peipao.domain.ids import checked_id
from peipao.errors import InvalidInputError

_NEUTRAL: Mapping[str, object] = {
    "pairs_file": None,
    "previous": [],
    "max_changes": None,
    "change_cost": 0.0,
    "groups": [],
    "objective": "total",
    "need_order": None,
    "provider_order": None,
    "time_limit_s": None,
}
"""Parts of the format that are not built yet, and the only value each may have until then."""

_NEUTRAL_NODE: Mapping[str, object] = {"min": 0, "relax_cost": None}


@dataclass(frozen=True, slots=True)
class _Field:
    """One field of a record: what it must be and what it is when left out.

    Attributes:
        kind: `text`, `whole` or `number`.
        default: None means that the field must be given.
    """

    kind: str
    default: object = None


_NEED = {
    "id": _Field("text"),
    "wanted": _Field("whole", 1),
    "unmatched_penalty": _Field("number", 0.0),
    "reservation": _Field("number", 0.0),
}
_PROVIDER = {"id": _Field("text"), "capacity": _Field("whole", 1)}
_PAIR = {
    "need": _Field("text"),
    "provider": _Field("text"),
    "affinity": _Field("number"),
    "bonus": _Field("number", 0.0),
}
_TOP = ("needs", "providers", "pairs", "pins", "vetoes", "seed")
_ZH = {"text": "文本", "whole": "整数", "number": "有限的数"}


def solve_instance(instance: Mapping[str, Any], solver: str | Solver = "auto") -> dict[str, Any]:
    """Return the answer to an instance, JSON values; the same instance gives the same answer.

    Raises:
        InvalidInputError: naming the key or pair that cannot be used, and what would be right.
        CheckFailedError: the independent checker refuses the answer.
    """
    problem = read_instance(instance)
    assignment = assign(problem, solver)
    certificate = check(problem, assignment)
    certificate.require()
    figures = worth(problem, assignment)
    return {
        "status": "optimal",
        "total_affinity": figures.total_affinity,
        "objective_value": figures.objective_value,
        "bound": figures.objective_value,
        "matches": _matches(problem, assignment),
        "unmatched": [
            {"need": key, "unfilled": lack.unfilled, "reason": lack.reason}
            for key, lack in shortfalls(problem, assignment).items()
        ],
        "one_more_place": _one_more_place(problem, assignment),
        "certificate": {**certificate.to_json(), "digest": digest(problem, assignment)},
        "relaxations": [],
        "version": f"peipao {version('peipao')}",
    }


def read_instance(instance: Mapping[str, Any]) -> AssignmentProblem:
    """Return the canonical problem of an instance.

    Raises:
        InvalidInputError: naming the key or pair that cannot be used.
    """
    if not isinstance(instance, Mapping):
        raise InvalidInputError("instance", "不是 JSON 对象", "{needs, providers, pairs, …}")
    _refuse_unknown(instance, (*_TOP, *_NEUTRAL), "")
    _refuse_unsupported(instance, _NEUTRAL, "")
    needs = _records(instance, "needs", _NEED, _NEUTRAL_NODE)
    providers = _records(instance, "providers", _PROVIDER, _NEUTRAL_NODE)
    pairs = _records(instance, "pairs", _PAIR, {})
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
    )
    return canonical_problem(checked(raw))


def _matches(problem: AssignmentProblem, assignment: Assignment) -> list[dict[str, Any]]:
    weights = problem.weight[assignment.pairs].tolist()
    return [
        {"need": need, "provider": provider, "affinity": weight / SCALE}
        for (need, provider), weight in zip(assignment.ids(problem), weights, strict=True)
    ]


def _one_more_place(problem: AssignmentProblem, assignment: Assignment) -> dict[str, float]:
    """Return provider id -> gain, for the providers of which one more place would gain."""
    gain = one_more_place_each(problem, assignment)
    rows = np.flatnonzero(gain > 0)
    return {str(problem.provider_ids[row]): int(gain[row]) / SCALE for row in rows}


def _refuse_unknown(record: Mapping[str, Any], known: Sequence[str], where: str) -> None:
    for key in sorted(map(str, set(record) - set(known))):
        shown = key if key.isprintable() else repr(key)
        raise InvalidInputError(f"{where}{shown:.80}", "不认识的字段", "、".join(known))


def _refuse_unsupported(
    record: Mapping[str, Any], neutral: Mapping[str, object], where: str
) -> None:
    for key, only in neutral.items():
        given = record.get(key, only)
        if given != only or isinstance(given, bool):
            raise InvalidInputError(
                f"{where}{key}", f"尚不支持 {given!r:.80}", f"{only!r} 或省略此字段"
            )


def _records(
    instance: Mapping[str, Any],
    key: str,
    fields: Mapping[str, _Field],
    neutral: Mapping[str, object],
) -> list[dict[str, Any]]:
    """Return the records of a list, complete and of the right types."""
    if key not in instance:
        raise InvalidInputError(key, "缺少此字段", "列表")
    return [
        _record(record, f"{key}[{at}]", fields, neutral)
        for at, record in enumerate(_list(instance[key], key))
    ]


def _list(value: object, where: str) -> list[Any]:
    if not isinstance(value, list | tuple):
        raise InvalidInputError(where, f"不是列表:{value!r:.80}", "列表")
    return list(value)


def _record(
    record: object, where: str, fields: Mapping[str, _Field], neutral: Mapping[str, object]
) -> dict[str, Any]:
    if not isinstance(record, Mapping):
        raise InvalidInputError(where, f"不是 JSON 对象:{record!r:.80}", "、".join(fields))
    _refuse_unknown(record, (*fields, *neutral), f"{where}.")
    _refuse_unsupported(record, neutral, f"{where}.")
    return {
        name: _typed(record.get(name, field.default), field, f"{where}.{name}")
        for name, field in fields.items()
    }


def _typed(value: object, field: _Field, where: str) -> object:
    if value is None:
        raise InvalidInputError(where, "缺少取值", _ZH[field.kind])
    wanted = {"text": (str,), "whole": (int,), "number": (int, float)}[field.kind]
    if isinstance(value, bool) or not isinstance(value, wanted):
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
