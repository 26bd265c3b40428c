"""A frozen task is the task: arrays and lines give it back, and it gives the same plan."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from quota_oracle import a_limited_problem
from strategies import a_problem, a_random_problem, with_random_pins

from matching.frozen import task_arrays, task_from_arrays, task_from_lines, task_hash, task_lines
from matching.groups import RawGroup
from matching.problem import AssignmentProblem, drawn_as
from matching.tasks import Task, decide
from peipao.errors import InfeasibleError

PAIRS = [("n1", "p1", 0.9), ("n1", "p2", 0.8), ("n2", "p1", 0.7), ("n2", "p2", 0.1)]
PLAIN = "20ec1aeede7f22f053aa7f15532d01fbb7d9d42e89fb6c6b997cb7bba41f6dc4"


def tasks() -> list[Task]:
    """Return tasks of every sort."""
    found = []
    for number in range(40):
        dice = np.random.default_rng(number)
        problem: AssignmentProblem = (
            with_random_pins(dice, a_random_problem(dice, 6, 5, most_wanted=2))
            if number % 2
            else a_limited_problem(dice, nested=number % 4 == 0)
        )
        row = int(dice.integers(max(len(problem.need), 1)))
        previous = ((str(problem.need_ids[problem.need[row]]), str(problem.provider_ids[0])),)[
            : len(problem.need)
        ]
        wishes: dict[str, Any] = (
            {},
            {"previous": previous, "max_changes": 3},
            {"previous": previous, "change_cost": 0.25},
            {"objective": "rawls", "time_limit_s": 20.0},
        )[int(dice.integers(4))]
        found.append(Task(problem, **wishes))
    return found


def plan_of(task: Task) -> list[int] | None:
    """Return the pairs decided, or None without a solution."""
    try:
        pairs: list[int] = decide(task).assignment.pairs.tolist()
    except InfeasibleError:
        return None
    return pairs


def test_arrays_and_lines_give_back_the_same_task_and_the_same_plan() -> None:
    for task in tasks():
        arrays = task_arrays(task)
        assert all(array.dtype.kind in "iub" for array in arrays.values())
        lines = list(task_lines(task))
        for again in (task_from_arrays(arrays), task_from_lines(lines)):
            assert task_hash(again) == task_hash(task)
            assert list(task_lines(again)) == lines
            assert plan_of(again) == plan_of(task)


def test_everything_a_task_says_changes_its_hash() -> None:
    problem = a_problem(
        PAIRS, groups=[RawGroup("g", "need", ["n1"], 0, 1)], need_min={"n1": 1, "n2": 0}
    )
    limits = problem.limits
    assert limits is not None
    (group,) = limits.groups
    pinned = problem.pinned.copy()
    pinned[0] = True
    changed = [
        Task(problem),
        Task(replace(problem, seed="other")),
        Task(replace(problem, pinned=pinned)),
        Task(replace(problem, vetoed=pinned)),
        Task(replace(problem, limits=replace(limits, need_min=limits.need_min * 0))),
        Task(replace(problem, limits=replace(limits, groups=()))),
        Task(replace(problem, limits=replace(limits, groups=(replace(group, most=2),)))),
        Task(replace(problem, limits=replace(limits, groups=(replace(group, id="h"),)))),
        Task(problem, objective="rawls"),
        Task(problem, previous=(("n1", "p1"),)),
        Task(problem, previous=(("n1", "p1"),), max_changes=1),
        Task(problem, previous=(("n1", "p1"),), change_cost=0.5),
        Task(problem, objective="stable", need_order={"n1": ["p2", "p1"]}),
        Task(problem, time_limit_s=1.0),
    ]
    assert len({task_hash(task) for task in changed}) == len(changed)


def test_the_hash_of_a_plain_task_never_changes() -> None:
    assert task_hash(Task(a_problem(PAIRS))) == PLAIN


def test_the_lines_can_be_read_without_us() -> None:
    problem = a_problem(PAIRS, pins=[("n2", "p2")], provider_min={"p1": 1, "p2": 0}, capacity=2)
    head, first, second, third, fourth = (json.loads(one) for one in task_lines(Task(problem)))
    assert head == {"format": "peipao-task-1", "seed": "seed"}
    assert first["providers"] == ["p1", "p2"]
    assert first["weight"] == [900000, 800000]
    assert second["pinned"] == ["p2"]
    assert third == {"capacity": 2, "min": 1, "provider": "p1"}
    assert fourth["min"] == 0


def test_lines_of_another_format_are_refused() -> None:
    with pytest.raises(ValueError, match="peipao-task-1"):
        task_from_lines(['{"format":"other","seed":""}'])


def test_the_names_under_which_needs_are_drawn_are_frozen_too() -> None:
    plain = a_problem(PAIRS)
    drawn = drawn_as(plain, {"n1": "project-b", "n2": "project-a"})
    task = Task(drawn)
    assert task_hash(task) != task_hash(Task(plain))
    for again in (task_from_arrays(task_arrays(task)), task_from_lines(task_lines(task))):
        assert again.problem.lottery_ids is not None
        assert again.problem.lottery_ids.tolist() == ["project-b", "project-a"]
        assert task_hash(again) == task_hash(task)
