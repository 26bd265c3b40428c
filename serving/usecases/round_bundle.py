"""The bundle of a round: all it was decided on and all it decided, as canonical JSON lines.

A head line; the inputs: what they rest on, and the task with what outcomes rest on beside it; and
the result. Numbers are integers in millionths of affinity; people are ids only. The hash of the
inputs leaves out the seed and everything of the head, so that it can be published before the seed
is known.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from matching.digest import result_lines
from matching.frozen import task_from_lines, task_lines
from matching.problem import Assignment, AssignmentProblem
from matching.tasks import Task
from peipao.canonical import canonical_json, sha256_lines
from peipao.domain.records import Outcome
from peipao.errors import CheckFailedError

FORMAT = 1
Line = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class NeedContext:
    """What the outcome of a need rests on beside the problem.

    Attributes:
        opened_at: aware; orders those who wait.
        officer: whom it is referred to if nobody is eligible; None where the city has none.
        exclusion: Chinese, why most providers are not eligible.
    """

    opened_at: dt.datetime
    priority: int
    officer: str | None
    exclusion: str


@dataclass(frozen=True, slots=True)
class Frozen:
    """The inputs of a round; equal inputs and an equal seed give an equal result.

    Attributes:
        solver: name of an entry point of `peipao.solvers`.
        task: the problem and what is asked of its plan.
        context: need id -> what its outcome rests on.
        rests_on: hashes and versions of what the numbers came from.
    """

    kind: str
    solver: str
    task: Task
    context: Mapping[str, NeedContext]
    rests_on: Mapping[str, str]

    @property
    def problem(self) -> AssignmentProblem:
        """Return the problem of the task."""
        return self.task.problem

    def hash(self) -> str:
        """Return the SHA-256 of the inputs without the seed."""
        return sha256_lines(input_lines(self))

    def with_seed(self, seed: str) -> Frozen:
        """Return the same inputs with another seed; their hash stays."""
        problem = replace(self.problem, seed=seed)
        return replace(self, task=replace(self.task, problem=problem))


@dataclass(frozen=True, slots=True)
class Bundle:
    """A round as it is kept and handed out.

    Attributes:
        head: who, when, seed, hashes; JSON values.
        result: the result lines.
    """

    head: Line
    frozen: Frozen
    result: tuple[list[Any], ...]


def input_lines(frozen: Frozen) -> Iterator[Line]:
    """Yield the lines that the hash of the inputs covers."""
    yield {
        "kind": frozen.kind,
        "solver": frozen.solver,
        "rests_on": dict(frozen.rests_on),
    }
    for text in task_lines(frozen.with_seed("").task):
        line: dict[str, Any] = json.loads(text)
        yield {**line, **_context_line(frozen.context[line["need"]])} if "need" in line else line


def decided_lines(
    frozen: Frozen, assignment: Assignment, outcomes: Sequence[Outcome]
) -> tuple[list[Any], ...]:
    """Return the result lines in the form in which they are read back."""
    lines = result_lines(frozen.problem, assignment, outcomes)
    return tuple(json.loads(canonical_json(line)) for line in lines)


def bundle_text(bundle: Bundle) -> str:
    """Return the bundle as text, one line a record; the same bundle gives the same text."""
    results = ({"result": one} for one in bundle.result)
    lines = chain([bundle.head], input_lines(bundle.frozen), results)  # one at a time: they are big
    return "".join(f"{canonical_json(line)}\n" for line in lines)


def bundle_of(text: str, name: str) -> Bundle:
    """Return the bundle of a text.

    Raises:
        CheckFailedError: it is no bundle, or its inputs are not those its head names; `name` says
            which bundle.
    """
    try:
        head, *lines = map(json.loads, text.splitlines())
        known = head["bundle"] == FORMAT
        bundle = _bundle(head, lines) if known else None
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise unreadable(name) from error
    if bundle is None:
        raise CheckFailedError([f"{name} 的格式为 {head['bundle']},本程序读取格式 {FORMAT}"])
    if sha256_lines(line for line in lines if "result" not in line) != head["inputs"]:
        raise CheckFailedError([f"{name} 的冻结输入与登记的哈希不符"])
    return bundle


def unreadable(name: str) -> CheckFailedError:
    """Return the error that says which bundle is none."""
    return CheckFailedError([f"{name} 的冻结输入无法读取:不存在、已损坏,或不是轮次的依据文件"])


def _bundle(head: Line, lines: Sequence[Line]) -> Bundle:
    terms, *rest = lines
    task = task_from_lines(canonical_json(line) for line in rest if "result" not in line)
    frozen = Frozen(
        kind=terms["kind"],
        solver=terms["solver"],
        task=task,
        context={line["need"]: _context(line) for line in rest if "need" in line},
        rests_on=terms["rests_on"],
    )
    result = tuple(line["result"] for line in rest if "result" in line)
    return Bundle(head, frozen.with_seed(head["seed"]), result)


def _context_line(context: NeedContext) -> Line:
    return {
        "opened_at": context.opened_at.astimezone(dt.UTC).isoformat(),
        "priority": context.priority,
        "officer": context.officer,
        "exclusion": context.exclusion,
    }


def _context(line: Line) -> NeedContext:
    opened_at = dt.datetime.fromisoformat(line["opened_at"])
    return NeedContext(opened_at, line["priority"], line["officer"], line["exclusion"])
