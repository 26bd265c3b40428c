"""A task as arrays and as lines of text, and back: what was solved can be kept and solved again.

Arrays are compact and load without unpickling anything; lines can be read by anybody, with any
tool, in a hundred years. Both say everything, limits and wishes included, and in canonical order.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from matching.groups import Group, Limits, Side
from matching.problem import AssignmentProblem
from matching.tasks import Task
from peipao.canonical import canonical_json

Arrays = Mapping[str, npt.NDArray[Any]]

FORMAT = "peipao-task-1"

_TYPES = {"need": "<i4", "provider": "<i4", "pinned": "|b1", "vetoed": "|b1"}
_SEED, _LIMITS, _ASKED, _LOTTERY = "seed", "limits", "asked", "lottery_ids"
_WISHES = (
    "objective",
    "previous",
    "max_changes",
    "change_cost",
    "need_order",
    "provider_order",
    "time_limit_s",
)


def task_hash(task: Task) -> str:
    """Return the SHA-256 of everything a task says; the same on every machine."""
    digest = hashlib.sha256()
    for name, array in task_arrays(task).items():
        digest.update(canonical_json([name, list(array.shape)]).encode())
        digest.update(array.tobytes())
    return digest.hexdigest()


def task_arrays(task: Task) -> dict[str, npt.NDArray[Any]]:
    """Return a task as arrays of fixed types; limits and wishes only where there are any."""
    problem, found = task.problem, {}
    for one in fields(problem):
        value = getattr(problem, one.name)
        if one.name == _SEED:
            found[_SEED] = _utf8([value])
        elif one.name.endswith("_ids"):
            if value is not None:  # lottery names; a problem without them has the hash it had
                found[one.name] = _utf8(value.tolist())
        elif one.name != _LIMITS:
            found[one.name] = np.ascontiguousarray(value, dtype=_TYPES.get(one.name, "<i8"))
    if problem.limits is not None:
        found |= _limit_arrays(problem.limits)
    wishes = _wishes(task)
    return found | ({_ASKED: _utf8([canonical_json(wishes)])} if wishes else {})


def task_from_arrays(arrays: Arrays) -> Task:
    """Return the task that the arrays hold.

    Raises:
        KeyError, ValueError: something is missing or not what it should be.
    """
    limits = _limits_of(arrays) if "need_min" in arrays else None
    problem = AssignmentProblem(
        need_ids=np.array(_texts(arrays["need_ids"]), dtype=np.str_),
        provider_ids=np.array(_texts(arrays["provider_ids"]), dtype=np.str_),
        seed=arrays[_SEED].tobytes().decode("utf-8"),
        limits=limits,
        lottery_ids=_names(_texts(arrays[_LOTTERY])) if _LOTTERY in arrays else None,
        **{
            one.name: arrays[one.name]
            for one in fields(AssignmentProblem)
            if one.name not in {_SEED, _LIMITS, _LOTTERY, "need_ids", "provider_ids"}
        },
    )
    asked = _texts(arrays[_ASKED])[0] if _ASKED in arrays else "{}"
    return _task(problem, json.loads(asked))


def task_lines(task: Task) -> Iterator[str]:
    """Yield a task as lines of canonical JSON: a head, then needs, providers and groups by id.

    A need lists the providers that are eligible for it and what each pair is worth, in millionths
    of affinity; every number but the wishes in the head is whole.
    """
    problem = task.problem
    yield canonical_json({"format": FORMAT, "seed": problem.seed, **_wishes(task)})
    for row in range(len(problem.need_ids)):
        yield canonical_json(_need_line(problem, row))
    least = problem.provider_min().tolist()
    for row, key in enumerate(problem.provider_ids.tolist()):
        line = {"provider": key, "capacity": int(problem.capacity[row]), "min": least[row]}
        yield canonical_json(line)
    for group in problem.groups:
        yield canonical_json(_group_record(group) | {"rows": group.rows.tolist()})


def task_from_lines(lines: Iterable[str]) -> Task:
    """Return the task that the lines tell.

    Raises:
        KeyError, ValueError: something is missing or not what it should be.
    """
    head, *records = (json.loads(line) for line in lines)
    if head.pop("format") != FORMAT:
        raise ValueError(FORMAT)
    seed = head.pop("seed")
    needs = [one for one in records if "need" in one]
    providers = [one for one in records if "provider" in one]
    groups = [_group(one, one["rows"]) for one in records if "group" in one]
    limits = Limits(
        need_min=_column(needs, "min"),
        provider_min=_column(providers, "min"),
        groups=tuple(groups),
    )
    return _task(_told_problem(needs, providers, seed, limits.or_none()), head)


def _wishes(task: Task) -> dict[str, Any]:
    """Return what a task asks beyond the best total of its problem."""
    plain = Task(task.problem)
    return {
        name: getattr(task, name) for name in _WISHES if getattr(task, name) != getattr(plain, name)
    }


def _task(problem: AssignmentProblem, wishes: dict[str, Any]) -> Task:
    previous = tuple((need, provider) for need, provider in wishes.pop("previous", ()))
    return Task(problem, previous=previous, **wishes)


def _limit_arrays(limits: Limits) -> dict[str, npt.NDArray[Any]]:
    ends = np.cumsum([0, *(len(group.rows) for group in limits.groups)])
    rows = [group.rows for group in limits.groups]
    return {
        "need_min": np.ascontiguousarray(limits.need_min, dtype="<i8"),
        "provider_min": np.ascontiguousarray(limits.provider_min, dtype="<i8"),
        "groups": _utf8([canonical_json(_group_record(group)) for group in limits.groups]),
        "group_ends": ends.astype("<i8"),
        "group_rows": np.concatenate([np.zeros(0, dtype="<i8"), *rows]).astype("<i8"),
    }


def _limits_of(arrays: Arrays) -> Limits:
    records = [json.loads(text) for text in _texts(arrays["groups"])]
    parts = [arrays["group_rows"][a:b] for a, b in pairwise(arrays["group_ends"].tolist())]
    return Limits(
        need_min=arrays["need_min"],
        provider_min=arrays["provider_min"],
        groups=tuple(_group(one, rows) for one, rows in zip(records, parts, strict=True)),
    )


def _group_record(group: Group) -> dict[str, Any]:
    return {
        "group": group.id,
        "side": group.side.value,
        "members": list(group.members),
        "min": group.least,
        "max": group.most,
    }


def _group(record: Mapping[str, Any], rows: Sequence[int] | npt.NDArray[np.int64]) -> Group:
    return Group(
        id=record["group"],
        side=Side(record["side"]),
        members=tuple(record["members"]),
        rows=np.array(rows, dtype=np.int64),
        least=record["min"],
        most=record["max"],
    )


def _need_line(problem: AssignmentProblem, row: int) -> dict[str, Any]:
    start, end = np.searchsorted(problem.need, [row, row + 1])
    inside = slice(int(start), int(end))
    ids = problem.provider_ids[problem.provider[inside]]
    line: dict[str, Any] = {
        "need": str(problem.need_ids[row]),
        "wanted": int(problem.wanted[row]),
        "min": int(problem.need_min()[row]),
        "unmatched_penalty": int(problem.unmatched_penalty[row]),
        "reservation": int(problem.reservation[row]),
        "providers": ids.tolist(),
        "weight": problem.weight[inside].tolist(),
    }
    if problem.lottery_ids is not None:
        line["drawn_as"] = str(problem.lottery_ids[row])
    if problem.bonus[inside].any():
        line["bonus"] = problem.bonus[inside].tolist()
    for name, marks in (("pinned", problem.pinned), ("vetoed", problem.vetoed)):
        if marks[inside].any():
            line[name] = ids[marks[inside]].tolist()
    return line


def _told_problem(
    needs: Sequence[Mapping[str, Any]],
    providers: Sequence[Mapping[str, Any]],
    seed: str,
    limits: Limits | None,
) -> AssignmentProblem:
    at = {one["provider"]: row for row, one in enumerate(providers)}
    sizes = [len(one["providers"]) for one in needs]
    ids = [key for one in needs for key in one["providers"]]
    bonus = [one.get("bonus", [0] * size) for one, size in zip(needs, sizes, strict=True)]
    return AssignmentProblem(
        need_ids=np.array([one["need"] for one in needs], dtype=np.str_),
        provider_ids=np.array(list(at), dtype=np.str_),
        need=np.repeat(np.arange(len(needs), dtype=np.int32), sizes),
        provider=np.array([at[key] for key in ids], dtype=np.int32),
        weight=np.array([one for need in needs for one in need["weight"]], dtype=np.int64),
        bonus=np.array([one for part in bonus for one in part], dtype=np.int64),
        wanted=_column(needs, "wanted"),
        capacity=_column(providers, "capacity"),
        unmatched_penalty=_column(needs, "unmatched_penalty"),
        reservation=_column(needs, "reservation"),
        pinned=_marks(needs, "pinned"),
        vetoed=_marks(needs, "vetoed"),
        seed=seed,
        limits=limits,
        lottery_ids=_names([one["drawn_as"] for one in needs if "drawn_as" in one]),
    )


def _names(texts: Sequence[str]) -> npt.NDArray[np.str_] | None:
    return np.array(texts, dtype=np.str_) if texts else None


def _column(records: Sequence[Mapping[str, Any]], name: str) -> npt.NDArray[np.int64]:
    return np.array([one[name] for one in records], dtype=np.int64)


def _marks(needs: Sequence[Mapping[str, Any]], name: str) -> npt.NDArray[np.bool_]:
    marked = [set(one.get(name, ())) for one in needs]
    found = [
        key in inside for one, inside in zip(needs, marked, strict=True) for key in one["providers"]
    ]
    return np.array(found, dtype=np.bool_)


def _utf8(texts: Sequence[str]) -> npt.NDArray[np.uint8]:
    # The width of a numpy text array depends on how it was made; lines of UTF-8 do not.
    return np.frombuffer("\n".join(texts).encode("utf-8"), dtype="|u1")


def _texts(array: npt.NDArray[Any]) -> list[str]:
    text = array.tobytes().decode("utf-8")
    return text.split("\n") if text else []
