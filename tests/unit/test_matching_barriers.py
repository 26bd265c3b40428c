"""Pairs behind a barrier change nothing until it is lifted, and then one by one."""

from __future__ import annotations

import numpy as np
import pytest
from quota_oracle import a_limited_problem, try_all
from strategies import a_problem

from matching.assign import assign
from matching.barriers import with_barriers
from matching.groups import RawGroup
from matching.places import with_quota
from matching.problem import AssignmentProblem

PAIRS = [("n1", "p1", 0.9), ("n2", "p1", 0.8), ("n2", "p2", 0.7)]
ACROSS = np.array([0, 0, 1], dtype=np.int32), np.array([1, 0, 0], dtype=np.int32)


def barred(problem: AssignmentProblem) -> AssignmentProblem:
    """Return the problem with all pairs that it does not list behind one barrier."""
    ends = np.indices((len(problem.need_ids), len(problem.provider_ids))).reshape(2, -1)
    return with_barriers(problem, {"rest": (ends[0], ends[1])})


@pytest.mark.parametrize("nested", [False, True])
def test_a_barrier_leaves_the_best_plan_as_it_was(*, nested: bool) -> None:
    asked = 0
    for number in range(60):
        problem = a_limited_problem(np.random.default_rng(number), nested=nested, most=(4, 3))
        wide = barred(problem)
        assert len(wide.weight) == len(problem.need_ids) * len(problem.provider_ids)
        tried, again = try_all(problem), try_all(wide)
        assert again.best() == tried.best()
        asked += tried.best() is not None
    assert asked > 10


def test_a_lifted_barrier_lets_one_pair_through_and_quotas_count_it() -> None:
    wide = with_barriers(a_problem(PAIRS, capacity=2, wanted=2), {"across": ACROSS})
    assert assign(wide).ids(wide) == [("n1", "p1"), ("n2", "p1"), ("n2", "p2")]
    lifted = with_quota(wide, "across", 1)
    assert ("n1", "p2") in assign(lifted).ids(lifted)
    quota = RawGroup("few", "provider", ["p2"], 0, 1)
    held = with_barriers(a_problem(PAIRS, capacity=2, wanted=2, groups=[quota]), {"across": ACROSS})
    lifted = with_quota(held, "across", 1)
    assert assign(lifted).ids(lifted) == [("n1", "p1"), ("n1", "p2"), ("n2", "p1")]
